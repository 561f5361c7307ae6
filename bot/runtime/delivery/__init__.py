"""What goes out: claimed, drawn from what is true at that moment, sent once, settled."""

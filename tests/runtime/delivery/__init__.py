"""What becomes of what is to be sent."""

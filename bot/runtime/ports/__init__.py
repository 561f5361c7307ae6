"""What the shell and the adapters promise each other."""

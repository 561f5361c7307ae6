"""Small, honest stand-ins of the chat platforms, over real sockets on this machine."""

"""Small honest stand-ins of the platforms, for tests with the real libraries over real sockets."""

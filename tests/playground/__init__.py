"""The page's adapter, over real sockets."""

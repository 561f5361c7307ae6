"""Discord: what is said there, what people do there, and the connection in between."""

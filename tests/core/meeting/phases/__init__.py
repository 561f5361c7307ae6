"""Each part of a meeting, told as short stories."""

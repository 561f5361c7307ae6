"""The engine, told as short stories: given, when, then."""

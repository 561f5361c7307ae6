"""The platforms: each turns its events into signals and cards into its own messages."""

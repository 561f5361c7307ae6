"""The phases of a meeting, one file each."""

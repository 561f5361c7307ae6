"""The phases between and after the rounds."""

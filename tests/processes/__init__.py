"""The installed command as real processes, which are killed for real."""

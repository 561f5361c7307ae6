"""Privacy, rights and security, across the whole bot."""

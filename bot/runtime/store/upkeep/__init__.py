"""What keeps a database in order: copies, erasing, sweeping, moving, new keys and zones."""

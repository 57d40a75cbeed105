"""A SQLite database as files: its lock, copies and restores."""

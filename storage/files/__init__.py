"""The SQLite database as a file: locked, copied, restored and checked."""

"""Where everything is kept: SQLite or PostgreSQL, one SQL text for both."""

"""Read models for commands and pages; they write nothing."""

"""What happens, a room a subject: see docs/architecture.md for who may import whom."""

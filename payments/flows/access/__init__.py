"""Who should have what, and making it so on the platforms."""

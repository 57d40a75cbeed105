"""What starts, runs and stops the service."""

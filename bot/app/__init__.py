"""Starts, runs and stops the service."""

"""Handlers of queues and nightly work."""

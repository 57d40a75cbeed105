"""Handlers of queues."""

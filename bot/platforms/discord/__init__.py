"""Guestlist on Discord."""

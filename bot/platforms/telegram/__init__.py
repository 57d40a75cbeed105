"""Guestlist on Telegram."""

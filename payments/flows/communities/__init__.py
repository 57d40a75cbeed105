"""Servers and chats, their teams and settings."""

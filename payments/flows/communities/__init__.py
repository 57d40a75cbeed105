"""Servers, chats and their teams."""

"""Telegram counts text in UTF-16 code units."""


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) + sum(ord(char) > 0xFFFF for char in text)

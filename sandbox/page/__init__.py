"""The page on which a visitor tries it all: both chats, the hidden way beside them, and controls to break things."""

from sandbox.page.site import Page

__all__ = ["Page"]

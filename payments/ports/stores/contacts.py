"""People that the bot has met on a platform, and what it is asking them."""

from dataclasses import dataclass
from typing import Protocol

from payments.core.community import Identity, Platform


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody the bot has met. ``chat_id``: the chat whose community they talk about in private.

    ``dialogue`` is what is being asked of them (JSON), until ``dialogue_until`` (business time).
    """

    platform: Platform
    user_id: str
    username: str | None
    name: str
    chat_id: str | None = None
    dialogue: str | None = None
    dialogue_until: int = 0


class Contacts(Protocol):
    """Who the bot has met."""

    async def seen(self, who: Identity, username: str | None, name: str, now: int) -> Contact:
        """Somebody wrote, came or went: name and username are brought up to date."""
        ...

    async def get(self, who: Identity) -> Contact | None:
        """Somebody we met."""
        ...

    async def called(self, platform: Platform, username: str) -> Contact | None:
        """By the name with which they are mentioned, regardless of case."""
        ...

    async def choose(self, who: Identity, chat_id: str | None) -> None:
        """The chat whose community they talk about in private."""
        ...

    async def ask(self, who: Identity, dialogue: str | None, until: int) -> None:
        """Remember what is being asked of them; None: nothing."""
        ...

"""The bot's chats on Telegram."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat with the bot's rights there. ``removed_at`` (business time): the bot is not in it since then.

    ``link`` is the bot's own, by which people ask to join; None until one is needed.
    """

    id: str
    kind: str
    title: str
    can_invite: bool
    can_ban: bool
    added_by: str | None = None
    removed_at: int | None = None
    link: str | None = None


class Chats(Protocol):
    """The bot's chats."""

    async def get(self, chat_id: str) -> Chat | None:
        """One chat."""
        ...

    async def present(self) -> Sequence[Chat]:
        """Those the bot is in, by title."""
        ...

    async def put(self, chat: Chat) -> None:
        """Store a chat as it is now."""
        ...

    async def set_link(self, chat_id: str, link: str | None) -> None:
        """Store the link by which people ask to join."""
        ...

    async def migrate(self, old_id: str, new_id: str) -> bool:
        """A group became a supergroup: everywhere its new id stands for the old one. False if nothing had it.

        Where the new one is known already, what hangs on it stays as it is.
        """
        ...

    async def begin_kick(self, chat_id: str, user_id: str, now: int) -> None:
        """We are about to ban somebody in order to put them out."""
        ...

    async def kicking(self, chat_id: str, user_id: str) -> bool:
        """Whether a ban there may be ours."""
        ...

    async def end_kick(self, chat_id: str, user_id: str) -> None:
        """They are out and not banned; or the ban is an admin's."""
        ...

"""The chats that the bot is in, on platforms where a chat is a place of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.community import Place, Platform


@dataclass(frozen=True, slots=True)
class ChatRoom:
    """A chat with the bot's rights there. ``removed_at`` (business time): the bot is not in it since then.

    ``kind`` is the platform's own word. ``link`` is the bot's own, by which people ask to join; None until one is
    needed.
    """

    platform: Platform
    id: str
    kind: str
    title: str
    can_invite: bool
    can_ban: bool
    added_by: str | None = None
    removed_at: int | None = None
    link: str | None = None


class ChatRooms(Protocol):
    """The bot's chats."""

    async def get(self, place: Place) -> ChatRoom | None:
        """One chat."""
        ...

    async def present(self, platform: Platform) -> Sequence[ChatRoom]:
        """Those the bot is in, by title."""
        ...

    async def put(self, chat: ChatRoom) -> None:
        """Store a chat as it is now."""
        ...

    async def set_link(self, place: Place, link: str | None) -> None:
        """Store the link by which people ask to join."""
        ...

    async def migrate(self, old: Place, new_id: str, kind: str) -> bool:
        """The platform gave a chat a new id and a new kind: everywhere it stands for the old one. False if nothing had
        the old one.

        Where the new one is known already, what hangs on it stays as it is.
        """
        ...

    async def begin_kick(self, place: Place, user_id: str, now: int) -> None:
        """We are about to ban somebody in order to put them out."""
        ...

    async def kicking(self, place: Place, user_id: str) -> bool:
        """Whether a ban there may be ours."""
        ...

    async def end_kick(self, place: Place, user_id: str) -> None:
        """They are out and not banned; or the ban is an admin's."""
        ...

    async def ask(self, place: Place, user_id: str, now: int) -> None:
        """Somebody on the list asks to come in by our link."""
        ...

    async def asks(self, place: Place, user_id: str) -> bool:
        """Whether they may still be waiting for an answer."""
        ...

    async def end_ask(self, place: Place, user_id: str) -> None:
        """They were let in, or turned away."""
        ...

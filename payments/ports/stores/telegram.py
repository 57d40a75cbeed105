"""What is kept of Telegram alone: updates as they came, the bot's chats, and whom it talks to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.ports.stores.values import Lease, Retry


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update as it came. ``id`` is ours, and the same however often Telegram sends it. ``received_at`` is machine
    time; ``lane`` says whom it is about."""

    id: str
    update_id: int
    lane: str
    body: str
    received_at: int
    attempts: int = 0


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


@dataclass(frozen=True, slots=True)
class Talker:
    """Somebody the bot has met. ``chat_id``: the chat whose community they talk about in private.

    ``dialogue`` is what is being asked of them (JSON), until ``dialogue_until`` (business time).
    """

    user_id: str
    username: str | None
    name: str
    chat_id: str | None = None
    dialogue: str | None = None
    dialogue_until: int = 0


class Updates(Protocol):
    """Updates waiting to be handled: in order for each lane, at least once."""

    async def add(self, updates: Sequence[StoredUpdate]) -> int:
        """Store those that are new; how many."""
        ...

    async def waiting(self, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        """The first open one of each lane that could be claimed now, oldest first."""
        ...

    async def claim(
        self, lease: Lease, machine_now: int, limit: int, *, only: Sequence[str] | None = None
    ) -> Sequence[StoredUpdate]:
        """The first open one of each lane, oldest first; `only` those of these ids."""
        ...

    async def depths(self, lanes: Collection[str]) -> Mapping[str, int]:
        """How many wait in each of these lanes; those in which none does are left out."""
        ...

    async def done(self, update: StoredUpdate, lease: Lease) -> None:
        """It was handled. Raises `LeaseLost`."""
        ...

    async def failed(self, update: StoredUpdate, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """Not handled: attempts + 1 where it counts, lease freed. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        ...

    async def prune(self, before: int, dead_before: int) -> int:
        """Forget those handled, and those given up, that came before these times; how many."""
        ...


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
        """A group became a supergroup: everywhere its new id stands for the old one. False if nothing had it."""
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


class Talkers(Protocol):
    """Whom the bot has met."""

    async def seen(self, user_id: str, username: str | None, name: str, now: int) -> Talker:
        """Somebody wrote, came or went: name and username are brought up to date."""
        ...

    async def get(self, user_id: str) -> Talker | None:
        """Somebody we met."""
        ...

    async def called(self, username: str) -> Talker | None:
        """By the name with which they are mentioned, regardless of case."""
        ...

    async def choose(self, user_id: str, chat_id: str | None) -> None:
        """The chat whose community they talk about in private."""
        ...

    async def ask(self, user_id: str, dialogue: str | None, until: int) -> None:
        """Remember what is being asked of them; None: nothing."""
        ...

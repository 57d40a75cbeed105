"""The chat platform: who holds what, give, take, tell. Business outcomes are values."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from payments.core.community import Place, Platform, Target
from payments.core.refusals import Cause
from payments.core.rights import Standing


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens an address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ActionButton:
    """A button that comes back as a press. ``action`` is at most 64 bytes (Telegram's limit). ``danger``: it can't be
    taken back; ``quiet``: it is not what most people came for, such as the no beside a yes."""

    label: str
    action: str
    danger: bool = False
    quiet: bool = False


Button = LinkButton | ActionButton


@dataclass(frozen=True, slots=True)
class Message:
    """A text for a person, in the platform-neutral markup of `bot.texts` (plain text, **bold**), with buttons."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The platform confirmed it."""


@dataclass(frozen=True, slots=True)
class NotThere:
    """The person is not in the server or chat: a bot can't bring anyone.

    ``way_in``: an address by which they can come by themselves, where the platform has one that is for them.
    """

    way_in: str | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """Somebody must act. ``code`` names the cause: of giving and taking a `payments.core.refusals.Cause`, of writing to
    a person `dm_closed`, of writing in a place `cannot_post`. Each has its `fix` in `bot.texts`.
    """

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Busy:
    """The platform asks to wait, or can't be reached. Not an attempt that failed of itself."""

    retry_after_ms: int
    detail: str
    cause: Cause = Cause.AWAY


@dataclass(frozen=True, slots=True)
class Failed:
    """The platform refused for a reason that we don't know: it is waited for, and never given up."""

    detail: str


Outcome = Done | NotThere | Blocked | Busy | Failed


@dataclass(frozen=True, slots=True)
class Holding:
    """The answer to "does this person hold this target". `pending`: they are in the server, and haven't accepted its
    rules yet."""

    held: bool
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Holders:
    """A part of those in a place: their user ids, with the external ids that each holds.

    In the order of the ids as numbers. ``next``: after which id the next part begins; None: this is the last one.
    """

    rows: Sequence[tuple[str, frozenset[str]]]
    next: str | None


@dataclass(frozen=True, slots=True)
class PlaceMember:
    """What somebody is in a server or chat. `role_ids`: the Discord roles they hold.

    `banned`: an admin put them out for good. Discord tells it only to bots that may ban, so there it is never set.
    """

    inside: bool
    standing: Standing = Standing.MEMBER
    role_ids: frozenset[str] = frozenset()
    banned: bool = False


@dataclass(frozen=True, slots=True)
class HandOut:
    """Whether somebody could give a role to others by the platform's own rules.

    `dangerous`: permissions of the role that may harm the server, by the platform's names. `owner`: they own the place.
    """

    may: bool
    dangerous: tuple[str, ...] = ()
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Givers:
    """What gives a role to people without an Administrator's doing. False where nothing does.

    `names`: other roles, and bots by their role's name. `by_itself`: the platform does, or an integration: members pick
    the role when they come, link an account for it, boost or buy.
    """

    names: tuple[str, ...] = ()
    by_itself: bool = False

    def __bool__(self) -> bool:
        return bool(self.names) or self.by_itself


@dataclass(frozen=True, slots=True)
class Room:
    """Where in a place something can be written: a text channel of a server, or a chat itself.

    ``missing``: what the bot lacks to write there, by the platform's names. ``open``: everybody in the place reads it.
    """

    id: str
    name: str
    missing: tuple[str, ...] = ()
    open: bool = False


class Open(StrEnum):
    """How something that is sold is had without paying, by a place's own settings. Each has its sentence in
    `bot.texts`."""

    PUBLIC = "public"  # anyone finds the chat, and reads or enters it
    MEMBERS_ADD = "members_add"  # every member of the chat may add others
    OPENS_NOTHING = "opens_nothing"  # the role allows nothing, in any channel, that not everybody may


class ChatPlatform(Protocol):
    """One chat platform. No method raises for what the platform answers; each call has a time limit of 15 s."""

    @property
    def platform(self) -> Platform:
        """Which one."""
        ...

    @property
    def ready(self) -> bool:
        """Whether it is connected now."""
        ...

    async def holds(self, user_id: str, target: Target) -> Holding | NotThere | Blocked | Busy | Failed:
        """Whether the person has the role, or is in the chat, now."""
        ...

    async def give(self, user_id: str, target: Target, reason: str, *, skips_rules: bool = False) -> Outcome:
        """Give the role or let in. Done only when the platform confirmed. `reason` goes to the audit log.
        `skips_rules`: also before they accept the rules of a server that asks for that."""
        ...

    async def take(self, user_id: str, target: Target, reason: str) -> Outcome:
        """Take the role or put out. Done only when the platform confirmed."""
        ...

    async def turn_away(self, user_id: str, target: Target) -> Outcome:
        """Say no to somebody who asks to be let in. `NotThere`: they don't ask (any more)."""
        ...

    def turn(self, user_id: str) -> AbstractContextManager[int]:
        """Whether the person may be written to now: 0, and within the block `tell` goes out at once; else the
        milliseconds after which to come back."""
        ...

    async def tell(self, user_id: str, message: Message) -> Outcome:
        """Write to the person privately. Never waits for the pace at which they may be written to: `Busy`."""
        ...

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        """Whether we could give and take this target: it exists, our rights reach it."""
        ...

    async def open_ways(self, place: Place, targets: Sequence[Target]) -> Mapping[Target, Sequence[Open]]:
        """How these targets, all of one place, are had without paying. What the platform doesn't tell is left out."""
        ...

    def start_link(self, payload: str) -> str | None:
        """An address that opens a private talk with the bot and hands it the payload (at most 64 characters of A-Z,
        a-z, 0-9, _ and -); None where there is none, or its address is not known yet."""
        ...

    def place_link(self, place: Place) -> str | None:
        """An address that leads who is in a place to it; None where there is none for all."""
        ...

    def shop_link(self, place: Place) -> str | None:
        """An address that shows whoever follows it what they can join in a place; None where there is none, or its
        address is not known yet."""
        ...

    async def member(self, user_id: str, place: Place) -> PlaceMember | None:
        """What somebody is in a place, now; None when the platform doesn't say."""
        ...

    async def hand_out(self, user_id: str, target: Target) -> HandOut | None:
        """Whether somebody could give others this role, or let them into this chat, themselves; None when the platform
        doesn't say. Who is not there could not; a role's dangerous permissions are told all the same."""
        ...

    async def givers(self, place: Place, role_id: str) -> Givers | None:
        """What could give somebody a role though no Administrator wants it. None when the platform doesn't say."""
        ...

    async def rooms(self, place: Place) -> Sequence[Room] | None:
        """Where in a place the bot could write, or could if it were let; None when the platform doesn't say."""
        ...

    async def post(self, place: Place, message: Message, *, room: str | None = None, key: str = "") -> Outcome:
        """Write in the place, where all who are there can read it, or in one of its rooms; ping nobody. Paced as
        `tell`. What comes again under the same `key` is said once, where the platform can tell."""
        ...

    async def leave(self, place: Place, message: Message) -> Outcome:
        """Say one sentence in the place, if the bot may write there, and leave it."""
        ...

    async def holders(self, place: Place, after: str | None = None) -> Holders | None:
        """Who is in the place, a bounded part of them; None when the platform can't list them, or not now."""
        ...

"""One-time codes, the attempts at them, and places that are to join a community."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from payments.core.community import Identity, Place


class CodeKind(StrEnum):
    """What a code is for."""

    LINK = "link"  # two accounts of one person
    CONNECT = "connect"  # a place that joins a community
    PURCHASE = "purchase"  # what was bought past us; stored with it


class CodeState(StrEnum):
    """A code is good while open, until its time is over."""

    OPEN = "open"
    USED = "used"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is stored: hashed, bound to the account that asked and, to connect, to the place where it did.

    ``expires_at`` is machine time.
    """

    hash: str
    kind: CodeKind
    maker: Identity
    place: Place | None
    state: CodeState
    expires_at: int


class JoiningState(StrEnum):
    """Whether an admin of the community has said yes or no."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A place is to join the community of another (`host`). Each with the admin's account that speaks for it.

    ``expires_at`` is machine time.
    """

    id: str
    place: Place
    place_name: str
    requester: Identity
    host: Place
    host_requester: Identity
    state: JoiningState
    expires_at: int


class Codes(Protocol):
    """Codes, attempts, joinings. `machine_now` is machine time."""

    async def add(self, code: Code, machine_now: int) -> None:
        """Store a new code. Open ones of the same kind by the same account (and place) are replaced by it; those over
        for a day are deleted."""
        ...

    async def get(self, code_hash: str) -> Code | None:
        """One code."""
        ...

    async def use(self, code_hash: str, machine_now: int) -> bool:
        """Use it up: True for one caller alone, and only while it is open and its time not over."""
        ...

    async def try_one(self, identity: Identity, machine_now: int, window_ms: int) -> tuple[int, int]:
        """Count an attempt of this account: how many since when, this one included. A window begins with its first."""
        ...

    async def was_right(self, identity: Identity) -> None:
        """The attempt just counted was none at guessing."""
        ...

    async def add_joining(self, joining: JoinRequest) -> None:
        """Store a wish to join."""
        ...

    async def joining(self, joining_id: str) -> JoinRequest | None:
        """One wish to join."""
        ...

    async def joinings(self, host: Place, machine_now: int) -> Sequence[JoinRequest]:
        """Those that wait for an answer here, oldest first."""
        ...

    async def end_joining(self, joining_id: str, state: JoiningState) -> bool:
        """True for one caller alone."""
        ...

"""Which places are served, the codes that claim them, and who may do what in a community."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from payments.core.community import Place, Platform
from payments.core.ids import CommunityId
from payments.core.rights import TeamEntry, TeamKind


class ClaimState(StrEnum):
    """The life of a claim code."""

    OPEN = "open"
    HELD = "held"
    """Typed by a Telegram account: it counts for the chat to which that account adds the bot."""
    REDEEMED = "redeemed"


@dataclass(frozen=True, slots=True)
class Claim:
    """A code of `guestlist claim`, hashed. `expires_at` is machine time."""

    code_hash: str
    state: ClaimState
    expires_at: int
    holder_id: str | None = None
    place: Place | None = None


class Claims(Protocol):
    """One-time codes by which places are claimed."""

    async def add(self, code_hash: str, expires_at: int, now: int) -> None:
        """Store a new code. Times are machine time."""
        ...

    async def get(self, code_hash: str) -> Claim | None:
        """A code, whatever its state."""
        ...

    async def held_by(self, user_ids: Collection[str], machine_now: int) -> Sequence[Claim]:
        """The codes that these Telegram accounts hold and that have not expired, the newest first."""
        ...

    async def hold(self, code_hash: str, user_id: str) -> bool:
        """An open code is held by this Telegram account from now on. False if it is open no more."""
        ...

    async def drop(self, code_hashes: Collection[str]) -> int:
        """Forget those of these codes that were not redeemed; how many there were."""
        ...

    async def redeem(self, code_hash: str, holder_id: str, place: Place) -> bool:
        """The code is used up for this place. False if it was used up before, or another account holds it."""
        ...


class Team(Protocol):
    """Who may do what in a community."""

    async def of(self, community_id: CommunityId) -> Sequence[TeamEntry]:
        """The whole team: owners first, then by name."""
        ...

    async def put(self, entry: TeamEntry) -> None:
        """Add somebody, or give them another rank. No longer suspended."""
        ...

    async def remove(self, community_id: CommunityId, platform: Platform, kind: TeamKind, subject_id: str) -> bool:
        """Take somebody out. False if they were not in."""
        ...

    async def suspend(self, entry: TeamEntry, at: int | None) -> bool:
        """A role counts for nothing since this business time; None: it counts again. False if nothing changed."""
        ...

    async def roles(self) -> Sequence[TeamEntry]:
        """Every role in any team: they are looked at daily."""
        ...

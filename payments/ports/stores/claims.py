"""Codes that have a place served, and who typed them where."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from payments.core.community import Place


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

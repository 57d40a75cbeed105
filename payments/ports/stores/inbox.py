"""What the chat platforms told the bot, stored before it is handled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.community import Platform
from payments.ports.stores.records import Lease, Retry


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update as it came. ``id`` is ours, and the same however often the platform sends it; ``update_id`` is the
    platform's number, by which its updates are ordered. ``received_at`` is machine time; ``ordering_key`` says who it
    is about."""

    platform: Platform
    id: str
    update_id: int
    ordering_key: str
    body: str
    received_at: int
    attempts: int = 0


class Inbox(Protocol):
    """Updates waiting to be handled: in order for each lane of a platform, at least once."""

    async def add(self, updates: Sequence[StoredUpdate], *, renumbered: int) -> int:
        """Store those that are new; how many. A number that came before `renumbered` is that of another update."""
        ...

    async def waiting(self, platform: Platform, machine_now: int, limit: int) -> Sequence[StoredUpdate]:
        """The first open one of each lane that could be claimed now, oldest first."""
        ...

    async def claim(
        self, platform: Platform, lease: Lease, machine_now: int, limit: int, *, only: Sequence[str] | None = None
    ) -> Sequence[StoredUpdate]:
        """The first open one of each lane, oldest first; `only` those of these ids."""
        ...

    async def depths(self, platform: Platform, lanes: Collection[str]) -> Mapping[str, int]:
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

    async def prune(self, platform: Platform, before: int, dead_before: int) -> int:
        """Forget those handled, and those given up, that came before these times; how many."""
        ...

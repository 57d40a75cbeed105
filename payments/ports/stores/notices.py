"""Messages waiting to be sent."""

from collections.abc import Sequence
from typing import Protocol

from payments.core.ids import PersonId
from payments.ports.stores.records import Lease, Notice, RefusedMessages, Retry


class Notices(Protocol):
    """Messages waiting to be sent."""

    async def add(self, notice: Notice) -> bool:
        """False when its key is known: it was sent or will be."""
        ...

    async def added_at(self, key: str) -> int | None:
        """When a notice was made (business time); None: there is none of this key."""
        ...

    async def claim(self, lease: Lease, machine_now: int, limit: int, *, paced: bool | None = None) -> Sequence[Notice]:
        """Open ones, oldest first: those that are `paced`, those that are not, or (None) all."""
        ...

    async def done(self, key: str, lease: Lease) -> None:
        """It was sent. Raises `LeaseLost`."""
        ...

    async def failed(self, key: str, lease: Lease, retry: Retry, *, counts: bool = True, unread: bool = False) -> None:
        """Not sent: attempts + 1 where it counts, lease freed. A refusal that stood stays, unless there is a new one.
        `unread`: until it is sent, it may be read otherwise. Raises `LeaseLost`."""
        ...

    async def unread(self, person_id: PersonId, since: int, limit: int) -> Sequence[Notice]:
        """Those of a person, made at `since` or later, that may be read otherwise and are not being sent now; the
        oldest first."""
        ...

    async def withdraw(self, keys: Sequence[str]) -> None:
        """Those of them that are not sent, and not being sent, are not sent any more: they were read otherwise, or are
        not true by now."""
        ...

    async def refusals(self) -> Sequence[RefusedMessages]:
        """What platforms refuse of private messages now."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def replay_dead(self) -> int:
        """Put the dead ones to work again; how many."""
        ...

"""Persons as wholes: which accounts are theirs, which of them were merged, and how they part again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from payments.core.access import Access
from payments.core.community import Identity, Platform
from payments.core.ids import EntitlementId, PersonId, TargetId


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account of a platform and whose it is. ``parted_at``: when it last left a person (business time)."""

    identity: Identity
    person_id: PersonId
    name: str
    parted_at: int | None


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person's row. ``side``: by which platform's account this person's memberships came, since the last merge.

    ``parted_at``: when an account last left the person (business time).
    """

    id: PersonId
    merged_into: PersonId | None
    side: Platform | None
    parted_at: int | None
    created_at: int


class PersonMerges(Protocol):
    """Merging and parting. The caller has locked all persons concerned."""

    async def get(self, person_id: PersonId) -> StoredPerson | None:
        """One person."""
        ...

    async def origins(self, person_id: PersonId) -> Sequence[StoredPerson]:
        """The person, and all that were merged into it, oldest first."""
        ...

    async def account(self, identity: Identity) -> LinkedAccount | None:
        """One account, if we ever met it."""
        ...

    async def accounts(self, person_id: PersonId) -> Sequence[LinkedAccount]:
        """A person's accounts, oldest first."""
        ...

    async def add(self, person_id: PersonId, like: PersonId, now: int) -> None:
        """A new person with the locale of another."""
        ...

    async def set_side(self, person_ids: Collection[PersonId], side: Platform) -> None:
        """By which account these persons' memberships came."""
        ...

    async def give_account(self, identity: Identity, person_id: PersonId) -> None:
        """The account is another person's from now on."""
        ...

    async def parted(self, identity: Identity, person_ids: Collection[PersonId], now: int) -> None:
        """An account left a person: remembered for both."""
        ...

    async def merge(self, merged: PersonId, into: PersonId) -> None:
        """Everything of one person is the other's: accounts, what is paid and what is enjoyed; not accesses.

        Customers stay with the merged person's row, and are found through it.
        """
        ...

    async def would_go(self, person_id: PersonId, origins: Collection[PersonId]) -> Collection[EntitlementId]:
        """What `split` would take away from the person."""
        ...

    async def split(self, person_id: PersonId, origins: Collection[PersonId], leader: PersonId) -> None:
        """The persons `origins`, once merged into `person_id`, are `leader` from now on, with what was theirs and what
        their customers paid. Not accounts, nor accesses."""
        ...

    async def move_access(self, person_id: PersonId, target_id: TargetId, to: PersonId) -> None:
        """An access with its effect is now of a person who had none of this target. Who delivers it has lost it."""
        ...

    async def unite_access(
        self, merged: PersonId, target_id: TargetId, into: PersonId, hold: Access | None, machine_now: int
    ) -> None:
        """Two accesses of one target become one. `hold`: whose account, provenance and `applied` it has from now on
        (None: the present ones), with its effect's state. What was being delivered is opened again, when both
        deliveries' leases are over."""
        ...

    async def put_hold(self, person_id: PersonId, hold: Access, now: int, machine_now: int) -> None:
        """This person's account has it from another's membership: to be taken, unless their own opens it. Nothing if
        their own access is about an account already."""
        ...

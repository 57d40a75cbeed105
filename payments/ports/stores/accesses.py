"""Wanted and applied access, and the effects that bring them together."""

from collections.abc import Collection, Sequence
from typing import Protocol

from payments.core.access import Access, EffectState
from payments.core.breaker import End
from payments.core.community import Identity, Place, Platform, Target
from payments.core.ids import (
    CommunityId,
    PersonId,
    TargetId,
)
from payments.core.refusals import Cause
from payments.ports.stores.records import (
    Effect,
    Lease,
    Refusal,
    Refused,
    Retry,
    RevokeCount,
)


class Accesses(Protocol):
    """Wanted and applied access, and the effects that bring them together."""

    async def of(self, person_ids: Collection[PersonId]) -> Sequence[Access]:
        """All accesses of these persons."""
        ...

    async def get(self, person_id: PersonId, target_id: TargetId) -> Access | None:
        """One access."""
        ...

    async def want(
        self, access: Access, machine_now: int, pending_since_at: int | None = None, ended: End | None = None
    ) -> None:
        """Store what is wanted and why (never `applied`, `held_before`, `user_id`), and open its effect: sequence + 1,
        state open, attempts 0, due at once. An agreed end passes the breaker. `pending_since_at`: see `Effect`."""
        ...

    async def explain(self, access: Access) -> None:
        """Store another entitlement and reason of an access; what is wanted stays, and no effect is opened."""
        ...

    async def reopen(self, person_id: PersonId, target_id: TargetId, machine_now: int) -> None:
        """Open the effect again without a new decision (drift, a member who came, a replay): sequence + 1."""
        ...

    async def claim(self, platform: Platform, lease: Lease, machine_now: int, limit: int) -> Sequence[Effect]:
        """Open effects of a platform. Revokes of communities whose breaker is tripped are left alone, unless passed;
        ended grace periods are weighed by themselves."""
        ...

    async def provenance(self, effect: Effect, lease: Lease, *, held_before: bool, user_id: str) -> None:
        """Whether this account had it before us, stored before the first grant. Raises `LeaseLost`."""
        ...

    async def forget(self, effect: Effect, lease: Lease, *, parted: bool = False, taken_at: int | None = None) -> None:
        """Provenance and account are forgotten, once it is confirmed gone. `parted`: gone from a former account of the
        person, so nothing is applied, and no revoke is counted. `taken_at`: we took it (machine time), rather than
        leave it. Raises `LeaseLost`."""
        ...

    async def given_late(self, person_id: PersonId, target_id: TargetId, user_id: str) -> None:
        """We gave it to this account after our lease had ended: it is ours to take, unless the access is about another
        account by now."""
        ...

    async def held_by_another(self, person_id: PersonId, target_id: TargetId, user_id: str) -> bool:
        """Whether this account holds it by our gift to a person that it no longer belongs to."""
        ...

    async def revoked(self, person_id: PersonId, target_id: TargetId) -> bool:
        """Whether it was ever taken from the person, as the platform confirmed."""
        ...

    async def done(self, effect: Effect, lease: Lease, *, applied: bool, now: int, machine_now: int) -> bool:
        """The platform confirmed. `applied` is stored; the effect is done only if its sequence is unchanged (True);
        otherwise it stays open (False). A confirmed revoke stores `revoked_at`. Raises `LeaseLost`."""
        ...

    async def park(
        self,
        effect: Effect,
        lease: Lease,
        state: EffectState,
        error: str,
        *,
        absent: bool = False,
        refused: Refused | None = None,
    ) -> None:
        """Waiting, blocked or dead, unless the sequence moved on (then it stays open). `absent`: the person is not in
        the place, so what was applied there is gone (no revoke: the breaker never counts it). `refused` is stored, and
        without it no refusal stands any more. Raises `LeaseLost`."""
        ...

    async def failed(self, effect: Effect, lease: Lease, retry: Retry, *, counts: bool = True) -> None:
        """Try again at `retry.next_at` (`counts`: attempts + 1), or at once what was opened again meanwhile. A refusal
        that stood stays, unless there is a new one.

        Raises `LeaseLost`.
        """
        ...

    async def refusals(self, limit: int) -> Sequence[Refusal]:
        """What platforms refuse now, summed up by target and cause."""
        ...

    async def refused_in(self, place: Place) -> bool:
        """Whether anything is refused in a place now."""
        ...

    async def probe(self, place: Place, target_id: TargetId | None, cause: Cause, machine_now: int) -> int:
        """Open one effect again that is blocked by this cause (`target_id` None: any of the place), the one that was
        longest not tried. How many: 1 or 0."""
        ...

    async def reopen_refused(
        self, place: Place, target_id: TargetId | None, causes: Collection[Cause], machine_now: int
    ) -> int:
        """Open again what these causes hold up in a place, or for one target of it; how many."""
        ...

    async def release(self, lease: Lease) -> None:
        """Free everything held under this lease."""
        ...

    async def effect(self, person_id: PersonId, target_id: TargetId) -> Effect | None:
        """One effect."""
        ...

    async def effects(
        self, *, community_id: CommunityId | None, states: Collection[EffectState], limit: int
    ) -> Sequence[Effect]:
        """Effects in these states, oldest first, of one community or of all."""
        ...

    async def reopen_states(
        self, states: Collection[EffectState], machine_now: int, *, platform: Platform | None = None
    ) -> int:
        """Open all effects of these states again; how many."""
        ...

    async def reopen_waiting(self, person_id: PersonId, place: Place, machine_now: int) -> int:
        """Somebody came into a place: open every effect of theirs there."""
        ...

    async def rejoined(self, person_id: PersonId, place: Place, machine_now: int) -> None:
        """Somebody came into a place: noted for what we took from them there."""
        ...

    async def came_back(self, person_id: PersonId, target_id: TargetId, user_id: str, since: int) -> bool:
        """Somebody has again what we took: whether that followed upon their coming back since then (machine time). Then
        it counts as given by us to this account, to be taken once more, and passes the breaker."""
        ...

    async def revoke_count(self, community_id: CommunityId, since: int, ended: End | None = None) -> RevokeCount:
        """What the breaker weighs of one kind of end (None: what came by surprise), in persons; nobody is counted
        twice, nor when it was agreed or an admin released it."""
        ...

    async def given(self, target_id: TargetId) -> int:
        """How many persons have a target by our gift."""
        ...

    async def graces_ended(self, community_id: CommunityId, since: int, before: int) -> int:
        """Persons whose access ended with a grace period in this time, and who are not back."""
        ...

    async def members(self, community_id: CommunityId, since: int, at_most: int) -> int:
        """Persons with at least one access applied, or revoked since then; counted no further than `at_most`."""
        ...

    async def pending_revokes(self, community_id: CommunityId, limit: int) -> Sequence[Access]:
        """Accesses applied and no longer wanted, whose revoke no admin released yet."""
        ...

    async def pass_breaker(self, community_id: CommunityId, machine_now: int) -> int:
        """Release the revokes pending now; those that come later are weighed again."""
        ...

    async def in_place(
        self, place: Place, after: str | None, until: str | None, limit: int
    ) -> Sequence[tuple[Identity, Access, Target]]:
        """The stored accesses in a place of at most `limit` accounts, for the comparison with the platform.

        Of those behind `after` up to `until`, in the order of their ids as numbers: a shorter one comes first.
        """
        ...

"""Who should have what now: entitlements, and the access that follows from all of a person's entitlements together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from payments.core.catalog import PlanTarget
from payments.core.ids import (
    AccountId,
    EntitlementId,
    PersonId,
    PlanId,
    TargetId,
)


class Source(StrEnum):
    """Where an entitlement comes from."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"
    COMP = "comp"
    TRIAL = "trial"


class Reason(StrEnum):
    """Why an entitlement opens or doesn't; each has its sentence in `bot.texts`."""

    PAID = "paid"
    TRIALING = "trialing"
    GRACE = "grace"
    COMP = "comp"
    AWAITING_FIRST_PAYMENT = "awaiting_first_payment"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    PAUSED = "paused"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    CHANGED = "changed"  # the subscription sells something else now
    EXPIRED = "expired"
    ENDED = "ended"  # a free membership, by the team before its time


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A line of the guest list: this beneficiary may use this plan from ``access_from`` until before ``access_until``.

    ``access_from`` None: not at all. ``access_until`` None: no end known. ``reason`` says why.
    ``began_at`` is when the membership began, for targets taken off a plan later.
    """

    id: EntitlementId
    source: Source
    source_id: str
    account_id: AccountId | None
    plan_id: PlanId
    payer_id: PersonId
    beneficiary_id: PersonId
    began_at: int
    access_from: int | None
    access_until: int | None
    reason: Reason

    def opens(self, now: int) -> bool:
        """Whether it gives access at `now`."""
        return (
            self.access_from is not None
            and self.access_from <= now
            and (self.access_until is None or now < self.access_until)
        )


@dataclass(frozen=True, slots=True)
class Access:
    """What a person should have (``wanted``) and what the platform confirmed (``applied``) of one target.

    ``held_before``: the person had it before we gave it (None: never asked); what we did not give, we don't take.
    ``user_id``: the account of the platform that this is about, from before it was given until it is confirmed gone.
    ``entitlement_id`` and ``reason``: why it is wanted, or the last reason why not.
    """

    person_id: PersonId
    target_id: TargetId
    wanted: bool
    applied: bool
    held_before: bool | None
    entitlement_id: EntitlementId | None
    reason: Reason | None
    wanted_at: int
    applied_at: int | None
    user_id: str | None = None


class EffectState(StrEnum):
    """The state of making one access right; see invariant 5 of the design."""

    OPEN = "open"
    WAITING = "waiting"  # the person is not there yet
    BLOCKED = "blocked"  # an admin must act
    DONE = "done"
    DEAD = "dead"  # attempts used up; replayable


# The best reason to have access comes first; a member is told the best one.
_RANK: Mapping[Reason, int] = {
    Reason.PAID: 0,
    Reason.TRIALING: 1,
    Reason.COMP: 2,
    Reason.GRACE: 3,
}


def reason_at(entitlement: Entitlement, now: int) -> Reason:
    """Why an entitlement opens at `now`, or why it no longer does once its end has passed."""
    over = entitlement.access_until is not None and entitlement.access_until <= now
    if entitlement.access_from is None or not over:
        return entitlement.reason
    if entitlement.source is not Source.SUBSCRIPTION:
        return Reason.ENDED if entitlement.reason is Reason.ENDED else Reason.EXPIRED
    match entitlement.reason:
        case Reason.GRACE:
            return Reason.PAST_DUE
        case Reason.PAID | Reason.TRIALING:
            return Reason.CANCELED
        case reason:
            return reason


def _preference(entitlement: Entitlement) -> tuple[int, int, int, str]:
    endless = entitlement.access_until is None
    return (
        _RANK.get(entitlement.reason, len(_RANK)),
        0 if endless else 1,
        0 if entitlement.access_until is None else -entitlement.access_until,
        entitlement.id,
    )


def reaches(entitlement: Entitlement, link: PlanTarget) -> bool:
    """Whether an entitlement of a plan covers one of its targets: not those taken off before it began."""
    return link.plan_id == entitlement.plan_id and (link.closed_at is None or entitlement.began_at < link.closed_at)


def desired_access(
    entitlements: Iterable[Entitlement], plan_targets: Iterable[PlanTarget], now: int
) -> Mapping[tuple[PersonId, TargetId], Entitlement]:
    """What everybody should have at `now`, and the entitlement that gives the best reason for it.

    The union over all entitlements: nobody loses a target while any of theirs opens it.
    """
    links: dict[PlanId, list[PlanTarget]] = {}
    for link in plan_targets:
        links.setdefault(link.plan_id, []).append(link)
    desired: dict[tuple[PersonId, TargetId], Entitlement] = {}
    for entitlement in entitlements:
        if not entitlement.opens(now):
            continue
        for link in links.get(entitlement.plan_id, ()):
            if not reaches(entitlement, link):
                continue
            key = (entitlement.beneficiary_id, link.target_id)
            held = desired.get(key)
            if held is None or _preference(entitlement) < _preference(held):
                desired[key] = entitlement
    return desired

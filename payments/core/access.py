"""Who should have what now: the union over entitlements, and the calendar that bounds them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from payments.core.ids import PersonId, PlanId, TargetId
from payments.core.model import Entitlement, PlanTarget, Reason, Source, Unit

DAY_MS = 24 * 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9999

# The best reason to have access comes first; a member is told the best one.
_RANK: Mapping[Reason, int] = {
    Reason.PAID: 0,
    Reason.TRIALING: 1,
    Reason.COMP: 2,
    Reason.GRACE: 3,
}


def months_of(unit: Unit, count: int) -> int:
    """How many calendar months `count` units are; 0 for units that are days."""
    match unit:
        case Unit.MONTH:
            return count
        case Unit.YEAR:
            return 12 * count
        case _:
            return 0


def add_interval(start_at: int, unit: Unit, count: int) -> int:
    """`count` units after `start_at`, in UTC. Months and years keep the day, or take the month's last one.

    Counted from the start in one go: a month after 31 January is 28 February, two months after it are 31 March.
    """
    months = months_of(unit, count)
    if months == 0:
        return start_at + count * (7 if unit is Unit.WEEK else 1) * DAY_MS
    start = _EPOCH + timedelta(milliseconds=start_at)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year >= _LAST_YEAR:
        year, month = _LAST_YEAR, 0
    end = start.replace(year=year, month=month + 1, day=min(start.day, _days_in(year, month + 1)))
    return (end - _EPOCH) // timedelta(milliseconds=1)


def _days_in(year: int, month: int) -> int:
    if month == 12:
        return 31
    return (datetime(year, month + 1, 1, tzinfo=UTC) - datetime(year, month, 1, tzinfo=UTC)).days


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

"""A person's standing with each plan, over everything they have of it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import Reason
from payments.core.catalog import Plan
from payments.flows.views.grounds import Ground


class In(StrEnum):
    """Whether somebody is in now."""

    YES = "yes"
    LATER = "later"  # it is paid and has not begun
    NOT_YET = "not_yet"  # nothing was paid yet
    NO = "no"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody is in by a plan, and what decides it (`ground`).

    `until`: the end of the time without a gap that begins now, or will begin; None: no end is known. `others`: what
    else they have of the plan, in order of time, without what is over where something runs.
    """

    plan: Plan
    standing: In
    ground: Ground
    until: int | None
    others: tuple[Ground, ...]


def verdicts(grounds: Iterable[Ground], now: int) -> tuple[Verdict, ...]:
    """One for each plan: those that somebody is in by first, then by the plan's name."""
    plans: dict[str, list[Ground]] = {}
    for ground in grounds:
        plans.setdefault(ground.plan.id, []).append(ground)
    found = [_verdict(mine, now) for mine in plans.values()]
    order = list(In)
    return tuple(sorted(found, key=lambda v: (order.index(v.standing), v.plan.name.casefold())))


def _verdict(grounds: Sequence[Ground], now: int) -> Verdict:
    plan = grounds[0].plan
    running = sorted((g for g in grounds if g.open), key=_best)
    coming = sorted((g for g in grounds if _begins_later(g, now)), key=_begins)
    over = sorted((g for g in grounds if g not in running and g not in coming), key=_ended, reverse=True)
    live = [*running, *coming]
    if not live:
        standing = In.NOT_YET if over[0].reason is Reason.AWAITING_FIRST_PAYMENT else In.NO
        return Verdict(plan, standing, over[0], None, tuple(over[1:]))
    standing = In.YES if running else In.LATER
    others = sorted(live, key=_begins) if len(live) > 1 else ()
    return Verdict(plan, standing, live[0], _until(running or coming[:1], coming), tuple(others))


def _begins_later(ground: Ground, now: int) -> bool:
    begins = ground.entitlement.access_from
    return begins is not None and begins > now


def _begins(ground: Ground) -> int:
    return ground.entitlement.access_from or 0


def _ended(ground: Ground) -> tuple[int, int]:
    """The last to close says why somebody is out; of those whose end isn't known, the youngest."""
    return ground.closed_at or ground.entitlement.began_at, ground.entitlement.began_at


def _best(ground: Ground) -> tuple[int, int, int]:
    """What is paid comes first, then what lasts longest."""
    rank = {Reason.PAID: 0, Reason.TRIALING: 1, Reason.COMP: 2}.get(ground.reason, 3)
    until = ground.entitlement.access_until
    return 0 if until is None else 1, rank, -(until or 0)


def _until(first: Sequence[Ground], coming: Sequence[Ground]) -> int | None:
    """The end of these, and of what begins before they end, and so on."""
    ends = [g.entitlement.access_until for g in first]
    if None in ends:
        return None
    end = max(one for one in ends if one is not None)
    for ground in coming:
        until = ground.entitlement.access_until
        if _begins(ground) > end:
            break
        if until is None:
            return None
        end = max(end, until)
    return end

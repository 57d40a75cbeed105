"""What can't be opened for anybody: stored with its cause, kept from being sold, and told to the contact once.

Set by what a platform said for certain: an event, a refused delivery, a check. What is unknown changes nothing. It ends
by itself when a check, an event or a delivery says that it works again.

Where the same cause holds up what is to be given, its alarm tells and reminds (`alarms`), and names the plans.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.calendar import DAY_MS
from payments.core.catalog import Plan
from payments.core.community import Place, Target
from payments.core.ids import TargetId
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.flows.runtime.sales import opens, store_ending
from payments.ports.chat import Blocked, Done, Outcome
from payments.ports.stores import Alarm, QueueName, Transaction

OF_TARGET = frozenset({"target_gone", "hierarchy", "managed"})
OF_PLACE = frozenset({"no_access", "chat_no_access", "chat_no_rights"})
"""Causes that are no member's: the target's own, and those of everything in the place."""

REMIND_MS = DAY_MS


class Tell(StrEnum):
    """Who tells the contact of what was learned."""

    NOW = "now"  # a notice of this commit
    OTHERWISE = "otherwise"  # another notice of the same commit
    LATER = "later"  # whoever asked reads it in the reply, or an alarm tells; else the contact hears a day later


@dataclass(frozen=True, slots=True)
class Changed:
    """The plans that are not sold from now on, and those that are again."""

    stopped: Sequence[Plan] = ()
    again: Sequence[Plan] = ()


def certain(answer: Outcome) -> bool:
    """Whether an answer says that nobody can be given the target."""
    return isinstance(answer, Blocked) and answer.code in OF_TARGET | OF_PLACE


async def learn(
    app: AppContext, tx: Transaction, place: Place, answers: Mapping[Target, Outcome], tell: Tell = Tell.NOW
) -> Changed:
    """Store what a platform said of targets, each as it was stored when that was asked.

    In the commit of whatever told of it. Whoever calls wakes the queues `requests` and `notices` after it.
    """
    if not await served_in(app, tx, [place]):
        return Changed()
    stored = {target.id: target for target in await tx.communities.targets_in(place)}
    causes = {t.id: answer for t, answer in answers.items() if isinstance(answer, Blocked) and certain(answer)}
    for cause in [one for one in causes.values() if one.code in OF_PLACE][:1]:
        causes |= dict.fromkeys(stored.keys() - causes.keys(), cause)
    stopped = await _begin(
        app, tx, place, [(stored[id_], causes[id_]) for id_ in sorted(causes) if id_ in stored], tell
    )
    await _remind(app, tx, place, [stored[id_] for id_ in sorted(causes) if id_ in stored])
    again = await _end(app, tx, place, [t for t, answer in answers.items() if isinstance(answer, Done)], tell)
    return Changed(stopped, again)


async def all_broken(app: AppContext, tx: Transaction, place: Place, cause: Blocked, tell: Tell = Tell.NOW) -> Changed:
    """The platform said it of the whole place: the bot was put out, or lost its rights."""
    return await learn(app, tx, place, dict.fromkeys(await tx.communities.targets_in(place), cause), tell)


async def all_well(app: AppContext, tx: Transaction, place: Place, tell: Tell = Tell.NOW) -> Changed:
    """The bot is back in a place, with all its rights: what was the place's own fault is over."""
    there = [target for target in await tx.communities.targets_in(place) if target.fault in OF_PLACE]
    return await learn(app, tx, place, dict.fromkeys(there, Done()), tell)


async def works(app: AppContext, tx: Transaction, target: Target) -> Changed:
    """A delivery worked on a target that was stored as broken; what was learned of its whole place with it is over."""
    place = Place(target.platform, target.place_id)
    over = [target]
    if target.fault in OF_PLACE:
        there = await tx.communities.targets_in(place)
        over = [one for one in there if (one.fault, one.fault_at) == (target.fault, target.fault_at)]
    return await learn(app, tx, place, dict.fromkeys(over, Done()))


async def shown(tx: Transaction, place: Place, code: str, subject: str) -> Sequence[Target]:
    """What a cause keeps from being sold, in a whole place or (`subject`) one target of it."""
    there = await tx.communities.targets_in(place)
    return [target for target in there if target.fault == code and subject in ("", target.id)]


async def told(app: AppContext, tx: Transaction, targets: Sequence[Target]) -> Sequence[Plan]:
    """The contact is told of these by an alarm, in this commit: the plans that they keep from being sold."""
    now = app.business.now()
    for target in targets:
        await tx.communities.tell_fault(target.id, now, now)
    return await on_sale(tx, [target.id for target in targets])


async def alarm_of(tx: Transaction, place: Place, code: str | None, target_id: str = "") -> Alarm | None:
    """The standing alarm that tells of a cause in a place, or of one target there."""
    for alarm in await tx.alarms.standing():
        if (alarm.place, alarm.cause) == (place, code) and alarm.subject in ("", target_id):
            return alarm
    return None


def over_key(alarm: Alarm) -> str:
    """Under this key it is told once that an alarm is over, by whichever notice is the first to say so."""
    return f"blocked_over:{alarm.id}"


def wake(app: AppContext) -> None:
    """After a commit in which something was learned: links are ended, and people told, at once."""
    app.wake(QueueName.REQUESTS)
    app.wake(QueueName.NOTICES)


# -- what follows ------------------------------------------------------------------------------------------------------


async def _begin(
    app: AppContext, tx: Transaction, place: Place, found: Sequence[tuple[Target, Blocked]], tell: Tell
) -> Sequence[Plan]:
    now, fresh = app.business.now(), dict[str, list[Target]]()
    for target, cause in found:
        if await tx.communities.set_fault(target.id, cause.code, cause.detail, now):
            fresh.setdefault(cause.code, []).append(target)
    stopped: list[Plan] = []
    for code, targets in fresh.items():
        plans = await on_sale(tx, [target.id for target in targets])
        stopped += plans
        for plan in plans:
            await store_ending(tx, app, plan.id)
        if tell is Tell.OTHERWISE or (plans and tell is Tell.NOW):
            for target in targets:
                await tx.communities.tell_fault(target.id, now, now)
        if plans and tell is Tell.NOW:
            await _notice(app, tx, place, "not_sold", targets, plans, code=code)
    return stopped


async def _remind(app: AppContext, tx: Transaction, place: Place, seen: Sequence[Target]) -> None:
    """What is still so a day after the contact heard of it, or could have."""
    now, due = app.business.now(), dict[str, list[Target]]()
    for target in seen:
        again = await tx.communities.target(target.id)
        old = again is not None and again.fault == target.fault and (target.fault_at or now) <= now - REMIND_MS
        if old and await alarm_of(tx, place, target.fault, target.id) is not None:
            continue  # which reminds of it
        if old and target.fault is not None and await tx.communities.tell_fault(target.id, now, now - REMIND_MS):
            due.setdefault(target.fault, []).append(target)
    for code, targets in due.items():
        plans = await on_sale(tx, [target.id for target in targets])
        if plans:
            since = min(target.fault_at or now for target in targets)
            await _notice(app, tx, place, "not_sold", targets, plans, code=code, since=since)


async def _end(app: AppContext, tx: Transaction, place: Place, seen: Sequence[Target], tell: Tell) -> Sequence[Plan]:
    over = [target for target in seen if target.fault is not None and await tx.communities.end_fault(target)]
    plans = await on_sale(tx, [target.id for target in over])
    plans = [plan for plan in plans if (await opens(app, tx, plan)).sellable]
    if plans and tell is Tell.NOW and any(target.fault_told_at is not None for target in over):
        await _tell_again(app, tx, place, over, plans)
    return plans


async def _tell_again(
    app: AppContext, tx: Transaction, place: Place, over: Sequence[Target], plans: Sequence[Plan]
) -> None:
    """One notice for each alarm that this ends, and one for the rest; no plan is named twice."""
    keyed: dict[str | None, list[Target]] = {}
    for target in over:
        alarm = await alarm_of(tx, place, target.fault, target.id)
        keyed.setdefault(None if alarm is None else over_key(alarm), []).append(target)
    left = {plan.id: plan for plan in plans}
    for key, targets in keyed.items():
        named = [left.pop(plan.id) for plan in await on_sale(tx, [t.id for t in targets]) if plan.id in left]
        if named:
            await _notice(app, tx, place, "sold_again", targets, named, key)


async def on_sale(tx: Transaction, target_ids: Collection[TargetId]) -> list[Plan]:
    """The plans that would be sold but for these."""
    return [plan for plan in await tx.plans.opening(target_ids) if await tx.plans.on_sale(plan.id)]


async def _notice(
    app: AppContext,
    tx: Transaction,
    place: Place,
    kind: str,
    targets: Sequence[Target],
    plans: Sequence[Plan],
    key: str | None = None,
    **more: str | int,
) -> None:
    community, now = await tx.communities.at(place), app.business.now()
    if community is None:
        return
    names = {"targets": [target.name for target in targets], "plans": [plan.name for plan in plans]}
    key = key or f"{kind}:{targets[0].id}:{more.get('code', '')}:{now}"
    await enqueue_contact_notice(tx, now, community, kind, key, {**names, "community": community.name, **more})

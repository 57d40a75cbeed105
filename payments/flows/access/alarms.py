"""One cause, one alarm (invariant 15): what platforms refuse is summed up by cause and place, and told once.

Everything follows from the rows of what is held up, so that a pass may be made at any time, twice, or not at all: the
contact hears when a cause begins, each day while it stands, and when it is over. Of those held up by it, one is
tried every few minutes; when that works, delivery lets the others go on. What the same cause keeps from being sold is
told with it (`faults`), or was told before: then only the reminders are the alarm's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from payments.core.calendar import DAY_MS
from payments.core.community import Community, Place, Target
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.core.refusals import RULES, Cause, Meaning, Scope, cause_of, probe_ms
from payments.flows.access import faults
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.names import name_in
from payments.flows.runtime.places import served_in
from payments.ports.stores import Alarm, QueueName, Refusal, Transaction

REFUSALS_MAX = 10_000
"""More than any service's targets times causes; a list without a bound could fill the memory."""

SHARED = {scope: tuple(c for c, rule in RULES.items() if rule.scope is scope) for scope in Scope}
"""The causes of each scope."""

Key = tuple[CommunityId, Place, Cause, str]


@dataclass(frozen=True, slots=True)
class HeldUp:
    """What one cause holds up in one place: how many, since when (machine time), and one of them."""

    count: int
    since_at: int
    target_id: TargetId | None = None
    person_id: PersonId | None = None


async def look(app: AppContext) -> None:
    """Open, remind of, and end alarms; try one of those held up by each cause. Raises `StoreUnavailable`."""
    async with app.store.transaction() as tx:
        found = await _held_up(app, tx)
        standing = {_key(alarm): alarm for alarm in await tx.alarms.standing()}
        if not found and not standing:
            return
        told, tried = False, 0
        for key in sorted(found.keys() | standing.keys(), key=_order):
            alarm = standing.get(key)
            if alarm is None:
                told |= await _open(app, tx, key, found[key])
            elif key not in found:
                told |= await _end(app, tx, alarm)
            else:
                reminded = await _remind(app, tx, key, alarm, found[key])
                told |= reminded
                tried += await _probe(app, tx, key, replace(alarm, told_at=app.business.now()) if reminded else alarm)
    if told:
        app.wake(QueueName.NOTICES)
    if tried:
        app.wake(QueueName.EFFECTS)


def _key(alarm: Alarm) -> Key:
    return alarm.community_id, alarm.place, cause_of(alarm.cause), alarm.subject


def _order(key: Key) -> tuple[str, ...]:
    community_id, place, cause, subject = key
    return community_id, place.platform, place.external_id, cause, subject


async def _held_up(app: AppContext, tx: Transaction) -> Mapping[Key, HeldUp]:
    found: dict[Key, HeldUp] = {}
    for one in await tx.accesses.refusals(REFUSALS_MAX):
        if RULES[cause_of(one.cause)].meaning is Meaning.MEMBER:
            continue
        key, more = _summed(one)
        before = found.get(key)
        found[key] = more if before is None else _both(before, more)
    for channel in await tx.logs.channels():
        if channel.cause is not None and channel.refused_at is not None:
            key = channel.community_id, channel.place, cause_of(channel.cause), ""
            found[key] = HeldUp(1, channel.refused_at)
    refused = await tx.notices.refusals()
    communities = await tx.communities.all() if refused else []
    for messages in refused:
        held = HeldUp(messages.count, messages.since_at)
        for community in communities:
            places = await served_in(app, tx, await tx.communities.places(community.id))
            here = [place for place in places if place.platform is messages.platform]
            if here:
                place = min(here, key=lambda one: one.external_id)
                found[community.id, place, cause_of(messages.cause), ""] = held
    return found


def _summed(one: Refusal) -> tuple[Key, HeldUp]:
    cause = cause_of(one.cause)
    subject = "" if RULES[cause].scope is Scope.PLACE else one.target_id
    return (one.community_id, one.place, cause, subject), HeldUp(one.count, one.since_at, one.target_id, one.person_id)


def _both(one: HeldUp, other: HeldUp) -> HeldUp:
    return replace(one, count=one.count + other.count, since_at=min(one.since_at, other.since_at))


async def _open(app: AppContext, tx: Transaction, key: Key, held: HeldUp) -> bool:
    community_id, place, cause, subject = key
    if app.machine.now() - held.since_at < RULES[cause].alarm_ms:
        return False
    now = app.business.now()
    before = [t.fault_told_at for t in await faults.shown(tx, place, cause, subject) if t.fault_told_at is not None]
    alarm = Alarm(new_id("alm"), community_id, place, cause, subject, now, max(before, default=now), app.machine.now())
    return await tx.alarms.open(alarm) and not before and await _tell(app, tx, key, alarm, held)


async def _remind(app: AppContext, tx: Transaction, key: Key, alarm: Alarm, held: HeldUp) -> bool:
    now = app.business.now()
    if now - alarm.told_at < DAY_MS:
        return False
    await tx.alarms.put(replace(alarm, told_at=now))
    await _tell(app, tx, key, alarm, held, since_at=alarm.opened_at)
    return True


async def _tell(
    app: AppContext, tx: Transaction, key: Key, alarm: Alarm, held: HeldUp, *, since_at: int | None = None
) -> bool:
    community_id, place, cause, subject = key
    community = await tx.communities.get(community_id)
    if community is None:
        return False
    plans = await faults.told(app, tx, await faults.shown(tx, place, cause, subject))
    member = None if held.person_id is None else await name_in(tx, community_id, held.person_id, place.platform)
    target = None if held.target_id is None else await tx.communities.target(held.target_id)
    params = await _about(tx, community, place, cause, target)
    params |= {"member": member, "count": held.count, "plans": [plan.name for plan in plans]}
    if since_at is not None:
        params |= {"since_at": since_at}
    told = f"blocked:{alarm.id}:{'' if since_at is None else alarm.told_at}"
    return await enqueue_contact_notice(tx, app.business.now(), community, "blocked", told, params)


async def _end(app: AppContext, tx: Transaction, alarm: Alarm) -> bool:
    """Nothing is held up by it any more. Where it still keeps something from being sold, it is not over."""
    now = app.business.now()
    if not await tx.alarms.put(replace(alarm, over_at=now)):
        return False
    community = await tx.communities.get(alarm.community_id)
    unsold = await faults.shown(tx, alarm.place, alarm.cause, alarm.subject)
    if community is None or await faults.on_sale(tx, [target.id for target in unsold]):
        return False
    target = None if not alarm.subject else await tx.communities.target(TargetId(alarm.subject))
    params = await _about(tx, community, alarm.place, cause_of(alarm.cause), target)
    return await enqueue_contact_notice(tx, now, community, "blocked_over", faults.over_key(alarm), params)


async def _about(
    tx: Transaction, community: Community, place: Place, cause: Cause, target: Target | None
) -> dict[str, object]:
    names = await tx.communities.place_names(community.id)
    where = names.get(place, community.name)
    return {
        "code": cause.value,
        "scope": RULES[cause].scope.value,
        "place": where,
        "platform": place.platform.value,
        "target": where if target is None else target.name,
    }


async def _probe(app: AppContext, tx: Transaction, key: Key, alarm: Alarm) -> int:
    """Try one of those who are blocked; the next time another."""
    _, place, cause, subject = key
    now = app.machine.now()
    if RULES[cause].meaning is not Meaning.ADMIN:
        return 0
    if now - alarm.probed_at < probe_ms(app.business.now() - alarm.opened_at):
        return 0
    await tx.alarms.put(replace(alarm, probed_at=now))
    return await tx.accesses.probe(place, TargetId(subject) if subject else None, cause, now)


async def go_on(app: AppContext, target: Target) -> None:
    """Something worked on a target: what the same causes held up there, or in its whole place, is tried at once.

    In a commit of its own: whoever confirmed holds the locks of one person, and this takes those of many.
    """
    place, now = Place(target.platform, target.place_id), app.machine.now()
    async with app.store.transaction() as tx:
        opened = await tx.accesses.reopen_refused(place, None, SHARED[Scope.PLACE], now)
        opened += await tx.accesses.reopen_refused(place, target.id, SHARED[Scope.TARGET], now)
    if opened:
        app.wake(QueueName.EFFECTS)
    await look(app)

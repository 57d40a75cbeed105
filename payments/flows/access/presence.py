"""Who is where: what the platforms tell of coming, going and changed roles only opens effects again.

What is right is asked and computed at delivery (invariant 4), so an event that is late, doubled or lost does no harm,
and the comparison of a whole place finds what no event told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from payments.core.access import Access, EffectState
from payments.core.audit import AuditKind
from payments.core.changes import facts
from payments.core.community import Identity, Place, Platform, Target
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.core.refusals import RULES, Cause, cause_of
from payments.flows.access import faults
from payments.flows.access.desired import sync_desired_access
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.ports.chat import Blocked, ChatPlatform, Done, Outcome
from payments.ports.stores import Effect, QueueName, Transaction

REOPEN_BATCH = 200
COMPARE_BATCH = 500
PAGES_MAX = 2_000
PARKED_MAX = 1_000
CHECKED_MAX = 100
STICKY_MS = 60_000
"""So soon after somebody came back, a role is given by a bot that remembers roles; later, by a person."""

RESTORE_MAX = 3
RESTORE_WINDOW_MS = 3_600_000
"""A role that somebody keeps taking by hand is put back at most so often in so long; then only by the comparison."""


async def member_joined(app: AppContext, identity: Identity, place: Place) -> int:
    """Somebody came (back): what waits for them opens, what they lost by leaving is given again. How many effects."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(identity)
        if person_id is None:
            return 0
        await tx.identities.lock([person_id])
        await tx.accesses.rejoined(person_id, place, app.machine.now())
        opened = await tx.accesses.reopen_waiting(person_id, place, app.machine.now())
    if opened:
        app.wake(QueueName.EFFECTS)
    return opened


async def join_requested(app: AppContext, identity: Identity, place: Place, *, ours: bool = True) -> bool:
    """Somebody asks to be let in: whether they are on the list now. Delivery then lets them in, or, if they are on it
    no more by then and asked by a link of ours, turns them away."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(identity)
        if person_id is None:
            return False
        await tx.identities.lock([person_id])
        await sync_desired_access(app, tx, [person_id])
        wanted = [access for access, _ in await _accesses(tx, identity, place) if access.wanted]
        for access in wanted:
            await tx.accesses.reopen(access.person_id, access.target_id, app.machine.now())
        if wanted and ours:
            await tx.chat_rooms.ask(place, identity.user_id, app.business.now())
    if wanted:
        app.wake(QueueName.EFFECTS)
    return bool(wanted)


async def member_left(app: AppContext, identity: Identity, place: Place) -> int:
    """Somebody is gone, and their roles with them: delivery finds that out and lets the effects wait."""
    async with app.store.transaction() as tx:
        found = await _accesses(tx, identity, place)
        gone = [access for access, _ in found if access.applied]
        for access in gone:
            await tx.accesses.reopen(access.person_id, access.target_id, app.machine.now())
    if gone:
        app.wake(QueueName.EFFECTS)
    return len(gone)


async def member_updated(
    app: AppContext, identity: Identity, place: Place, held: frozenset[str], *, pending: bool = False
) -> int:
    """Somebody's roles changed. One that they should have and lost is given again; one given by hand is not our affair.
    But one that comes back with somebody after we took it is another bot's doing, and is taken again. Who is not
    `pending` has accepted the rules: what waited for that is given.

    Bounded, so that two bots of different opinion don't fight for ever.
    """
    restored = 0
    async with app.store.transaction() as tx:
        for access, target in await _accesses(tx, identity, place):
            if not access.wanted and target.external_id in held:
                restored += await _stuck_to_them(app, tx, identity, access, target)
            if access.wanted and not access.applied and not pending:
                restored += await _rules_accepted(app, tx, access)
            if not (access.wanted and access.applied) or target.external_id in held:
                continue
            effect = await tx.accesses.effect(access.person_id, access.target_id)
            if effect is None or effect.state is not EffectState.DONE:
                continue  # its delivery is under way
            lately = await _lately(app, tx, access)
            if lately.count(AuditKind.DRIFTED) >= RESTORE_MAX:
                if AuditKind.LEFT_SO not in lately:
                    await _audit(app, tx, access, target, AuditKind.LEFT_SO)
                continue
            await _audit(app, tx, access, target, AuditKind.DRIFTED)
            await tx.accesses.reopen(access.person_id, access.target_id, app.machine.now())
            restored += 1
    if restored:
        app.wake(QueueName.EFFECTS)
    return restored


async def _stuck_to_them(app: AppContext, tx: Transaction, identity: Identity, access: Access, target: Target) -> int:
    now = app.machine.now()
    await tx.identities.lock([access.person_id])
    if not await tx.accesses.came_back(access.person_id, target.id, identity.user_id, now - STICKY_MS):
        return 0
    await _audit(app, tx, access, target, AuditKind.CAME_BACK)
    await tx.accesses.reopen(access.person_id, target.id, now)
    return 1


async def _rules_accepted(app: AppContext, tx: Transaction, access: Access) -> int:
    effect = await tx.accesses.effect(access.person_id, access.target_id)
    if effect is None or effect.state is not EffectState.WAITING or effect.cause != Cause.SCREENING:
        return 0
    await tx.accesses.reopen(access.person_id, access.target_id, app.machine.now())
    return 1


async def compare_place(app: AppContext, place: Place) -> int:
    """Compare everybody in a place with the guest list, and open again what differs. How many effects.

    Both come in the order of the accounts' ids, so each part that is listed meets its part of the guest list, and a
    place of any size takes the same memory. Where a platform lists nobody, those who wait are asked about one by one:
    what told of them may have been lost.
    """
    platform = app.platforms.get(place.platform)
    if platform is None:
        return 0
    opened = 0
    after: str | None = None
    for _ in range(PAGES_MAX):
        listed = await platform.holders(place, after)
        if listed is None:
            opened += await invite_changed(app, place)
            break
        drifted = await _drifted(app, place, dict(listed.rows), after, listed.next)
        await _reopen(app, drifted)
        opened += len(drifted)
        after = listed.next
        if after is None:
            break
    return opened + await recheck_blocked(app, place) + await _place_back(app, place)


async def _place_back(app: AppContext, place: Place) -> int:
    """We are there (again): what waited for the place, and what a fault of ours ended, is tried at once."""
    async with app.store.transaction() as tx:
        opened = await tx.accesses.reopen_refused(place, None, [Cause.PLACE_AWAY, Cause.AWAY], app.machine.now())
        community = await tx.communities.at(place)
        dead = [] if community is None else await _parked(tx, community.id, place, EffectState.DEAD)
    if opened:
        app.wake(QueueName.EFFECTS)
    await _reopen(app, [(one.person_id, target.id) for target, effects in dead for one in effects])
    return opened + sum(len(effects) for _, effects in dead)


async def _drifted(
    app: AppContext, place: Place, holders: Mapping[str, frozenset[str]], after: str | None, until: str | None
) -> list[tuple[PersonId, TargetId]]:
    """What differs of the accounts behind `after` up to `until`; who of them is not among `holders` is not there."""
    found: list[tuple[PersonId, TargetId]] = []
    while True:
        async with app.store.transaction() as tx:
            rows = await tx.accesses.in_place(place, after, until, COMPARE_BATCH)
            for identity, access, target in rows:
                held = holders.get(identity.user_id)
                missing = held is None or target.external_id not in held
                if access.wanted and (access.applied if missing else not access.applied):
                    found.append((access.person_id, access.target_id))
                elif access.wanted and missing and held is not None:
                    effect = await tx.accesses.effect(access.person_id, access.target_id)
                    if effect is not None and effect.state is EffectState.WAITING:
                        found.append((access.person_id, access.target_id))  # came while nobody looked
        if not rows:
            return found
        after = rows[-1][0].user_id


async def renamed(app: AppContext, place: Place, name: str | None, roles: Mapping[str, str]) -> int:
    """Bring the names of a place (None: not known) and of its roles (by external id) up to date. How many changed."""
    async with app.store.transaction() as tx:
        community = await tx.communities.at(place)
        if community is None or not await served_in(app, tx, [place]):
            return 0
        changed = int(name is not None and await tx.communities.rename_place(place, name))
        for target in await tx.communities.targets(community.id):
            new = roles.get(target.external_id)
            if new and new != target.name and (target.platform, target.place_id) == (place.platform, place.external_id):
                await tx.communities.put_target(replace(target, name=new))
                changed += 1
    return changed


async def put_out(app: AppContext, place: Place) -> int:
    """The bot is in a server no more: nobody can be given anything there, and what is to be done waits."""
    async with app.store.transaction() as tx:
        await faults.all_broken(app, tx, place, Blocked("no_access", "the bot is not in the server"))
    faults.wake(app)
    return 0


async def places_with_targets(app: AppContext, platform: Platform) -> list[Place]:
    """Where on a platform plans open something, or did."""
    async with app.store.transaction() as tx:
        return [place for place in await tx.communities.places_with_targets() if place.platform is platform]


async def role_deleted(app: AppContext, place: Place, external_id: str) -> int:
    """A role is gone, from all who had it: nothing that opens it is sold any more, and who should have it is delivered
    again, and blocked until an admin acts."""
    async with app.store.transaction() as tx:
        gone = [target for target in await tx.communities.targets_in(place) if target.external_id == external_id]
        cause = Blocked("target_gone", "the role was deleted")
        await faults.learn(app, tx, place, dict.fromkeys(gone, cause))
    faults.wake(app)
    opened = 0
    after: str | None = None
    while True:
        async with app.store.transaction() as tx:
            rows = await tx.accesses.in_place(place, after, None, COMPARE_BATCH)
        if not rows:
            return opened
        wanted = [(a.person_id, a.target_id) for _, a, target in rows if target.external_id == external_id and a.wanted]
        await _reopen(app, wanted)
        opened += len(wanted)
        after = rows[-1][0].user_id


async def recheck_blocked(app: AppContext, place: Place) -> int:
    """Roles or rights changed, or time passed: open again what was blocked on a target that we can reach now, and sell
    only what can be given.

    A target is asked about once, so that a refused call is never repeated blindly for each member (Discord bans those
    who are refused too often).
    """
    async with app.store.transaction() as tx:
        community = await tx.communities.at(place)
        if community is None:
            return 0
        blocked = dict(await _parked(tx, community.id, place, EffectState.BLOCKED))
        sold = await _sold(tx, place)
    platform = app.platforms.get(place.platform)
    if platform is None:
        return 0
    answers = await _checked(platform, [*blocked, *(target for target in sold if target not in blocked)])
    async with app.store.transaction() as tx:
        await faults.learn(app, tx, place, answers)
    faults.wake(app)
    well = [(t, _to_try(effects)) for t, effects in blocked.items() if isinstance(answers.get(t), Done)]
    opened = [(effect.person_id, target.id) for target, effects in well for effect in effects]
    await _reopen(app, opened)
    return len(opened)


def _to_try(effects: Sequence[Effect]) -> list[Effect]:
    """All of them; of those whose cause is not seen by a look at the target, the first stands for the others."""
    sampled = [effect for effect in effects if effect.cause is not None and RULES[cause_of(effect.cause)].sampled]
    return [effect for effect in effects if effect not in sampled[1:]]


async def _sold(tx: Transaction, place: Place) -> list[Target]:
    """What a plan that is sold opens in a place, a bounded number, and what was out of reach there."""
    there = await tx.communities.targets_in(place)
    found = [target for target in there if target.fault is not None or await tx.plans.opening([target.id])]
    return found[:CHECKED_MAX]


async def _checked(platform: ChatPlatform, targets: Iterable[Target]) -> dict[Target, Outcome]:
    """What the platform says of each; what it says of the whole place is not asked again for each target there."""
    answers: dict[Target, Outcome] = {}
    for target in targets:
        answer = answers[target] = await platform.check(target)
        if isinstance(answer, Blocked) and answer.code in faults.OF_PLACE:
            break
    return answers


async def invite_changed(app: AppContext, place: Place) -> int:
    """There may be another way into a place: open again what waits for people to come, so that they are told of it."""
    async with app.store.transaction() as tx:
        community = await tx.communities.at(place)
        waiting = await _parked(tx, community.id, place, EffectState.WAITING) if community is not None else []
    opened = [(effect.person_id, target.id) for target, effects in waiting for effect in effects]
    await _reopen(app, opened)
    return len(opened)


async def _parked(
    tx: Transaction, community_id: CommunityId, place: Place, state: EffectState
) -> list[tuple[Target, list[Effect]]]:
    effects: dict[TargetId, list[Effect]] = {}
    for effect in await tx.accesses.effects(community_id=community_id, states={state}, limit=PARKED_MAX):
        effects.setdefault(effect.target_id, []).append(effect)
    found = []
    for target_id, waiting in effects.items():
        target = await tx.communities.target(target_id)
        if target is not None and (target.platform, target.place_id) == (place.platform, place.external_id):
            found.append((target, waiting))
    return found


async def _accesses(tx: Transaction, identity: Identity, place: Place) -> list[tuple[Access, Target]]:
    """The accesses of one person in one place."""
    person_id = await tx.identities.of(identity)
    if person_id is None:
        return []
    found = []
    for access in await tx.accesses.of([person_id]):
        target = await tx.communities.target(access.target_id)
        if target is not None and (target.platform, target.place_id) == (place.platform, place.external_id):
            found.append((access, target))
    return found


async def _reopen(app: AppContext, pairs: Iterable[tuple[PersonId, TargetId]]) -> None:
    """Open effects again, a bounded number in one commit."""
    left = iter(pairs)
    while batch := list(islice(left, REOPEN_BATCH)):
        async with app.store.transaction() as tx:
            for person_id, target_id in batch:
                await tx.accesses.reopen(person_id, target_id, app.machine.now())
        app.wake(QueueName.EFFECTS)


async def _lately(app: AppContext, tx: Transaction, access: Access) -> list[str]:
    """What was done about an access within the window."""
    since = app.business.now() - RESTORE_WINDOW_MS
    lines = await tx.audit_log.of_person(access.person_id, 50)
    return [e.action for e in lines if e.target_id == access.target_id and e.at >= since]


async def _audit(app: AppContext, tx: Transaction, access: Access, target: Target, kind: AuditKind) -> None:
    await record_audit(
        tx,
        app.business.now(),
        kind,
        facts(target=target.name),
        community_id=target.community_id,
        person_id=access.person_id,
        target_id=target.id,
    )

"""Two persons become one, or one becomes two again: each in one commit, and nobody is a moment out.

What both have stays as the platforms have it: no call is made for what is right already. Each person's row stays, so
that Stripe's metadata and the customers go on meaning somebody, and so that unlinking can give back to each account
what was paid with it (docs/adr/0001). An account that is replaced keeps what it pays; whoever is there without it uses
that from then on, and for three days it can take all back (docs/adr/0002).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from payments.core.access import Access, Entitlement, Reason, Source
from payments.core.audit import AuditKind
from payments.core.billing import ENDED_STATUSES, SnapshotPart
from payments.core.calendar import DAY_MS
from payments.core.catalog import Plan
from payments.core.changes import On, facts
from payments.core.community import Identity
from payments.core.ids import CommunityId, EntitlementId, PersonId, PlanId, SubscriptionId
from payments.core.notices import paid_twice
from payments.flows.access.desired import sync_desired_access
from payments.flows.checkout.sessions import queue_expiry
from payments.flows.messages import enqueue_planned_notices
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.locking import lock_found
from payments.flows.settlement.stacked_purchases import recompute_periods
from payments.ports.stores import AccountMove, LinkedAccount, StoredPerson, Transaction

UNDO_MS = 3 * DAY_MS
"""How long an account that was replaced can undo it (business time)."""


@dataclass(frozen=True, slots=True)
class Twice:
    """A plan for which two subscriptions of one person run."""

    plan: Plan
    subscriptions: tuple[SubscriptionId, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of a merge. ``move``: the account that had to go, with whose it is now; ``twice``: what is paid
    twice."""

    person_id: PersonId
    move: AccountMove | None
    twice: tuple[Twice, ...]


async def lock(tx: Transaction, accounts: Collection[Identity], moves: Collection[AccountMove] = ()) -> None:
    """Lock everybody concerned when the persons of these accounts are merged or parted, or these moves given back.

    Raises `PersonsMerged`, also when an account or an entitlement is another person's once they are locked.
    """

    async def find() -> Collection[PersonId]:
        persons = {person_id for who in accounts if (person_id := await tx.identities.of(who)) is not None}
        users = {e.beneficiary_id for e in await tx.moves.handed_over([move.id for move in moves])}
        return await _concerned(tx, persons | users)

    await lock_found(tx, find)


async def _concerned(tx: Transaction, person_ids: Collection[PersonId]) -> frozenset[PersonId]:
    """These, and whose accounts still hold what is to be taken from them."""
    found = set(person_ids)
    for access in await tx.accesses.of(person_ids):
        target = await tx.communities.target(access.target_id)
        if access.user_id is not None and target is not None:
            holder = await tx.identities.of(Identity(target.platform, access.user_id))
            found |= {holder} if holder is not None else set()
    return frozenset(found)


async def merge(
    app: AppContext, tx: Transaction, one: LinkedAccount, other: LinkedAccount, leaving: LinkedAccount | None
) -> Merged:
    """The persons of two accounts, on two platforms, become one with just these accounts.

    `leaving`: the account of either that has to go, since a person has one a platform. All are locked by the caller.
    """
    now = app.business.now()
    move = None
    if leaving is not None:
        kept, came = (one, other) if leaving.person_id == one.person_id else (other, one)
        kept, move = await _replace(app, tx, leaving, kept, came)
        one, other = kept, came
    for account in (one, other):  # with which account each one's memberships came, should they part again
        origins = await tx.person_merges.origins(account.person_id)
        await tx.person_merges.set_side([origin.id for origin in origins], account.identity.platform)
    survivor, merged = await _survivor(app, tx, one.person_id, other.person_id)
    all_now = [survivor] if move is None else [survivor, move.person_id]
    if leaving is not None:
        await tx.person_merges.parted(leaving.identity, all_now, now)
    await _end_links(app, tx, survivor, merged)
    await tx.person_merges.merge(merged, survivor)
    await tx.trials.share(survivor)
    await _unite_accesses(app, tx, merged, survivor)
    await recompute_periods(tx, all_now, now)
    await sync_desired_access(app, tx, all_now, asked=True)
    await _look_again(app, tx, survivor)
    await _mark(app, tx, all_now)
    left = {} if leaving is None else facts(left=On(leaving.identity.platform))  # no names: it is shown far and wide
    await record_audit(tx, now, AuditKind.LINKED, left, actor=survivor, person_id=survivor)
    return Merged(survivor, move, await _twice(app, tx, survivor))


async def _replace(
    app: AppContext, tx: Transaction, leaving: LinkedAccount, kept: LinkedAccount, came: LinkedAccount
) -> tuple[LinkedAccount, AccountMove]:
    """`leaving` parts from `kept`, to make room for `came`. It takes along what was paid with it; what of that is in
    use is used by `kept` from now on, with the accesses as the platforms have them: delivery moves each of them."""
    now = app.business.now()
    await _end_links(app, tx, leaving.person_id)
    _, goes, origins = await origin_accounts(tx, leaving.person_id)
    leader = await _split(tx, leaving.person_id, goes, origins, now)
    if goes.identity == leaving.identity:
        left, stays = leader, leaving.person_id
    else:
        left, stays = leaving.person_id, leader
        for access in await tx.accesses.of([left]):
            await tx.person_merges.move_access(left, access.target_id, stays)
    move = AccountMove(
        id=new_id("mov"),
        left=leaving.identity,
        person_id=left,
        kept=kept.identity,
        came=came.identity,
        undone=False,
        at=now,
        until_at=now + UNDO_MS,
    )
    await tx.moves.add(move)
    await tx.moves.hand_over(move.id, await _still_used(tx, left, stays, now), left, stays)
    return replace(kept, person_id=stays), move


async def _still_used(tx: Transaction, left: PersonId, stays: PersonId, now: int) -> list[EntitlementId]:
    """What `left` bought that is in use. Where that is days of a plan, or `stays` has such days, also the purchases of
    that plan that are over: the later days begin where those end."""
    theirs = await tx.entitlements.of([left])
    used = {e.id: e for e in (*theirs, *await tx.entitlements.of([stays])) if await in_use(tx, e, now)}
    follow = {e.plan_id for e in used.values() if e.source is Source.PURCHASE}
    return [e.id for e in theirs if e.id in used or (e.source is Source.PURCHASE and e.plan_id in follow)]


async def in_use(tx: Transaction, entitlement: Entitlement, now: int) -> bool:
    """Whether it opens something, or may again: it is to come, its subscription has not ended, or what was paid for it
    may come back, from a dispute that is won or a refund that fails."""
    if entitlement.access_from is not None and (entitlement.access_until is None or entitlement.access_until > now):
        return True
    if entitlement.source is Source.PURCHASE:
        return entitlement.reason in (Reason.DISPUTED, Reason.REFUNDED)
    if entitlement.source is not Source.SUBSCRIPTION or entitlement.account_id is None:
        return False
    sold = await tx.billing.subscription(entitlement.account_id, SubscriptionId(entitlement.source_id))
    return sold is not None and sold.status not in ENDED_STATUSES


async def undo(app: AppContext, tx: Transaction, move: AccountMove) -> Sequence[PersonId]:
    """What an account that was replaced handed over is its own again; answers who had it. It is linked to nobody by
    this: others may have parted from it for good reason (see `put_back`). Locked by the caller."""
    left = await tx.identities.of(move.left)
    assert left is not None, "no account is ever forgotten"
    own = {access.target_id for access in await tx.accesses.of([left])}
    for access in await tx.accesses.of({e.beneficiary_id for e in await tx.moves.handed_over([move.id])} - {left}):
        target = await tx.communities.target(access.target_id)
        still = target is not None and Identity(target.platform, access.user_id or "") == move.left
        if still and access.target_id not in own:  # not taken from it yet: it goes on as if nothing had been
            await tx.person_merges.move_access(access.person_id, access.target_id, left)
            own.add(access.target_id)
    holders = await give_back(app, tx, move, None)
    back = facts(platform=On(move.left.platform))
    await record_audit(tx, app.business.now(), AuditKind.MOVE_UNDONE, back, actor=left, person_id=left)
    return holders


async def put_back(app: AppContext, tx: Transaction, left: Identity, kept: LinkedAccount) -> Merged:
    """`left`, which was replaced, is linked to `kept` again. The account in its place is on its own, with what was paid
    with it. Both have said yes, and all are locked."""
    await unmerge(app, tx, kept.person_id)
    one, other = await tx.person_merges.account(left), await tx.person_merges.account(kept.identity)
    assert one is not None, "no account is ever forgotten"
    assert other is not None, "no account is ever forgotten"
    return await merge(app, tx, one, other, None)


async def give_back(
    app: AppContext, tx: Transaction, move: AccountMove, community_id: CommunityId | None
) -> Sequence[PersonId]:
    """What an account handed over is its own again (of one community, if named); answers who had it. All are locked."""
    left = await tx.identities.of(move.left)
    assert left is not None, "no account is ever forgotten"
    holders = await tx.moves.give_back(move.id, left, community_id)
    concerned_now = list(dict.fromkeys([left, *holders]))
    await recompute_periods(tx, concerned_now, app.business.now())
    await sync_desired_access(app, tx, concerned_now, asked=True)
    await _look_again(app, tx, left)
    await _mark(app, tx, concerned_now)
    return holders


async def unmerge(app: AppContext, tx: Transaction, person_id: PersonId) -> tuple[LinkedAccount, LinkedAccount]:
    """A person with two accounts becomes two again; each account keeps what was paid with it. Locked by the caller.

    The account that stayed with the person's row, and the one that left it.
    """
    now = app.business.now()
    await _end_links(app, tx, person_id)
    stays, goes, origins = await origin_accounts(tx, person_id)
    leader = await _split(tx, person_id, goes, origins, now)
    await tx.person_merges.parted(goes.identity, [person_id, leader], now)
    await tx.person_merges.parted(stays.identity, [person_id, leader], now)
    for access in await tx.accesses.of([person_id]):
        target = await tx.communities.target(access.target_id)
        if target is not None and target.platform is goes.identity.platform:
            await tx.person_merges.move_access(person_id, access.target_id, leader)
    await recompute_periods(tx, [person_id, leader], now)
    await sync_desired_access(app, tx, [person_id, leader], asked=True)
    await _look_again(app, tx, leader)
    await _mark(app, tx, [person_id, leader])
    for each in (person_id, leader):
        await record_audit(tx, now, AuditKind.UNLINKED, {}, actor=each, person_id=each)
    return stays, goes


async def _split(
    tx: Transaction, person_id: PersonId, goes: LinkedAccount, origins: Sequence[StoredPerson], now: int
) -> PersonId:
    """The account `goes` is a person of its own again, with what came by it; who that is."""
    leader = PersonId(new_id("prs")) if not origins else origins[0].id
    if not origins:
        await tx.person_merges.add(leader, like=person_id, now=now)
    await tx.person_merges.split(person_id, [origin.id for origin in origins], leader)
    await tx.person_merges.give_account(goes.identity, leader)
    return leader


async def origin_accounts(
    tx: Transaction, person_id: PersonId
) -> tuple[LinkedAccount, LinkedAccount, Sequence[StoredPerson]]:
    """Of a person with two accounts: the one that stays with the row, the one that would go, and whose persons' things
    would go with it."""
    accounts = await tx.person_merges.accounts(person_id)
    origins = await tx.person_merges.origins(person_id)
    own = next(origin for origin in origins if origin.id == person_id)
    stays = next((a for a in accounts if a.identity.platform is own.side), accounts[0])
    goes = next(a for a in accounts if a is not stays)
    return (
        stays,
        goes,
        [origin for origin in origins if origin.id != person_id and origin.side is goes.identity.platform],
    )


async def _survivor(app: AppContext, tx: Transaction, one: PersonId, other: PersonId) -> tuple[PersonId, PersonId]:
    """Who lives on: who is a customer at Stripe already, so that the next purchase is with the same card."""
    for person_id, loser in ((one, other), (other, one)):
        customers = await tx.customers.of_person(person_id)
        if any(c.stripe_id is not None and c.person_id == person_id for c in customers):
            return person_id, loser
    return one, other


async def _end_links(app: AppContext, tx: Transaction, *person_ids: PersonId) -> None:
    """End all links to pay: one of them may have been paid a moment ago, and the other would charge for the same. The
    next `/subscribe` asks Stripe about both persons' customers before it makes a new one."""
    for person_id in person_ids:
        for checkout in await tx.checkouts.waiting(person_id):
            await queue_expiry(tx, app, checkout)


async def _unite_accesses(app: AppContext, tx: Transaction, merged: PersonId, survivor: PersonId) -> None:
    now, machine_now = app.business.now(), app.machine.now()
    present = {identity.platform: identity.user_id for identity in await tx.identities.identities(survivor)}
    own = {access.target_id: access for access in await tx.accesses.of([survivor])}
    for theirs in await tx.accesses.of([merged]):
        mine = own.get(theirs.target_id)
        if mine is None:
            await tx.person_merges.move_access(merged, theirs.target_id, survivor)
            continue
        target = await tx.communities.target(theirs.target_id)
        assert target is not None, "an access hangs on its target by a foreign key"
        hold, spare = _holds(mine, theirs, present.get(target.platform))
        await tx.person_merges.unite_access(merged, target.id, survivor, hold, machine_now)
        if spare is None or spare.user_id is None or spare.held_before is not False:
            continue
        holder = await tx.identities.of(Identity(target.platform, spare.user_id))
        if holder is not None and holder != survivor:
            await tx.person_merges.put_hold(holder, spare, now, machine_now)


def _holds(mine: Access, theirs: Access, present: str | None) -> tuple[Access | None, Access | None]:
    """Whose account has a target that both persons had: what the one access takes over (None: it stays as it is), and
    what another account has besides, which is to be taken."""
    if theirs.user_id is None:
        return None, None
    if mine.user_id is None or theirs.user_id == present:
        return theirs, mine
    return None, theirs


async def _look_again(app: AppContext, tx: Transaction, person_id: PersonId) -> None:
    """Deliver what is not as the accounts now are: held by one that left, or waiting for one that came."""
    present = {identity.platform: identity.user_id for identity in await tx.identities.identities(person_id)}
    for access in await tx.accesses.of([person_id]):
        target = await tx.communities.target(access.target_id)
        assert target is not None, "an access hangs on its target by a foreign key"
        moved = access.user_id is not None and access.user_id != present.get(target.platform)
        if moved or (access.wanted and not access.applied):
            await tx.accesses.reopen(person_id, access.target_id, app.machine.now())


async def _mark(app: AppContext, tx: Transaction, person_ids: Sequence[PersonId]) -> None:
    """Have Stripe asked about all of them again: what was read before was decided for other persons."""
    for person_id in person_ids:
        customers = await tx.customers.of_person(person_id)
        await tx.customers.mark([customer.id for customer in customers], SnapshotPart.ALL, app.business.now())


async def _twice(app: AppContext, tx: Transaction, person_id: PersonId) -> tuple[Twice, ...]:
    """What is paid twice from now on: told in this very commit, never unsaid."""
    now = app.business.now()
    ended = {s.id for s in await tx.billing.subscriptions_of(person_id) if s.status in ENDED_STATUSES}
    held = [e for e in await tx.entitlements.of([person_id]) if e.source_id not in ended]
    notices = tuple(paid_twice(held, now))
    plans: dict[PlanId, Plan] = {}
    for notice in notices:
        plan = await tx.plans.get(notice.plan_id)
        assert plan is not None, "an entitlement names a plan that is stored"
        plans[plan.id] = plan
    await enqueue_planned_notices(tx, notices, plans, now)
    return tuple(
        Twice(plans[notice.plan_id], tuple(map(SubscriptionId, str(notice.params["subscriptions"]).split())))
        for notice in notices
    )


async def open_plans(app: AppContext, tx: Transaction, entitlements: Sequence[Entitlement]) -> tuple[str, ...]:
    """The names of the plans that these give access to now, each once."""
    now = app.business.now()
    names: dict[str, None] = {}
    for entitlement in entitlements:
        plan = await tx.plans.get(entitlement.plan_id) if entitlement.opens(now) else None
        if plan is not None:
            names[plan.name] = None
    return tuple(names)

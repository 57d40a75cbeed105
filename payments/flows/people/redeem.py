"""Subscriptions that were bought past us (by a Payment Link, or made in the dashboard): one of the team makes a code,
and whoever redeems it is that customer from then on.

The provider is asked what the purchase is now, both times. What a claim changes is one commit; that our ids are written
onto the objects at the provider is stored with it, and done afterwards.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.audit import AuditKind
from payments.core.billing import ENDED_STATUSES, Customer, SnapshotPart, SubscriptionStatus
from payments.core.catalog import Plan
from payments.core.changes import same
from payments.core.community import Community, Identity, Place
from payments.core.ids import AccountId, CommunityId, CustomerId, CustomerRef, PersonId, SubscriptionId
from payments.core.rights import Rank
from payments.core.snapshot import SubscriptionFact
from payments.flows.messages import record_act
from payments.flows.people import codes
from payments.flows.people.codes import ALPHABET, BadCode, TooMany
from payments.flows.rights.ranks import rank_anywhere
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.origins import account_of_origin, origin_of
from payments.flows.runtime.outbox import Deadline, params_of, store_request
from payments.flows.settlement.unowned import plans_of
from payments.ports.providers import ProviderRefused
from payments.ports.stores import CodeKind, ProviderRequest, QueueName, Transaction, UnclaimedSubscription

LETTERS = 12
"""60 random bits, since a code waits for its buyer for a day."""

CODE_MS = 24 * 3_600_000
SHOWN_MAX = 5

REQUEST = "name_ours"
"""The kind of request that writes our ids onto what was claimed."""

_NOT_LIVE = ENDED_STATUSES | {SubscriptionStatus.INCOMPLETE}


class NoCode(StrEnum):
    """Why there is no code for a purchase."""

    NOT_YOURS = "not_yours"  # unknown, or not for whoever asks: they learn no more
    UNSURE = "unsure"  # the platform doesn't say just now who they are
    NONE = "none"  # nothing waits (any more): claimed, or of a customer who is known by now
    OVER = "over"  # it has ended, or sells nothing of ours any more
    SHARED = "shared"  # its customer also pays for a plan of another community


@dataclass(frozen=True, slots=True)
class Waiting:
    """A purchase that waits to be claimed. ``email``: the buyer's, with most of its name hidden."""

    account_id: AccountId
    subscription_id: SubscriptionId
    plan: str
    started_at: int
    email: str | None


@dataclass(frozen=True, slots=True)
class List:
    """What waits in a community; `shown` is a part of `count`."""

    community: str
    count: int
    shown: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class MadeCode:
    """A code for one purchase: whoever redeems it has the plan."""

    code: str
    plan: str
    hours: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The purchase is this person's now. ``twice``: they pay for the same plan by something else, too."""

    plan: str
    community: str
    twice: bool = False


NotRedeemed = BadCode | TooMany | NoCode


# -- the team ----------------------------------------------------------------------------------------------------------


async def waiting(app: AppContext, who: Identity, community_id: CommunityId) -> List | NoCode:
    """What waits to be claimed in a community, for who may touch money there. Raises `ProviderUnavailable`."""
    refusal = await _may(app, who, community_id)
    if refusal is not None:
        return refusal
    async with app.store.transaction() as tx:
        community = await tx.communities.get(community_id)
        rows = await tx.unclaimed.waiting(community_id, 1_000)
        plans = {row.plan_id: await tx.plans.get(row.plan_id) for row in rows[:SHOWN_MAX]}
    if community is None or not rows:
        return NoCode.NONE
    deadline = Deadline(app)
    shown = []
    for row in rows[:SHOWN_MAX]:
        plan = plans[row.plan_id]
        email = await _email(app, row, deadline)
        name = "" if plan is None else plan.name
        shown.append(Waiting(row.account_id, row.subscription_id, name, row.started_at, email))
    return List(community.name, len(rows), tuple(shown))


async def _email(app: AppContext, row: UnclaimedSubscription, deadline: Deadline) -> str | None:
    port = app.provider(row.account_id).customers
    if port is None:
        return None
    try:
        found = await deadline.of(lambda: port.email(row.stripe_id))
    except ProviderRefused:  # deleted there
        return None
    return None if not found else hidden(found)


def hidden(email: str) -> str:
    """Enough of an address for who knows it: `m…@example.org`."""
    name, at, where = email.rpartition("@")
    return f"{name[:1]}…{at}{where}" if at else f"{email[:1]}…"


async def make_code(
    app: AppContext, who: Identity, actor: PersonId, account_id: AccountId, subscription_id: SubscriptionId
) -> MadeCode | NoCode:
    """A code for this very purchase; one that was made for it before is good for nothing from then on.

    Raises `ProviderUnavailable`.
    """
    async with app.store.transaction() as tx:
        row = await tx.unclaimed.get(account_id, subscription_id)
        sold = None if row is None else await _sold(tx, row)
    if row is None or sold is None:
        return NoCode.NOT_YOURS
    plan, community = sold
    refusal = await _may(app, who, community.id)
    if refusal is None:
        live = await _live(app, row, plan, Deadline(app))
        refusal = live if isinstance(live, NoCode) else None
    if refusal is not None:
        return refusal
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    code_hash = codes.hash_of(CodeKind.PURCHASE, letters)
    async with app.store.transaction() as tx:
        unknown = not await tx.customers.known_stripe(account_id, {row.stripe_id})
        until_at = app.machine.now() + CODE_MS
        if not unknown or not await tx.unclaimed.set_code(account_id, subscription_id, code_hash, until_at):
            return NoCode.NONE
        kind, changes = AuditKind.PURCHASE_CODE_MADE, {"sold": same(plan.name)}
        key = f"claim_code:{code_hash}"
        await record_act(app, tx, kind, changes, actor=actor, community_id=community.id, key=key, told=True)
    app.wake(QueueName.NOTICES)
    spelled = "-".join(letters[n : n + 4] for n in range(0, LETTERS, 4))
    return MadeCode(spelled, plan.name, CODE_MS // 3_600_000)


async def _may(app: AppContext, who: Identity, community_id: CommunityId) -> NoCode | None:
    rank = await rank_anywhere(app, community_id, who)
    if rank is None:
        return NoCode.UNSURE
    return None if rank >= Rank.MANAGER else NoCode.NOT_YOURS


async def _sold(tx: Transaction, row: UnclaimedSubscription) -> tuple[Plan, Community] | None:
    plan = await tx.plans.get(row.plan_id)
    community = None if plan is None else await tx.communities.get(plan.community_id)
    return None if plan is None or community is None else (plan, community)


async def _live(
    app: AppContext, row: UnclaimedSubscription, plan: Plan, deadline: Deadline
) -> Sequence[SubscriptionFact] | NoCode:
    """The customer's subscriptions that go on and sell something of ours; this one is among them, and all are for plans
    of one community: nobody else's is given away."""
    provider = app.provider(row.account_id)
    try:
        told = await deadline.of(lambda: provider.snapshot(row.stripe_id, SnapshotPart.SUBSCRIPTIONS))
    except ProviderRefused as refused:
        if refused.code != "missing_object":
            raise
        return NoCode.OVER
    facts = [fact for fact in told.subscriptions or () if fact.status not in _NOT_LIVE]
    async with app.store.transaction() as tx:
        named = await plans_of(tx, row.account_id, facts)
        plans = {id_: None if plan_id is None else await tx.plans.get(plan_id) for id_, plan_id in named.items()}
    ours = [fact for fact in facts if plans[fact.id] is not None]
    mine = plans.get(row.subscription_id)
    if told.deleted or mine is None or mine.id != plan.id:
        return NoCode.OVER
    communities = {found.community_id for found in plans.values() if found is not None}
    return ours if communities == {plan.community_id} else NoCode.SHARED


# -- the buyer ---------------------------------------------------------------------------------------------------------


async def void(app: AppContext, typed: str) -> None:
    """A code that others could read is good for nothing from now on."""
    async with app.store.transaction() as tx:
        await tx.unclaimed.void(codes.hash_of(CodeKind.PURCHASE, typed))


async def redeem(app: AppContext, who: Identity, typed: str, place: Place | None) -> Redeemed | NotRedeemed:
    """What this code is for belongs to who typed it from now on; typed again by them, it gets the same answer.

    `place`: where it was typed; a code of another community is none there. Raises `ProviderUnavailable`: nothing was
    changed then, and the code is as good as before.
    """
    async with app.store.transaction() as tx:
        refused = await codes.count(app, tx, who)
        if refused is not None:
            return refused
        found = await _read(app, tx, who, typed, place)
        if not isinstance(found, BadCode):
            await tx.codes.was_right(who)
    if not isinstance(found, _Found):
        return found
    live = await _live(app, found.row, found.plan, Deadline(app))
    if isinstance(live, NoCode):
        return live
    async with app.store.transaction() as tx:
        done = await _take(app, tx, who, found, live)
    if isinstance(done, Redeemed):
        for queue in (QueueName.CUSTOMERS, QueueName.REQUESTS, QueueName.NOTICES):
            app.wake(queue)
    return done


@dataclass(frozen=True, slots=True)
class _Found:
    row: UnclaimedSubscription
    code_hash: str
    plan: Plan
    community: Community


async def _read(
    app: AppContext, tx: Transaction, who: Identity, typed: str, place: Place | None
) -> _Found | Redeemed | BadCode:
    code_hash = codes.hash_of(CodeKind.PURCHASE, typed)
    row = await tx.unclaimed.of_code(code_hash)
    sold = None if row is None else await _sold(tx, row)
    if row is None or sold is None:
        return BadCode.WRONG
    plan, community = sold
    here = None if place is None else await tx.communities.at(place)
    if place is not None and (here is None or here.id != community.id):
        return BadCode.WRONG
    if row.person_id is not None:
        own = await tx.identities.of(who)
        taken = (await tx.identities.lock([row.person_id]))[row.person_id]
        return Redeemed(plan.name, community.name) if own == taken else BadCode.USED
    if row.expires_at is None or row.expires_at <= app.machine.now():
        return BadCode.EXPIRED
    return _Found(row, code_hash, plan, community)


async def _take(
    app: AppContext, tx: Transaction, who: Identity, found: _Found, live: Sequence[SubscriptionFact]
) -> Redeemed | BadCode:
    """The one commit: of two who redeem at once the second finds it used, whatever died in between."""
    row, plan, now = found.row, found.plan, app.business.now()
    person_id = await tx.identities.of(who)
    assert person_id is not None, "who asks is a person"
    person_id = (await tx.identities.lock([person_id]))[person_id]
    if await tx.customers.known_stripe(row.account_id, {row.stripe_id}):
        return BadCode.USED
    if not await tx.unclaimed.take(found.code_hash, person_id):
        return BadCode.USED
    currency = next(fact.currency for fact in live if fact.id == row.subscription_id)
    held = [s for s in await tx.billing.subscriptions_of(person_id) if s.status not in ENDED_STATUSES]
    payer = await origin_of(tx, who, row.account_id, currency) or person_id
    fresh = Customer(CustomerId(new_id("cus")), payer, row.account_id, currency, None, None)
    customer = await tx.customers.ensure(fresh, now)
    # The customer that pays now is the one whose card and invoices the portal shows: an own one that pays stays it.
    await tx.customers.adopt(customer.id, row.stripe_id, current=not any(s.customer_id == customer.id for s in held))
    account = await account_of_origin(tx, payer)
    params = {
        "customer": row.stripe_id,
        "of_customer": app.refs.customer(customer.id, payer, account),
        "subscription": row.subscription_id,
        "of_subscription": app.refs.claimed(plan.id, payer, account),
    }
    subject = f"{row.account_id}:{row.subscription_id}"
    await store_request(tx, app, row.account_id, REQUEST, subject, params, at_once=True)
    await record_act(
        app,
        tx,
        AuditKind.PURCHASE_REDEEMED,
        {"sold": same(plan.name)},
        actor=person_id,
        community_id=found.community.id,
        person_id=person_id,
        key=f"claimed:{found.code_hash}",
        told=True,
    )
    await tx.customers.mark([customer.id], SnapshotPart.ALL, now)
    return Redeemed(plan.name, found.community.name, twice=any(s.plan_id == plan.id for s in held))


async def name_ours(app: AppContext, request: ProviderRequest) -> None:
    """Write our ids onto what was claimed. Raises `ProviderUnavailable` and `ProviderRefused`."""
    params, provider = params_of(request), app.provider(request.account_id)
    try:
        if provider.customers is not None:
            await provider.customers.name_ours(CustomerRef(params["customer"]), params["of_customer"])
        if provider.subscriptions is not None:
            await provider.subscriptions.name_ours(SubscriptionId(params["subscription"]), params["of_subscription"])
    except ProviderRefused as refused:
        if refused.code != "missing_object":  # deleted there meanwhile: there is nothing to write on
            raise
    async with app.store.transaction() as tx:
        await tx.requests.made(request.id, params["customer"])

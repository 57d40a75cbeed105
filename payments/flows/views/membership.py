"""What a member sees: what they have, what it opens, what they were billed. And presents (comps) from admins."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from payments.core.access import DAY_MS, reaches, reason_at
from payments.core.changes import Moment, Said, Thing, Word, same
from payments.core.entitlements import entitlement_id as id_of
from payments.core.ids import CommunityId, CustomerId, PersonId, PlanId, SubscriptionId, TargetId
from payments.core.model import (
    Access,
    Community,
    Customer,
    EffectState,
    Entitlement,
    Identity,
    Invoice,
    Part,
    Plan,
    PlanTarget,
    Platform,
    Price,
    Purchase,
    Reason,
    Source,
    Subscription,
    Target,
    TargetKind,
)
from payments.flows.messages import act
from payments.flows.runtime.context import Engine, id_for, new_id
from payments.flows.runtime.locking import lock_found
from payments.flows.runtime.origins import customers_of, homes_of, side_of
from payments.ports.stores import AccountMove, Request, Transaction

INVOICES_SHOWN_MAX = 10
ENDED_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True)
class Opening:
    """A target that a membership opens, with how far the platform is. `effect` is None when nothing was ever asked.

    `linked`: the person has an account on the target's platform. `way_in`: where they may ask to come into the chat.
    """

    target: Target
    access: Access | None
    effect: EffectState | None
    linked: bool
    way_in: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """One entitlement of a person with all that a reader wants to know of it. `open`: it gives access now.

    ``move``: it was handed over to the account that replaced this one, which opens it since. ``side``: the platform of
    the account that pays, of a person with two.
    """

    entitlement: Entitlement
    plan: Plan
    community: Community
    price: Price | None
    subscription: Subscription | None
    purchase: Purchase | None
    openings: tuple[Opening, ...]
    open: bool
    reason: Reason
    move: AccountMove | None = None
    side: Platform | None = None

    @property
    def cancelled(self) -> bool:
        """Whether its subscription has been told to end."""
        return self.subscription is not None and self.subscription.cancel_at is not None


@dataclass(frozen=True, slots=True)
class Bills:
    """A person's invoices, newest first, and the requests for one that wait for an e-mail address. `elsewhere`: where
    the person's other account sees invoices of its own."""

    invoices: tuple[Invoice, ...]
    waiting: tuple[Request, ...]
    elsewhere: Platform | None = None


async def of_person(
    engine: Engine, person_id: PersonId, community_id: CommunityId | None = None
) -> tuple[Membership, ...]:
    """What a person has, in one community or in all: open ones first, then what may come back, then the last ended."""
    async with engine.store.transaction() as tx:
        return await memberships(tx, person_id, community_id, engine.business.now())


async def memberships(
    tx: Transaction, person_id: PersonId, community_id: CommunityId | None, now: int
) -> tuple[Membership, ...]:
    """The same as `of_person`, for who reads more in the same transaction."""
    moves = {move.id: move for move in await tx.moves.of_person(person_id)}
    moved = {e.id: move for move in moves.values() for e in await tx.moves.handed_over([move.id])}
    entitlements = [*await tx.entitlements.of([person_id])]
    known = {e.id for e in entitlements}
    entitlements += [e for e in await tx.moves.handed_over(list(moves)) if e.id not in known]
    subscriptions = {s.id: s for s in await tx.bought.subscriptions_of(person_id)}
    purchases = {p.id: p for p in await tx.bought.purchases_of(person_id)}
    plans, communities = await _plans(tx, [e.plan_id for e in entitlements])
    opened = await tx.plans.targets(list(plans))
    accesses = {a.target_id: a for a in await tx.accesses.of([person_id])}
    found: list[Membership] = []
    for line in entitlements:
        plan = plans[line.plan_id]
        if community_id is not None and plan.community_id != community_id:
            continue
        subscription = subscriptions.get(SubscriptionId(line.source_id))
        purchase = next((p for p in purchases.values() if p.id == line.source_id), None)
        price_id = subscription.price_id if subscription else purchase.price_id if purchase else None
        found.append(
            Membership(
                entitlement=line,
                plan=plan,
                community=communities[plan.community_id],
                price=await tx.plans.price(price_id) if price_id else None,
                subscription=subscription,
                purchase=purchase,
                openings=await _openings(tx, line, opened, accesses) if line.beneficiary_id == person_id else (),
                open=line.opens(now),
                reason=reason_at(line, now),
                move=moved.get(line.id) if line.beneficiary_id != person_id else None,
                side=await _side(tx, subscription, purchase),
            )
        )
    return _ordered(found)


async def _side(tx: Transaction, subscription: Subscription | None, purchase: Purchase | None) -> Platform | None:
    sold = subscription or purchase
    customer = None if sold is None else await tx.customers.get(sold.customer_id)
    return None if customer is None else await side_of(tx, customer.person_id)


def _ordered(found: Sequence[Membership]) -> tuple[Membership, ...]:
    """Open, then unfinished, then at most a few of those that ended; newest first in each."""
    newest = sorted(found, key=lambda m: m.entitlement.began_at, reverse=True)
    opened = [m for m in newest if m.open]
    unfinished = [m for m in newest if not m.open and m.subscription is not None and m.subscription.ended_at is None]
    ended = [m for m in newest if m not in opened and m not in unfinished]
    return (*opened, *unfinished, *ended[:ENDED_SHOWN_MAX])


async def _plans(
    tx: Transaction, plan_ids: Sequence[PlanId]
) -> tuple[Mapping[PlanId, Plan], Mapping[CommunityId, Community]]:
    plans: dict[PlanId, Plan] = {}
    communities: dict[CommunityId, Community] = {}
    for plan_id in plan_ids:
        if plan_id in plans:
            continue
        plan = await tx.plans.get(plan_id)
        assert plan is not None, "an entitlement names a plan that is stored"
        plans[plan_id] = plan
        if plan.community_id not in communities:
            community = await tx.communities.get(plan.community_id)
            assert community is not None, "a plan belongs to a community that is stored"
            communities[plan.community_id] = community
    return plans, communities


async def _openings(
    tx: Transaction, line: Entitlement, opened: Sequence[PlanTarget], accesses: Mapping[TargetId, Access]
) -> tuple[Opening, ...]:
    result: list[Opening] = []
    platforms = {account.identity.platform for account in await tx.persons.accounts(line.beneficiary_id)}
    for row in opened:
        target = await tx.communities.target(row.target_id) if reaches(line, row) else None
        if target is None:
            continue
        effect = await tx.accesses.effect(line.beneficiary_id, target.id)
        state, linked = effect.state if effect else None, target.platform in platforms
        way_in = await chat_link(tx, target) if linked and state is EffectState.WAITING else None
        result.append(Opening(target, accesses.get(target.id), state, linked, way_in))
    return tuple(sorted(result, key=lambda opening: opening.target.name.casefold()))


async def chat_link(tx: Transaction, target: Target) -> str | None:
    """The link by which people ask to join a chat, as it was last known: the platform is not asked."""
    if target.kind is not TargetKind.CHAT:
        return None
    chat = await tx.chats.get(target.external_id)
    return None if chat is None or chat.removed_at is not None else chat.link


async def bills(engine: Engine, who: Identity) -> Bills:
    """The latest invoices of what this account pays, and what waits for its e-mail address."""
    async with engine.store.transaction() as tx:
        person_id = await tx.people.of(who)
        if person_id is None:
            return Bills((), ())
        homes = {home.id for home in await homes_of(tx, who)}
        customers = await customers_of(engine, tx, who)
        invoices = [invoice for customer in customers for invoice in await tx.bought.invoices(customer.id)]
        elsewhere = await _billed_elsewhere(engine, tx, who, person_id)
        waiting = [r for r in await tx.requests.needing_email(person_id) if r.person_id in homes]
    newest = sorted(invoices, key=lambda invoice: (invoice.created_at, invoice.id), reverse=True)
    return Bills(tuple(newest[:INVOICES_SHOWN_MAX]), tuple(waiting), elsewhere)


async def _billed_elsewhere(engine: Engine, tx: Transaction, who: Identity, person_id: PersonId) -> Platform | None:
    """The platform of the person's other account, if that one has invoices."""
    for account in await tx.persons.accounts(person_id):
        if account.identity == who:
            continue
        for customer in await customers_of(engine, tx, account.identity):
            if await tx.bought.invoices(customer.id):
                return account.identity.platform
    return None


async def give_comp(
    engine: Engine, *, plan_id: PlanId, person_id: PersonId, days: int | None, actor: PersonId, key: str | None = None
) -> Entitlement:
    """Give a plan as a present, for some days or (None) for good. Access follows from the settlement it asks for.

    `key`: the same for the same order, should it come twice; the second gives nothing more.
    """
    now = engine.business.now()
    source_id = id_for("cmp", key)
    line = Entitlement(
        id=id_of(Source.COMP, engine.account.id, source_id),
        source=Source.COMP,
        source_id=source_id,
        account_id=None,
        plan_id=plan_id,
        payer_id=actor,
        beneficiary_id=person_id,
        began_at=now,
        access_from=now,
        access_until=None if days is None else now + days * DAY_MS,
        reason=Reason.COMP,
    )
    async with engine.store.transaction() as tx:
        meant = await tx.people.lock([person_id])
        line = replace(line, beneficiary_id=meant[person_id])
        given = await tx.entitlements.get(line.id)
        if given is not None:
            return given
        await tx.entitlements.put(line)
        await _decide_anew(engine, tx, line.beneficiary_id, now)
        length = "for good" if days is None else f"for {days} days"
        await _audit(engine, tx, line, actor, "comp_given", f"given {length}", (None, _until(line.access_until)))
    engine.wake("customers")
    engine.wake("notices")
    return line


async def end_comp(engine: Engine, *, source_id: str, community_id: CommunityId, actor: PersonId) -> Plan | None:
    """End a present now and say of which plan; None if it is none of this community's, or is over already."""
    now = engine.business.now()
    entitlement_id = id_of(Source.COMP, engine.account.id, source_id)
    async with engine.store.transaction() as tx:
        found = await tx.entitlements.get(entitlement_id)
        plan = await tx.plans.get(found.plan_id) if found else None
        if found is None or plan is None or plan.community_id != community_id:
            return None

        async def given_to() -> Collection[PersonId]:
            held = await tx.entitlements.get(entitlement_id)
            return () if held is None else [held.beneficiary_id]

        await lock_found(tx, given_to)
        line = await tx.entitlements.get(entitlement_id)
        if line is None or not line.opens(now):
            return None
        await tx.entitlements.put(replace(line, access_until=now, reason=Reason.ENDED))
        await _decide_anew(engine, tx, line.beneficiary_id, now)
        until = (_until(line.access_until), Moment(now))
        await _audit(engine, tx, line, actor, "comp_ended", "ended by an admin", until)
    engine.wake("customers")
    engine.wake("notices")
    return plan


async def _decide_anew(engine: Engine, tx: Transaction, person_id: PersonId, now: int) -> None:
    """Mark a customer of the person, made if there is none: its settlement decides on all the person's entitlements,
    and wakes again when the present ends."""
    customers = await tx.customers.of_person(person_id, engine.account.id)
    if not customers:
        row = Customer(
            id=CustomerId(new_id("cus")),
            person_id=person_id,
            account_id=engine.account.id,
            currency=engine.account.currency,
            stripe_id=None,
            email=None,
        )
        customers = [await tx.customers.ensure(row, now)]
    await tx.customers.mark([customers[0].id], Part.ALL, now)


async def _audit(
    engine: Engine,
    tx: Transaction,
    line: Entitlement,
    actor: PersonId,
    action: str,
    detail: str,
    until: tuple[Thing, Thing],
) -> None:
    plan = await tx.plans.get(line.plan_id)
    assert plan is not None, "an entitlement names a plan that is stored"
    await act(
        engine,
        tx,
        action,
        {"plan": same(plan.name), "until": until},
        actor=actor,
        community_id=plan.community_id,
        person_id=line.beneficiary_id,
        detail=f"{plan.name}: {detail}",
        key=f"{action}:{line.source_id}",
        told=True,
    )


def _until(at: int | None) -> Thing:
    return Said(Word.FOR_GOOD) if at is None else Moment(at)

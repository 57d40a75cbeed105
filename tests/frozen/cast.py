"""The club's people and what they do: one call for an action, settled and delivered unless it says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payments.core.access import Entitlement
from payments.core.billing import Customer, InvoiceStatus, SubscriptionStatus
from payments.core.catalog import PriceKind
from payments.core.ids import CustomerRef, InvoiceId, PersonId, PlanId, SubscriptionId, TargetId
from payments.core.plan_terms import PlanDraft, Terms
from payments.flows.access import comps as membership
from payments.flows.catalog import plans
from payments.flows.checkout.sessions import CheckoutLink
from payments.flows.checkout.subscribe import ChoosePrice, Subscribed, subscribe
from payments.flows.jobs.deliver_notices import deliver_notice
from payments.ports.providers import CheckoutOrder, SessionStatus
from tests.core.builders import DAY, LITE, PRO, invoice, subscription
from tests.flows.club_fixture import CLUB, stripe_id
from tests.flows.two_platforms import BothSides, on_discord, on_telegram

ADA = PersonId("prs_ada")
"""The club's owner."""


class Cast:
    """Members are named by their first name: Rena is `user-rena` on Discord and `prs_rena` here."""

    def __init__(self, both: BothSides) -> None:
        self.both = both
        self.club = both.club
        self.store = both.store
        self.app = both.club.app
        self.provider = both.club.provider

    # -- paying ----------------------------------------------------------------------------------

    async def subscriber(self, name: str, *, plan: PlanId = PRO, inside: bool = True, **fact: Any) -> Customer:
        """A new member with a subscription. `fact`: how it differs from one that is active and paid."""
        if inside:
            await self.both.comes(on_discord(name), name)
        customer = await self.club.customer_of(await self.club.person(name), name)
        price = "stripe_prc_lite" if plan == LITE else "stripe_prc_monthly"
        await self.subscribes(customer, name, provider_price_id=price, **fact)
        await self.both.work()
        return customer

    async def subscribes(self, customer: Customer, name: str, *, paid: bool = True, **fact: Any) -> None:
        """A customer has a subscription with its first invoice. Settled, but not delivered."""
        id_, now, of = SubscriptionId(f"sub_{name}"), self.club.clock.at, stripe_id(customer)
        made = subscription(id_=id_, started_at=now, latest=InvoiceId(f"in_{id_}"), **fact)
        self.provider.put_subscription(of, replace(made, currency=customer.currency))
        status = InvoiceStatus.PAID if paid else InvoiceStatus.OPEN
        bill = invoice(f"in_{id_}", status, at=now, subscription_id=id_, reason="subscription_create")
        self.provider.put_invoice(of, replace(bill, currency=customer.currency))
        await self.club.settle(customer)

    async def changes(self, customer: Customer, name: str, **fact: Any) -> None:
        """Stripe changes a subscription. Settled, but not delivered."""
        subscriptions = self.provider.customer(stripe_id(customer)).subscriptions
        id_ = SubscriptionId(f"sub_{name}")
        subscriptions[id_] = replace(subscriptions[id_], **fact)
        await self.club.settle(customer)

    async def ends(self, customer: Customer, name: str) -> None:
        """Stripe ends a subscription. Settled, but not delivered."""
        await self.changes(customer, name, status=SubscriptionStatus.CANCELED, ended_at=self.club.clock.at)

    async def link(self, name: str, plan_id: PlanId) -> CheckoutLink:
        """Somebody asks for a checkout link, and gets it."""
        person = await self.both.comes(on_discord(name), name)
        link = await self.asks(person, plan_id, name)
        assert isinstance(link, CheckoutLink), link
        return link

    async def asks(self, person: PersonId, plan_id: PlanId, name: str) -> Subscribed:
        """Somebody wants a plan, at its first price where they are asked which."""
        found = await subscribe(self.app, person_id=person, plan_id=plan_id, name=name)
        if not isinstance(found, ChoosePrice):
            return found
        price_id = found.prices[0].id
        return await subscribe(self.app, person_id=person, plan_id=plan_id, name=name, price_id=price_id)

    async def buys(self, name: str, plan_id: PlanId, card: str | None = None) -> None:
        """Somebody asks for a link and pays, with this card."""
        paid_by = pay(self.both, (await self.link(name, plan_id)).url)
        if card is not None:
            self.provider.customer(paid_by).cards.add(card)
        await self.club.settle(await self.customer(name))
        await self.both.work()

    async def customer(self, name: str) -> Customer:
        """Somebody's only customer."""
        async with self.store.transaction() as tx:
            (found,) = await tx.customers.of_person(PersonId(f"prs_{name}"))
        return found

    # -- the team --------------------------------------------------------------------------------

    async def plan(self, name: str, terms: Terms, *opens: TargetId, **more: Any) -> PlanId:
        """Ada makes a plan."""
        draft = PlanDraft(name, f"What {name} is", terms, more.pop("trial_days", 0), 3 * DAY, opens, **more)
        made = await plans.create_plan(self.app, CLUB, draft, ADA)
        assert isinstance(made, plans.PlanMade), made
        return made.plan.id

    async def comp(self, name: str, plan_id: PlanId, days: int | None) -> Entitlement:
        """Ada gives somebody a free membership, for some days or for good."""
        person = await self.both.comes(on_discord(name), name)
        given = await membership.give_comp(self.app, plan_id=plan_id, person_id=person, days=days, actor=ADA)
        await self.rest()
        return given

    # -- accounts --------------------------------------------------------------------------------

    async def pair(self, payer: str, other: str) -> None:
        """A new member on Discord, linked with an account on Telegram."""
        await self.subscriber(payer)
        await self.both.comes(on_telegram(other), other)
        await self.both.links(on_discord(payer), on_telegram(other))
        await self.rest()

    # -- the workers -----------------------------------------------------------------------------

    async def rest(self) -> None:
        """Everything that is due is settled and delivered."""
        await self.both.settle()
        await self.both.work()

    async def tell(self) -> None:
        """Every message that is due is sent."""
        while True:
            lease = self.app.lease()
            async with self.store.transaction() as tx:
                waiting = await tx.notices.claim(lease, self.club.machine.at, 50)
            if not waiting:
                return
            for one in waiting:
                await deliver_notice(self.app, one, lease)


def pay(both: BothSides, url: str) -> CustomerRef:
    """Somebody pays on Stripe's page: the session is complete, and Stripe has what was bought. By which customer."""
    provider = both.club.provider
    (id_,) = [id_ for id_, (_, session) in provider.sessions.items() if session.url == url]
    order, session = provider.sessions[id_]
    provider.sessions[id_] = (order, replace(session, status=SessionStatus.COMPLETE, url=None))
    sub = SubscriptionId(f"sub_{id_}") if order.price.kind is PriceKind.RECURRING else None
    if sub is not None:
        _begin(both, order, sub)
    bill = invoice(
        f"in_{id_}",
        at=both.club.clock.at,
        total=0 if order.trial_days else order.price.unit_amount,
        subscription_id=sub,
        reason="manual" if sub is None else "subscription_create",
        metadata=order.metadata,
    )
    provider.put_invoice(order.customer, replace(bill, currency=order.price.currency))
    return order.customer


def _begin(both: BothSides, order: CheckoutOrder, sub: SubscriptionId) -> None:
    """The subscription that an order was for."""
    now, price = both.club.clock.at, order.price
    fact = subscription(
        SubscriptionStatus.TRIALING if order.trial_days else SubscriptionStatus.ACTIVE,
        id_=sub,
        provider_price_id=price.provider_price_id,
        trial_end_at=now + order.trial_days * DAY if order.trial_days else None,
        started_at=now,
        amount=price.unit_amount,
        metadata=order.metadata,
    )
    both.club.provider.put_subscription(order.customer, replace(fact, currency=price.currency, unit=price.unit))

"""A club for flow tests: a real database, a provider in memory, clocks moved by hand, and what happens there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from payments.core.access import Access, Entitlement
from payments.core.billing import Customer, SnapshotPart
from payments.core.catalog import PriceState
from payments.core.community import Community, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import (
    AccountId,
    CommunityId,
    CustomerId,
    CustomerRef,
    PersonId,
    PlanId,
    SubscriptionId,
    TargetId,
)
from payments.flows.runtime.context import AppContext, AppSettings
from payments.flows.settlement import webhooks
from payments.flows.settlement.settle import settle_customer
from payments.ports.chat import Message
from payments.ports.providers import ProviderEvent
from payments.ports.stores import ClaimedCustomer, Effect, Ingested, Lease, Notice, Store, StoredAccount
from payments.providers.stripe.events import decode
from tests.core.builders import ACCOUNT, LITE, PRICES, PRO, T0, VIP, invoice, plan, subscription
from tests.fakes.accounts import INSTALLATION, only
from tests.fakes.provider import FakeProvider

CLUB = CommunityId("com_1")
PLACE = Place(Platform.DISCORD, "100")
BAR = TargetId("tgt_bar")


@dataclass(slots=True)
class HandClock:
    """A clock moved by hand."""

    at: int

    def now(self) -> int:
        return self.at

    async def sleep(self, ms: int) -> None:
        self.at += ms


@dataclass(slots=True)
class Club:
    """The app, and words for what a test does often. PRO opens VIP, LITE opens the bar."""

    app: AppContext
    provider: FakeProvider
    clock: HandClock
    machine: HandClock
    woken: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.app.store

    def pass_time(self, ms: int) -> None:
        """Both clocks go on, and the provider's."""
        self.clock.at += ms
        self.machine.at += ms
        self.provider.at += ms

    async def person(self, name: str) -> PersonId:
        async with self.store.transaction() as tx:
            identity = Identity(Platform.DISCORD, f"user-{name}")
            return await tx.identities.ensure(identity, name, "en", PersonId(f"prs_{name}"), self.clock.at)

    async def customer(self, name: str, currency: str = "usd", *, known: bool = True) -> Customer:
        """A person as a customer; `known`: at Stripe too, as cus_{name}_{currency}."""
        return await self.customer_of(await self.person(name), name, currency, known=known)

    async def customer_of(
        self, person_id: PersonId, name: str, currency: str = "usd", *, known: bool = True
    ) -> Customer:
        """A person that is there already as a customer."""
        stripe_id = CustomerRef(f"cus_{name}_{currency}") if known else None
        row = Customer(CustomerId(f"our_{name}_{currency}"), person_id, ACCOUNT, currency, stripe_id, None)
        async with self.store.transaction() as tx:
            stored = await tx.customers.ensure(row, self.clock.at)
        if stripe_id is not None:
            self.provider.customer(stripe_id)
        return stored

    async def mark(self, customer: Customer, parts: SnapshotPart = SnapshotPart.ALL) -> None:
        async with self.store.transaction() as tx:
            await tx.customers.mark([customer.id], parts, self.clock.at)

    async def claim(self, limit: int = 50) -> tuple[list[ClaimedCustomer], Lease]:
        """What is dirty, once it has been let be for as long as it is after a settlement."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            at = self.machine.at + self.app.settings.settle_pause_ms
            return list(await tx.customers.claim(lease, at, limit)), lease

    async def settle(self, *customers: Customer) -> None:
        """Mark these customers, then settle all that is dirty."""
        for customer in customers:
            await self.mark(customer)
        claimed, lease = await self.claim()
        for one in claimed:
            await settle_customer(self.app, one, lease)

    async def webhook(self, event: ProviderEvent) -> Ingested:
        """Stripe delivers an event."""
        stored = await webhooks.store_event(self.app, ACCOUNT, decode(event.body))
        await webhooks.note_webhook(self.app, ACCOUNT)
        return stored

    async def access(self, person: str, target: TargetId = VIP) -> Access | None:
        async with self.store.transaction() as tx:
            return await tx.accesses.get(PersonId(f"prs_{person}"), target)

    async def inside(self, person: str, target: TargetId = VIP) -> bool:
        """Whether the guest list wants this person in."""
        access = await self.access(person, target)
        return access is not None and access.wanted

    async def effect(self, person: str, target: TargetId = VIP) -> Effect | None:
        async with self.store.transaction() as tx:
            return await tx.accesses.effect(PersonId(f"prs_{person}"), target)

    async def deliver(self, person: str, target: TargetId = VIP) -> None:
        """The platform confirmed what is wanted."""
        access = await self.access(person, target)
        assert access is not None
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            effects = await tx.accesses.claim(Platform.DISCORD, lease, self.machine.at, 50)
            for effect in effects:
                if (effect.person_id, effect.target_id) == (access.person_id, target):
                    await tx.accesses.done(
                        effect, lease, applied=access.wanted, now=self.clock.at, machine_now=self.machine.at
                    )
            await tx.accesses.release(lease)

    async def entitlements(self, person: str) -> list[Entitlement]:
        async with self.store.transaction() as tx:
            return list(await tx.entitlements.of([PersonId(f"prs_{person}")]))

    async def notices(self) -> list[tuple[str, str, dict[str, object]]]:
        """All waiting messages: the recipient, what, and with which particulars."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            found: list[Notice] = list(await tx.notices.claim(lease, self.machine.at, 50))
            await tx.notices.release(lease)
        return [(one.person_id, one.kind, json.loads(one.params)) for one in found if one.person_id is not None]

    async def unsettled(self) -> int:
        async with self.store.transaction() as tx:
            return await tx.customers.unsettled()


def stripe_id(customer: Customer) -> CustomerRef:
    assert customer.stripe_id is not None
    return customer.stripe_id


async def member(club: Club, name: str = "ann", sub: str = "sub_1", currency: str = "usd") -> Customer:
    """A member who has paid, is settled, and has the role."""
    customer = await club.customer(name, currency)
    bill = invoice(f"in_{sub}", at=club.clock.at, subscription_id=SubscriptionId(sub))
    club.provider.put_subscription(stripe_id(customer), subscription(id_=SubscriptionId(sub), started_at=club.clock.at))
    club.provider.put_invoice(stripe_id(customer), bill)
    await club.settle(customer)
    await club.deliver(name)
    return customer


def club_on(store: Store, at: int = T0) -> Club:
    """The app over this database, with whatever is in it. `at`: what every clock shows."""
    clock, machine, provider = HandClock(at), HandClock(at), FakeProvider(at=at)
    app = AppContext(
        store=store,
        accounts=only(provider.of, provider),
        installation=INSTALLATION,
        business=clock,
        machine=machine,
        settings=AppSettings(public_url="https://club.example", livemode=False),
        render=lambda notice, _locale, _platform: Message(notice.kind),
    )
    club = Club(app, provider, clock, machine)
    app.wake = club.woken.append
    return club


async def open_club(store: Store) -> Club:
    """A club with two plans on sale."""
    club = club_on(store)
    async with store.transaction() as tx:
        await tx.communities.add(Community(CLUB, "The Club", "en", "usd", 0, None, None, T0), PLACE, "The Club")
        await tx.provider_accounts.ensure(StoredAccount(AccountId(ACCOUNT), False, "usd", None, None, None), T0)
        for plan_id, target_id in ((PRO, VIP), (LITE, BAR)):
            await tx.plans.add(plan(plan_id))
            await tx.communities.put_target(
                Target(target_id, CLUB, Platform.DISCORD, "100", TargetKind.ROLE, f"role-{target_id}", str(target_id))
            )
            await tx.plans.open_target(PlanId(plan_id), target_id)
        for row in PRICES:
            await tx.plans.add_price(
                replace(row, state=PriceState.PENDING, provider_price_id=None, provider_product_id=None)
            )
            former = [price.id for price in await tx.plans.on_sale(row.plan_id)]
            await tx.plans.activate_price(row.id, "prod_1", str(row.provider_price_id), former)
    return club

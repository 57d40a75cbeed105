"""A small community on a real database: Ada manages it, Mia is in it; what they type goes through `dispatch`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.app.clocks import SteadyClock
from bot.commands import dispatch
from bot.commands.model import Choice, MemberValue, Reply, Request, RoleValue, Value
from bot.texts import render
from payments.core.access import Access, Entitlement, Reason, Source
from payments.core.billing import CollectionMethod, Customer, SnapshotPart, Subscription, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.catalog import Plan, Price
from payments.core.community import Community, Identity, Place, Platform, Target
from payments.core.entitlements import entitlement_id
from payments.core.ids import AccountId, CustomerId, PersonId, PriceId, SubscriptionId
from payments.core.lines import SubscriptionItem
from payments.core.rights import Rank, Standing, TeamEntry, TeamKind
from payments.flows.jobs import redrive
from payments.flows.runtime.context import AppContext, AppSettings, new_id
from payments.flows.settlement.settle import settle_customer
from payments.ports.chat import ActionButton, LinkButton
from payments.ports.providers import Account
from payments.ports.stores import StoredAccount
from payments.providers.stripe import StripeProvider
from payments.rate_limit import Limiter
from sandbox.play import Play
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.fakes.accounts import INSTALLATION, only
from tests.fakes.chats import FakeChat, FakeChats
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer

SERVER = Place(Platform.DISCORD, "guild-1")
OTHER_SERVER = Place(Platform.DISCORD, "guild-2")
CHATS = tuple(Place(Platform.TELEGRAM, chat_id) for chat_id in ("-100", "-200", "-1001"))
ADA, MIA, BEN = "ada", "mia", "ben"
MEMBERS = RoleValue("role-members", "Members", managed=False, everyone=False)
EXTRA = RoleValue("role-extra", "Extra", managed=False, everyone=False)
HIGH = RoleValue("role-high", "High", managed=False, everyone=False)
DAY = 86_400_000
START = 3_786_912_000_000  # 2090-01-01T00:00Z, far enough for the sandbox's clock to be brought there


@dataclass
class Clock:
    """Both clocks of a test; it stands still until it is moved."""

    at: int = START

    def now(self) -> int:
        return self.at

    async def sleep(self, ms: int) -> None:
        self.at += ms


def member(name: str) -> MemberValue:
    return MemberValue(name, name.capitalize())


def identity(name: str) -> Identity:
    return Identity(Platform.DISCORD, name)


def action_of(reply: Reply, label: str) -> str:
    """The action of a button, by a part of its label."""
    found = [b.action for b in reply.buttons if isinstance(b, ActionButton) and label in b.label]
    assert found, (label, reply)
    return found[0]


def link_of(reply: Reply) -> str:
    found = [b.url for b in reply.buttons if isinstance(b, LinkButton)]
    assert found, reply
    return found[0]


@dataclass
class Town:
    """The app with its neighbours, and what people do in it."""

    app: AppContext
    store: SqlStore
    sandbox: Sandbox
    platform: FakePlatform
    chats: FakeChats
    clock: Clock
    woken: list[str] = field(default_factory=list)

    def request(
        self,
        who: str,
        command: str,
        *,
        reader: str = "en-US",
        place: Place | None = SERVER,
        admin: bool | None = None,
        platform: Platform = Platform.DISCORD,
        **options: Value,
    ) -> Request:
        return Request(
            command=command,
            identity=Identity(platform, who),
            name=who.capitalize(),
            locale=reader,
            place=place,
            place_name="Book Club" if place else None,
            standing=Standing.OWNER if admin or (who == ADA and admin is None) else Standing.MEMBER,
            options=options,
        )

    async def ask(
        self,
        who: str,
        command: str,
        given: Mapping[str, Value] | None = None,
        *,
        reader: str = "en-US",
        place: Place | None = SERVER,
        admin: bool | None = None,
        platform: Platform = Platform.DISCORD,
        **options: Value,
    ) -> Reply:
        """Somebody types a command; options come as words or, computed, in `given`."""
        asked = self.request(who, command, reader=reader, place=place, admin=admin, platform=platform, **options)
        asked = replace(asked, options={**(given or {}), **options})
        return await dispatch.command(self.app, asked)

    async def press(
        self,
        who: str,
        action: str,
        *,
        reader: str = "en-US",
        place: Place | None = SERVER,
        admin: bool | None = None,
        platform: Platform = Platform.DISCORD,
        **options: Value,
    ) -> Reply:
        """Somebody presses a button, or sends a form."""
        asked = self.request(who, "", reader=reader, place=place, admin=admin, platform=platform, **options)
        return await dispatch.press(self.app, action, asked)

    async def complete(self, who: str, command: str, option: str, typed: str, **given: Value) -> tuple[Choice, ...]:
        return await dispatch.complete(self.app, replace(self.request(who, command), options=given), option, typed)

    async def plan(self, name: str = "Pro", given: Mapping[str, Value] | None = None, **options: Value) -> Reply:
        """Ada makes a monthly plan for 9.99 EUR that includes Members, unless told otherwise."""
        usual: dict[str, Value] = {
            "name": name,
            "price": "9.99",
            "currency": "eur",
            "period": "every_months",
            "role": MEMBERS,
        }
        return await self.ask(ADA, "plan create", {**usual, **(given or {}), **options})

    async def ranked(self, name: str, rank: Rank, platform: Platform = Platform.DISCORD) -> None:
        """Somebody is in the team."""
        community = await self.community()
        entry = TeamEntry(
            community.id, platform, TeamKind.ACCOUNT, name, SERVER.external_id, name.capitalize(), rank, START
        )
        async with self.store.transaction() as tx:
            await tx.team.put(entry)

    async def team(self) -> dict[str, Rank]:
        community = await self.community()
        async with self.store.transaction() as tx:
            return {entry.name: entry.rank for entry in await tx.team.of(community.id)}

    async def has_chat(self, chat_id: str, title: str) -> None:
        """A Telegram chat belongs to the community of the server."""
        community = await self.community()
        async with self.store.transaction() as tx:
            await tx.communities.add(community, Place(Platform.TELEGRAM, chat_id), title)

    async def community(self, place: Place = SERVER) -> Community:
        async with self.store.transaction() as tx:
            found = await tx.communities.at(place)
        assert found is not None
        return found

    async def stored_plan(self, name: str = "Pro") -> Plan:
        community = await self.community()
        async with self.store.transaction() as tx:
            found = await tx.plans.by_name(community.id, name)
        assert found is not None
        return found

    async def price(self, plan: Plan) -> Price:
        async with self.store.transaction() as tx:
            (found,) = await tx.plans.on_sale(plan.id)
        return found

    async def targets(self) -> dict[str, Target]:
        community = await self.community()
        async with self.store.transaction() as tx:
            return {target.name: target for target in await tx.communities.targets(community.id)}

    async def person(self, name: str) -> PersonId:
        async with self.store.transaction() as tx:
            return await tx.identities.ensure(
                identity(name), name.capitalize(), "en-US", PersonId(new_id("prs")), self.clock.now()
            )

    async def entitlements(self, name: str) -> Sequence[Entitlement]:
        person_id = await self.person(name)
        async with self.store.transaction() as tx:
            return await tx.entitlements.of([person_id])

    async def buys(self, who: str = MIA, plan: str = "Pro", *, settle: bool = True) -> None:
        """Somebody subscribes and pays on Stripe's page; then it is settled."""
        link = link_of(await self.ask(who, "subscribe", plan=plan))
        async with Play(self.sandbox.url) as play:
            await play.pay(link, "4242424242424242")
        if not settle:
            return
        async with self.store.transaction() as tx:
            customers = await tx.customers.of_person(await tx.identities.of(identity(who)) or PersonId(""))
            await tx.customers.mark([customer.id for customer in customers], SnapshotPart.ALL, self.clock.now())
        await self.settled()

    async def settled(self) -> None:
        """Every customer that is marked is settled once."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            claimed = await tx.customers.claim(lease, self.clock.now(), 10)
        for customer in claimed:
            await settle_customer(self.app, customer, lease)

    async def second_account(self, name: str = "north_1") -> AccountId:
        """The service knows one more payment account."""
        first = self.app.first_account
        second = replace(first, id=AccountId("acct_second"), name=name)
        async with self.store.transaction() as tx:
            stored = StoredAccount(second.id, second.livemode, second.currency, None, None, None)
            await tx.provider_accounts.ensure(stored, self.clock.now())
        self.app.accounts = {first.id: first, second.id: second}
        return second.id

    async def redriven(self, kind: str) -> None:
        """The worker takes up the stored calls of a kind that nobody waits for."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            found = await tx.requests.claim([kind], lease, self.clock.now() + 120_000, 9)
        for request in found:
            await redrive.redrive(self.app, request, lease)

    @property
    def account_id(self) -> AccountId:
        return self.app.first_account.id

    async def customer(self, name: str, *, currency: str = "eur") -> Customer:
        """Somebody as Stripe's customer, known to Stripe."""
        return await self.customer_of(await self.person(name), currency)

    async def customer_of(self, person_id: PersonId, currency: str = "eur") -> Customer:
        """A person that is there already as a customer."""
        row = Customer(
            id=CustomerId(new_id("cus")),
            person_id=person_id,
            account_id=self.app.first_account.id,
            currency=currency,
            stripe_id=None,
            email=None,
        )
        async with self.store.transaction() as tx:
            return await tx.customers.ensure(row, self.clock.now())

    async def subscribed(
        self,
        name: str = MIA,
        plan_name: str = "Pro",
        *,
        status: SubscriptionStatus = SubscriptionStatus.ACTIVE,
        reason: Reason = Reason.PAID,
        access_from: int | None = START,
        access_until: int | None = None,
        cancel_at: int | None = None,
        trial_end_at: int | None = None,
        payer: str | None = None,
        ended_at: int | None = None,
    ) -> Subscription:
        """Somebody has a subscription of a plan, as a settlement would have stored it."""
        return await self.subscribed_person(
            await self.person(name),
            plan_name,
            customer=await self.customer(payer or name),
            status=status,
            reason=reason,
            access_from=access_from,
            access_until=access_until,
            cancel_at=cancel_at,
            trial_end_at=trial_end_at,
            ended_at=ended_at,
        )

    async def subscribed_person(
        self,
        beneficiary: PersonId,
        plan_name: str = "Pro",
        *,
        customer: Customer | None = None,
        status: SubscriptionStatus = SubscriptionStatus.ACTIVE,
        reason: Reason = Reason.PAID,
        access_from: int | None = START,
        access_until: int | None = None,
        cancel_at: int | None = None,
        trial_end_at: int | None = None,
        ended_at: int | None = None,
    ) -> Subscription:
        """The same of a person that is there already, paying themselves unless `customer` does."""
        plan = await self.stored_plan(plan_name)
        price = await self.price(plan)
        customer = customer or await self.customer_of(beneficiary)
        row = Subscription(
            account_id=self.app.first_account.id,
            id=SubscriptionId(new_id("sub")),
            customer_id=customer.id,
            payer_id=customer.person_id,
            beneficiary_id=beneficiary,
            plan_id=plan.id,
            price_id=PriceId(price.id),
            status=status,
            currency=price.currency,
            unit_amount=price.unit_amount,
            quantity=1,
            unit=Unit.MONTH,
            count=1,
            items=(SubscriptionItem("si_1", None, None, price.currency, price.unit_amount, 1, Unit.MONTH, 1),),
            discounts=(),
            collection_method=CollectionMethod.CHARGE_AUTOMATICALLY,
            pause_behavior=None,
            cancel_at=cancel_at,
            trial_end_at=trial_end_at,
            period_start_at=START,
            period_end_at=START + 31 * DAY,
            latest_invoice_id=None,
            past_due_since_at=START if status is SubscriptionStatus.PAST_DUE else None,
            paid_once=True,
            started_at=START,
            ended_at=ended_at,
        )
        line = Entitlement(
            id=entitlement_id(Source.SUBSCRIPTION, row.account_id, row.id),
            source=Source.SUBSCRIPTION,
            source_id=row.id,
            account_id=row.account_id,
            plan_id=plan.id,
            payer_id=row.payer_id,
            beneficiary_id=beneficiary,
            began_at=START,
            access_from=access_from,
            access_until=access_until,
            reason=reason,
        )
        async with self.store.transaction() as tx:
            await tx.billing.put_subscription(row)
            await tx.entitlements.put(line)
        return row

    async def access(
        self, name: str, role: str, *, wanted: bool = True, applied: bool = True, reason: Reason = Reason.PAID
    ) -> Access:
        """Somebody's access to a role: what is wanted, and what Discord confirmed."""
        target, person_id = (await self.targets())[role], await self.person(name)
        row = Access(person_id, target.id, True, False, None, None, reason, self.clock.now(), None)
        machine_now = self.clock.now()
        async with self.store.transaction() as tx:
            await tx.accesses.want(row, machine_now)
            if applied:
                lease = self.app.lease()
                claimed = await tx.accesses.claim(Platform.DISCORD, lease, machine_now, 100)
                effect = next(one for one in claimed if (one.person_id, one.target_id) == (person_id, target.id))
                await tx.accesses.provenance(effect, lease, held_before=False, user_id=name)
                await tx.accesses.done(effect, lease, applied=True, now=machine_now, machine_now=machine_now)
                await tx.accesses.release(lease)
            if not wanted:
                out = Access(person_id, target.id, False, applied, False, None, reason, machine_now, None)
                await tx.accesses.want(out, machine_now)
            found = await tx.accesses.get(person_id, target.id)
        assert found is not None
        return found


@pytest.fixture
async def town(sqlite_store: SqlStore) -> AsyncIterator[Town]:
    clock, platform, chats = Clock(), FakePlatform(), FakeChats()
    chats.chats = {chat.external_id: FakeChat(members={ADA}, admins={ADA}) for chat in CHATS}
    platform.servers[SERVER.external_id] = FakeServer(
        roles={MEMBERS.role_id: FakeRole(1), EXTRA.role_id: FakeRole(2), HIGH.role_id: FakeRole(200)},
        members={ADA: set(), MIA: set(), BEN: set()},
        admins={ADA},
    )
    async with Sandbox.running() as sandbox:
        await sandbox.clock.advance(START / 1000 - sandbox.clock.now())
        limiter = Limiter(SteadyClock(), per_second=1000, burst=1000)
        provider = StripeProvider("sk_test_town", api_base=sandbox.url, limiter=limiter)
        found = await provider.account()
        account = Account(found.id, found.livemode, "eur")
        async with sqlite_store.transaction() as tx:
            stored = StoredAccount(account.id, account.livemode, account.currency, None, None, None)
            await tx.provider_accounts.ensure(stored, clock.now())
        app = AppContext(
            store=sqlite_store,
            accounts=only(account, provider),
            installation=INSTALLATION,
            business=clock,
            machine=clock,
            settings=AppSettings(
                public_url="https://club.example",
                livemode=account.livemode,
                named_places=frozenset({SERVER, OTHER_SERVER, *CHATS}),
            ),
            render=render,
            platforms={Platform.DISCORD: platform, Platform.TELEGRAM: chats},
        )
        made = Town(app, sqlite_store, sandbox, platform, chats, clock)
        app.wake = made.woken.append
        try:
            yield made
        finally:
            await provider.close()

"""A community in a real database with a fake platform: what is wanted is decided, then the door is worked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bot.texts import render
from payments.core.access import Access, EffectState, Entitlement, Reason, Source
from payments.core.billing import Customer, SnapshotPart
from payments.core.breaker import Foreseen
from payments.core.catalog import Plan, PlanState
from payments.core.community import Community, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import AccountId, CommunityId, CustomerId, EntitlementId, PersonId, PlanId, TargetId
from payments.flows.access.deliver import deliver_effect
from payments.flows.access.desired import sync_desired_access
from payments.flows.access.outcomes import Delivery
from payments.flows.jobs.deliver_notices import Told, deliver_notice
from payments.flows.runtime.context import AppContext, AppSettings
from payments.ports.providers import Account, PaymentProvider
from payments.ports.stores import Effect, Notice, Store, StoredAccount
from tests.fakes.accounts import INSTALLATION, only
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer

START = 1_780_000_000_000
DAY = 86_400_000
PLACE = Place(Platform.DISCORD, "500")
ACCOUNT = Account(AccountId("acct_1"), False, "eur")


@dataclass(slots=True)
class HandClock:
    """A clock moved by hand; as the machine's it never sleeps really."""

    at: int = START

    def now(self) -> int:
        return self.at

    async def sleep(self, ms: int) -> None:
        self.at += ms


@dataclass(slots=True)
class Wall:
    """A provider of which nothing is ever asked but what time it is; None: it doesn't tell."""

    at: int | None = None

    def told_time(self) -> int | None:
        return self.at

    async def account(self) -> Account:
        return ACCOUNT


@dataclass
class Door:
    """A community with one server, and verbs for what happens to it."""

    app: AppContext
    platform: FakePlatform
    business: HandClock
    machine: HandClock
    community: Community
    place: Place
    wall: Wall
    woken: list[str] = field(default_factory=list)

    @property
    def contact(self) -> PersonId:
        assert self.community.contact_id is not None
        return self.community.contact_id

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def server(self) -> FakeServer:
        return self.platform.servers[self.place.external_id]

    # -- what there is ------------------------------------------------------------------------------------------------

    async def role(self, name: str, external_id: str | None = None) -> Target:
        """A role of the server, as a target."""
        role_id = external_id or f"role_{name}"
        self.server.roles[role_id] = FakeRole()
        here, kind = self.place, TargetKind.ROLE
        target_id = TargetId(f"trg_{name}")
        target = Target(target_id, self.community.id, here.platform, here.external_id, kind, role_id, name)
        async with self.store.transaction() as tx:
            return await tx.communities.put_target(target)

    async def plan(self, name: str, *targets: Target) -> Plan:
        """A plan that opens these targets."""
        plan = Plan(
            PlanId(f"pln_{name}"), self.community.id, name, "", PlanState.ACTIVE, 0, 0, False, True, True, START
        )
        async with self.store.transaction() as tx:
            assert await tx.plans.add(plan)
            for target in targets:
                await tx.plans.open_target(plan.id, target.id)
        return plan

    async def person(self, name: str, *, inside: bool = True, roles: Iterable[str] = ()) -> PersonId:
        """Somebody with an account on the platform, named after them."""
        async with self.store.transaction() as tx:
            person = await tx.identities.ensure(
                Identity(Platform.DISCORD, name), name.title(), "en-US", PersonId(f"prs_{name}"), START
            )
        if inside:
            self.server.members[name] = set(roles)
        return person

    async def customer(self, person: PersonId) -> Customer:
        """The person is a customer; nothing is to be settled."""
        customer = Customer(CustomerId("cus_1"), person, ACCOUNT.id, "eur", None, None)
        async with self.store.transaction() as tx:
            stored = StoredAccount(ACCOUNT.id, False, "eur", None, None, None)
            await tx.provider_accounts.ensure(stored, START)
            await tx.customers.ensure(customer, START)
        return customer

    async def unsettled_customer(self, person: PersonId) -> Customer:
        """A customer with news that is not settled yet."""
        customer = await self.customer(person)
        async with self.store.transaction() as tx:
            await tx.customers.mark([customer.id], SnapshotPart.ALL, self.machine.at)
        return customer

    # -- what is decided ----------------------------------------------------------------------------------------------

    async def entitle(self, person: PersonId, plan: Plan, *, until: int | None = None) -> Entitlement:
        """The person gets the plan; what follows for access is not decided yet."""
        entitlement = Entitlement(
            id=EntitlementId(f"ent_{person}_{plan.id}"),
            source=Source.COMP,
            source_id=f"{person}_{plan.id}",
            account_id=None,
            plan_id=plan.id,
            payer_id=person,
            beneficiary_id=person,
            began_at=self.business.at,
            access_from=self.business.at,
            access_until=until,
            reason=Reason.COMP,
        )
        async with self.store.transaction() as tx:
            await tx.entitlements.put(entitlement)
            if until is not None:
                await tx.entitlements.foresee(entitlement.id, Foreseen(until, self.business.at, entitlement.reason))
        return entitlement

    async def decide(self, person: PersonId) -> None:
        """What a settlement does in its commit: store what is wanted now where it changed."""
        async with self.store.transaction() as tx:
            await tx.identities.lock([person])
            await sync_desired_access(self.app, tx, [person])

    async def joins_plan(self, person: PersonId, plan: Plan, *, until: int | None = None) -> None:
        """The person gets the plan, and it is decided."""
        await self.entitle(person, plan, until=until)
        await self.decide(person)

    async def ends(
        self, person: PersonId, plan: Plan, *, decide: bool = True, reason: Reason = Reason.CANCELED
    ) -> None:
        """The plan is over for this person."""
        async with self.store.transaction() as tx:
            for entitlement in await tx.entitlements.of([person]):
                if entitlement.plan_id == plan.id:
                    await tx.entitlements.put(replace(entitlement, access_from=None, reason=reason))
        if decide:
            await self.decide(person)

    # -- the door's work ----------------------------------------------------------------------------------------------

    async def claim(self, limit: int = 100) -> list[tuple[Effect, Any]]:
        """Take what is due now."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            effects = await tx.accesses.claim(Platform.DISCORD, lease, self.machine.at, limit)
        return [(effect, lease) for effect in effects]

    async def work(self) -> list[Delivery]:
        """Deliver what is due now, until nothing is (bounded)."""
        done: list[Delivery] = []
        for _ in range(50):
            claimed = await self.claim()
            if not claimed:
                return done
            for effect, lease in claimed:
                self.business.at += 1  # so that the audit has an order
                done.append(await deliver_effect(self.app, effect, lease))
        raise AssertionError("the door never came to rest")

    async def tell(self) -> list[Told]:
        """Send what is to be told now."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            notices = await tx.notices.claim(lease, self.machine.at, 100)
        return [await deliver_notice(self.app, notice, lease) for notice in notices]

    # -- what is to be seen -------------------------------------------------------------------------------------------

    async def access(self, person: PersonId, target: Target) -> Access:
        async with self.store.transaction() as tx:
            found = await tx.accesses.get(person, target.id)
        assert found is not None
        return found

    async def state(self, person: PersonId, target: Target) -> EffectState:
        async with self.store.transaction() as tx:
            found = await tx.accesses.effect(person, target.id)
        assert found is not None
        return found.state

    async def effect(self, person: PersonId, target: Target) -> Effect:
        async with self.store.transaction() as tx:
            found = await tx.accesses.effect(person, target.id)
        assert found is not None
        return found

    async def next_due(self, person: PersonId, target: Target) -> int:
        """When an effect is tried next, found by looking (bounded)."""
        low, high = self.machine.at, self.machine.at + 30 * DAY
        while low < high:
            middle = (low + high) // 2
            if await self._is_due(person, target, middle):
                high = middle
            else:
                low = middle + 1
        return low

    async def _is_due(self, person: PersonId, target: Target, at: int) -> bool:
        lease = replace(self.app.lease(), until=at + 1)
        async with self.store.transaction() as tx:
            found = await tx.accesses.claim(Platform.DISCORD, lease, at, 100)
            await tx.accesses.release(lease)
        return any((one.person_id, one.target_id) == (person, target.id) for one in found)

    async def audit(self, person: PersonId) -> list[str]:
        """What was done, oldest first."""
        async with self.store.transaction() as tx:
            return [entry.action for entry in reversed(await tx.audit_log.of_person(person, 100))]

    async def notices(self) -> dict[str, list[Any]]:
        """All that is still to be told, by kind: who and what. Takes them, so that they are seen once."""
        lease = self.app.lease()
        async with self.store.transaction() as tx:
            found: dict[str, list[Any]] = {}
            for notice in await tx.notices.claim(lease, self.machine.at, 100):
                found.setdefault(notice.kind, []).append((notice.person_id, json.loads(notice.params)))
                await tx.notices.done(notice.key, lease)
        return found

    def roles(self, name: str) -> set[str]:
        return self.server.members[name]


async def open_door(store: Store, place: Place = PLACE, **settings: Any) -> Door:
    """A door over a fresh database; the contact is the person olga."""
    platform = FakePlatform()
    platform.servers[place.external_id] = FakeServer()
    business, machine = HandClock(), HandClock()
    woken: list[str] = []
    wall = Wall()
    app = AppContext(
        store=store,
        accounts=only(ACCOUNT, cast("PaymentProvider", wall)),  # never asked for more; that would fail the test
        installation=INSTALLATION,
        business=business,
        machine=machine,
        settings=AppSettings(public_url="http://127.0.0.1", livemode=False, **settings),
        render=render,
        platforms={Platform.DISCORD: platform},
        wake=woken.append,
    )
    community = Community(CommunityId("com_1"), "Chess club", "en", "eur", 0, PersonId("prs_olga"), None, START)
    async with store.transaction() as tx:
        await tx.identities.ensure(Identity(Platform.DISCORD, "olga"), "Olga", "en-US", PersonId("prs_olga"), START)
        community = await tx.communities.add(community, place, "Chess club")
        await tx.communities.update(replace(community, contact_id=PersonId("prs_olga")))
    return Door(app, platform, business, machine, community, place, wall, woken)


async def member_of_pro(
    door: Door, name: str = "ada", *, inside: bool = True, comes_to: Delivery | None = None
) -> tuple[PersonId, Plan, Target]:
    """A member whose role is given, or who is waited for; or for which the door comes to something else."""
    role = await door.role("Pro")
    plan = await door.plan("Pro", role)
    person = await door.person(name, inside=inside)
    await door.joins_plan(person, plan)
    assert await door.work() == [comes_to or (Delivery.GRANTED if inside else Delivery.WAITING)]
    return person, plan, role


def notice(key: str, person: PersonId, kind: str = "access_opened", **params: Any) -> Notice:
    """A notice of now."""
    return Notice(key, person, kind, json.dumps(params), START)

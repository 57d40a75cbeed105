"""A shop for flow tests: the real store, the real Stripe client, and the sandbox it talks to."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.app.clocks import SteadyClock
from payments.core.calendar import Unit
from payments.core.catalog import Plan, Price, PriceKind
from payments.core.community import Community, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import CommunityId, PersonId, PlanId, TargetId
from payments.core.plan_terms import PlanDraft, Terms
from payments.flows.catalog import plans
from payments.flows.jobs import redrive as creating
from payments.flows.runtime.context import AppContext, AppSettings
from payments.ports.chat import Message
from payments.ports.stores import Store, StoredAccount
from payments.providers.stripe import StripeProvider
from payments.rate_limit import Limiter
from sandbox.server import Sandbox
from tests.fakes.accounts import INSTALLATION, only

COMMUNITY = CommunityId("com_1")
PLACE = Place(Platform.DISCORD, "100")
DAY = 86_400_000
MONTHLY = Terms(PriceKind.RECURRING, 900, "usd", Unit.MONTH, 1)


class SandboxTime:
    """Business time is the sandbox's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> int:
        return int(self._sandbox.clock.now() * 1000)


@dataclass(slots=True)
class Shop:
    """Everything at hand, and a word for what a test does often."""

    app: AppContext
    sandbox: Sandbox
    limiter: Limiter
    owners: Any
    """Stripe's SDK with the same key, for what the owner does in the dashboard."""
    woken: list[str] = field(default_factory=list)

    def stripe(self, kind: str) -> list[dict[str, Any]]:
        """All of Stripe's objects of a kind."""
        found: list[dict[str, Any]] = self.sandbox.stripe.state().get(kind, [])
        return found

    def fault(self, path: str, *, method: str = "POST", **what: Any) -> None:
        """Stripe misbehaves at the next request (`times`) to a path."""
        self.sandbox.faults.add({"service": "stripe", "method": method, "path": path, **what})

    def down(self, path: str = "*", *, method: str = "POST", **what: Any) -> None:
        """Stripe answers 500 to one call and its two retries."""
        self.fault(path, method=method, status=500, times=3, **what)

    async def member(self, name: str = "ana") -> PersonId:
        """A person with a Discord account."""
        async with self.app.store.transaction() as tx:
            identity = Identity(Platform.DISCORD, f"user-{name}")
            return await tx.identities.ensure(identity, name, "en-US", PersonId(f"prs_{name}"), self.app.business.now())

    @staticmethod
    def account(person_id: PersonId) -> Identity:
        """The account of somebody made by `member`."""
        return Identity(Platform.DISCORD, f"user-{person_id.removeprefix('prs_')}")

    async def joined(self) -> CommunityId:
        """The club joins another community, which goes on under its own name, with the club's contact."""
        host, olga, now = CommunityId("com_host"), await self.member("olga"), self.app.business.now()
        async with self.app.store.transaction() as tx:
            chat = Place(Platform.TELEGRAM, "-1")
            await tx.communities.add(Community(host, "The Host", "en-US", "usd", 0, None, None, now), chat, "The Host")
            club = await tx.communities.get(COMMUNITY)
            assert club is not None
            await tx.communities.update(replace(club, contact_id=olga))
            await tx.communities.join(COMMUNITY, host)
        return host

    async def target(self, role: str = "1") -> TargetId:
        """A role of the server."""
        async with self.app.store.transaction() as tx:
            target = Target(
                TargetId(f"tgt_{role}"), COMMUNITY, Platform.DISCORD, PLACE.external_id, TargetKind.ROLE, role, role
            )
            return (await tx.communities.put_target(target)).id

    async def plan(self, name: str = "Pro", *, terms: Terms = MONTHLY, trial_days: int = 0) -> Plan:
        """A plan on sale."""
        admin = await self.member("admin")
        draft = PlanDraft(name, "", terms, trial_days, 3 * DAY, (await self.target(),))
        made = await plans.create_plan(self.app, COMMUNITY, draft, admin)
        assert isinstance(made, plans.PlanMade), made
        assert made.on_sale
        return made.plan

    async def price(self, plan_id: PlanId) -> Price:
        """What a plan costs now, at its only price."""
        async with self.app.store.transaction() as tx:
            (price,) = await tx.plans.on_sale(plan_id)
        return price

    def slow(self, seconds: float) -> None:
        """Every answer of Stripe takes so long from now on."""
        self.fault("*", method="*", delay=seconds, times=0)

    async def redrive(self, *, hours: float = 0) -> int:
        """The requests worker takes up all that nobody waits for any more; how many that were."""
        lease, now = self.app.lease(), self.app.machine.now()
        async with self.app.store.transaction() as tx:
            await tx.requests.claim(creating.REDRIVEN, lease, now, 10)  # learns when each was asked for
            in_time = now + 120_000 + round(hours * 3_600_000)
            found = await tx.requests.claim(creating.REDRIVEN, lease, in_time, 10)
        for request in found:
            await creating.redrive(self.app, request, lease)
        return len(found)

    async def advance(self, seconds: float) -> None:
        """Time passes at Stripe, and so for the business."""
        await self.sandbox.clock.advance(seconds)


@contextlib.asynccontextmanager
async def open_shop(store: Store) -> AsyncIterator[Shop]:
    """A shop for the length of a block."""
    machine = SteadyClock()
    async with Sandbox.running() as sandbox:
        limiter = Limiter(machine, per_second=1000, burst=1000, kept=250)
        provider = StripeProvider("sk_test_shop", api_base=sandbox.url, limiter=limiter)
        try:
            account = await provider.account()
            app = AppContext(
                store=store,
                accounts=only(account, provider),
                installation=INSTALLATION,
                business=SandboxTime(sandbox),
                machine=machine,
                settings=AppSettings(public_url="https://guests.example", livemode=False),
                render=lambda notice, _locale, _platform: Message(notice.kind),
            )
            shop = Shop(app, sandbox, limiter, provider._calls.v1)
            app.wake = shop.woken.append
            async with store.transaction() as tx:
                now = app.business.now()
                stored = StoredAccount(account.id, account.livemode, account.currency, None, None, None)
                await tx.provider_accounts.ensure(stored, now)
                community = Community(COMMUNITY, "The Club", "en-US", "usd", 3 * DAY, None, None, now)
                await tx.communities.add(community, PLACE, "The Club")
            yield shop
        finally:
            await provider.close()

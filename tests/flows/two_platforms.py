"""The club with a Telegram chat beside its Discord server: one plan opens a role and the chat."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payments.core.access import Access
from payments.core.billing import Checkout, CheckoutState, Customer, SubscriptionStatus
from payments.core.community import Identity, Place, Platform, Target, TargetKind
from payments.core.ids import CheckoutId, PersonId, PriceId, SubscriptionId, TargetId
from payments.flows.access.deliver import deliver_effect
from payments.flows.access.outcomes import Delivery
from payments.flows.people import link as linking
from payments.flows.people.link import Asked, Linked, LinkKind, NewCode, Preview, Refused, Unanswerable
from payments.flows.settlement.settle import settle_customer
from payments.ports.stores import LinkedAccount, Store
from tests.core.builders import DAY, PRO, T0, bought, invoice, purchase, subscription
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer
from tests.flows.club_fixture import BAR, CLUB, PLACE, Club, open_club, stripe_id

CHAT = Place(Platform.TELEGRAM, "-200")
LOUNGE = TargetId("tgt_lounge")


def on_discord(name: str) -> Identity:
    return Identity(Platform.DISCORD, f"user-{name}")


def on_telegram(name: str) -> Identity:
    return Identity(Platform.TELEGRAM, f"tg-{name}")


ANN, TINA, MALLORY = on_discord("ann"), on_telegram("tina"), on_telegram("mallory")


@dataclass(slots=True)
class BothSides:
    """The club, its two platforms, and what people do on them."""

    club: Club
    discord: FakePlatform
    telegram: FakePlatform

    @property
    def store(self) -> Store:
        return self.club.store

    async def comes(self, who: Identity, name: str) -> PersonId:
        """Somebody is in the server or the chat, and has talked to the bot."""
        side, place = (self.discord, PLACE) if who.platform is Platform.DISCORD else (self.telegram, CHAT)
        side.servers[place.external_id].members.setdefault(who.user_id, set())
        async with self.store.transaction() as tx:
            return await tx.identities.ensure(who, name, "en", PersonId(f"prs_{name}"), self.club.clock.at)

    async def pays(self, name: str, who: Identity, *, named: str | None = None) -> Customer:
        """Somebody has a subscription of Pro, settled and delivered. `named`: who its metadata names."""
        await self.comes(who, name)
        customer = await self.club.customer_of(PersonId(f"prs_{name}"), name)
        await self.buys(customer, name, named=named)
        await self.work()
        return customer

    async def buys(self, customer: Customer, name: str, *, named: str | None = None) -> None:
        """The same without delivery, by somebody who is a customer."""
        sub = SubscriptionId(f"sub_{name}")
        metadata = {} if named is None else {"guestlist_payer": named, "guestlist_beneficiary": named}
        fact = subscription(id_=sub, started_at=self.club.clock.at, metadata=metadata)
        self.club.provider.put_subscription(stripe_id(customer), fact)
        bill = invoice(f"in_{sub}", at=self.club.clock.at, subscription_id=sub)
        self.club.provider.put_invoice(stripe_id(customer), bill)
        await self.club.settle(customer)

    async def buys_days(self, customer: Customer, name: str) -> None:
        """Thirty days of Pro bought now, settled and delivered."""
        id_, now = f"pur_{name}", self.club.clock.at
        who = customer.person_id
        link = Checkout(
            CheckoutId(f"chk_{id_}"),
            who,
            who,
            PRO,
            PriceId("prc_days"),
            customer.id,
            CheckoutState.COMPLETE,
            f"cs_{id_}",
            "https://pay.example",
            now + DAY,
            now,
        )
        row = replace(purchase(id_), customer_id=customer.id, payer_id=who, beneficiary_id=who)
        async with self.store.transaction() as tx:
            await tx.checkouts.add(link)
            await tx.billing.put_purchase(row)
        self.club.provider.put_invoice(stripe_id(customer), bought(id_, now))
        await self.club.settle(customer)
        await self.work()

    async def days(self, who: Identity) -> dict[str, tuple[int, int]]:
        """From which day to which each purchase of somebody's gives access."""
        person_id = await self.person(who)
        async with self.store.transaction() as tx:
            found = await tx.entitlements.of([person_id])
        return {
            e.source_id: ((e.access_from - T0) // DAY, (e.access_until - T0) // DAY)
            for e in found
            if e.access_from is not None and e.access_until is not None
        }

    async def ends(self, customer: Customer, name: str) -> None:
        """Stripe has ended a subscription, and it is settled."""
        fact = subscription(SubscriptionStatus.CANCELED, id_=SubscriptionId(f"sub_{name}"))
        self.club.provider.put_subscription(stripe_id(customer), fact)
        await self.club.settle(customer)

    async def settle(self) -> None:
        """All that is dirty is settled."""
        claimed, lease = await self.club.claim()
        for one in claimed:
            await settle_customer(self.club.app, one, lease)

    async def work(self) -> list[Delivery]:
        """The door is worked on both platforms, until nothing is due (bounded)."""
        done: list[Delivery] = []
        for _ in range(20):
            lease = self.club.app.lease()
            async with self.store.transaction() as tx:
                due = [e for p in Platform for e in await tx.accesses.claim(p, lease, self.club.machine.at, 50)]
            if not due:
                return done
            done += [await deliver_effect(self.club.app, effect, lease) for effect in due]
        raise AssertionError("the door never came to rest")

    async def code(self, maker: Identity) -> str:
        made = await linking.new_code(self.club.app, maker)
        assert isinstance(made, NewCode)
        return made.code

    async def links(self, maker: Identity, who: Identity) -> Linked:
        """One account makes a code, the other types it and says yes to what it reads."""
        code = await self.code(maker)
        seen = await linking.preview(self.club.app, who, code)
        assert isinstance(seen, Preview), seen
        linked = await self.says_yes(who, code, seen.kind)
        assert isinstance(linked, Linked), linked
        return linked

    async def says_yes(
        self, who: Identity, code: str, seen: LinkKind
    ) -> Refused | Preview | Unanswerable | Linked:  # fmt: skip
        """Who typed a code says yes, and then who made it does."""
        asked = await linking.ask(self.club.app, who, code, seen)
        if not isinstance(asked, Asked):
            return asked
        return await self.agrees(asked.maker.identity)

    async def agrees(self, maker: Identity) -> Refused | Unanswerable | Linked:
        """The maker of a code says yes to who typed it last."""
        async with self.store.transaction() as tx:
            wish = (await tx.moves.wishes(maker, self.club.machine.at))[-1]
        return await linking.confirm(self.club.app, maker, wish.id)

    async def person(self, who: Identity) -> PersonId:
        async with self.store.transaction() as tx:
            found = await tx.identities.of(who)
        assert found is not None
        return found

    async def accounts(self, person_id: PersonId) -> set[Identity]:
        async with self.store.transaction() as tx:
            found: list[LinkedAccount] = list(await tx.person_merges.accounts(person_id))
        return {account.identity for account in found}

    async def access(self, person_id: PersonId, target: TargetId) -> Access | None:
        async with self.store.transaction() as tx:
            return await tx.accesses.get(person_id, target)

    def has_role(self, who: Identity) -> bool:
        return "role-tgt_vip" in self.discord.servers["100"].members[who.user_id]

    def in_lounge(self, who: Identity) -> bool:
        return "-200" in self.telegram.servers["-200"].members[who.user_id]

    def forget_calls(self) -> None:
        self.discord.calls.clear()
        self.telegram.calls.clear()

    @property
    def changes(self) -> list[str]:
        """What the platforms were asked to change, Discord's first."""
        return [c for c in self.discord.calls + self.telegram.calls if c.startswith(("give", "take"))]


async def open_both_sides(store: Store) -> BothSides:
    """Pro opens the role VIP and the chat Lounge."""
    club = await open_club(store)
    discord, telegram = FakePlatform(), FakePlatform(Platform.TELEGRAM)
    discord.servers["100"] = FakeServer(roles={"role-tgt_vip": FakeRole(), f"role-{BAR}": FakeRole()})
    telegram.servers["-200"] = FakeServer(roles={"-200": FakeRole()})
    club.app.platforms = {Platform.DISCORD: discord, Platform.TELEGRAM: telegram}
    async with store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.add(community, CHAT, "Lounge")
        lounge = Target(LOUNGE, CLUB, Platform.TELEGRAM, "-200", TargetKind.CHAT, "-200", "Lounge")
        await tx.communities.put_target(lounge)
        await tx.plans.open_target(PRO, LOUNGE)
    return BothSides(club, discord, telegram)


async def linked(both: BothSides) -> None:
    """Ann pays on Discord, and Tina is her Telegram account."""
    await both.pays("ann", ANN)
    await both.comes(TINA, "tina")
    await both.links(ANN, TINA)
    await both.work()


async def refused(both: BothSides, who: Identity, code: str) -> Refused:
    """The same whether it is looked at or confirmed, and nothing is changed."""
    before = await both.person(who)
    looked = await linking.preview(both.club.app, who, code)
    confirmed = await both.says_yes(who, code, LinkKind.PLAIN)
    assert not isinstance(looked, Preview)
    assert not isinstance(confirmed, Preview | Linked | Unanswerable)
    assert await both.person(who) == before
    assert looked == confirmed
    return looked

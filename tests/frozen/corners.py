"""States that flows reach only after long trouble or in a moment: leased, given up, filed.

They are written with the stores' own verbs, as a worker would have left them.
"""

from __future__ import annotations

from dataclasses import replace

from payments.core.access import EffectState, Source
from payments.core.billing import Customer
from payments.core.community import Identity, Place, Platform
from payments.core.ids import CustomerRef, PersonId, PriceId, SubscriptionId
from payments.flows.communities import claim as places
from payments.flows.people import link as linking
from payments.flows.people.link import NewCode, Preview
from payments.ports.providers import ProviderEvent
from payments.ports.stores import (
    ChatRoom,
    EventState,
    LogChannel,
    LogLine,
    Notice,
    Retry,
    StoredUpdate,
    UnclaimedSubscription,
)
from tests.core.builders import ACCOUNT, DAY, PRO, comp
from tests.flows.club_fixture import CLUB
from tests.flows.two_platforms import BothSides, on_discord, on_telegram

LIMIT = 100


class Corners:
    """See the module. `tired` is the error after which a worker gives up."""

    def __init__(self, both: BothSides) -> None:
        self.both = both
        self.app = both.club.app
        self.tired = Retry("500 after 12 attempts", self.app.machine.now(), dead=True)

    async def at_rest(self) -> None:
        """What neither a settlement nor a delivery would change."""
        await self.codes()
        await self.telegram()
        await self.updates()
        await self.account()
        await self.events()
        await self.log()
        await self.unclaimed()

    # -- people ------------------------------------------------------------------------------------

    async def codes(self) -> None:
        """Codes in every state, wrong guesses, and links that were asked for: one is refused, one waits for a yes."""
        now = self.app.machine.now()
        await self._code(on_discord("ria"))
        await self._code(on_discord("ria"))
        await self._asked(on_telegram("gus"), on_discord("gia"))
        await self._asked(on_discord("rob"), on_telegram("ray"))
        await linking.decline(self.app, on_discord("rob"), await self._wish(on_discord("rob")))
        for who in (on_discord("eve"), on_telegram("tom")):
            await linking.preview(self.app, who, "AAAA-AAAA")
        await places.new_code(self.app.store, now)
        code = await places.new_code(self.app.store, now)
        await places.hold(self.app, code, on_telegram("olga"), "olga", "de")

    async def _code(self, maker: Identity) -> str:
        made = await linking.new_code(self.app, maker)
        assert isinstance(made, NewCode), made
        return made.code

    async def _asked(self, maker: Identity, who: Identity) -> None:
        """Somebody types a code and says yes, and its maker is asked."""
        for each in (maker, who):
            await self.both.comes(each, each.user_id.partition("-")[2])
        code = await self._code(maker)
        seen = await linking.preview(self.app, who, code)
        assert isinstance(seen, Preview), seen
        assert isinstance(await linking.ask(self.app, who, code, seen.kind), linking.Asked)

    async def _wish(self, maker: Identity) -> str:
        async with self.app.store.transaction() as tx:
            return (await tx.moves.wishes(maker, self.app.machine.now()))[-1].id

    # -- Telegram ----------------------------------------------------------------------------------

    async def telegram(self) -> None:
        """The bot's chats, someone it is removing from one, and the people it talks to."""
        now = self.app.business.now()
        async with self.app.store.transaction() as tx:
            await tx.chat_rooms.put(
                ChatRoom(
                    Platform.TELEGRAM,
                    "-200",
                    "supergroup",
                    "Lounge",
                    True,
                    True,
                    "tg-tara",
                    None,
                    "https://t.me/+lounge",
                )
            )
            await tx.chat_rooms.put(ChatRoom(Platform.TELEGRAM, "-201", "group", "Kitchen", False, True, "tg-tara"))
            await tx.chat_rooms.put(ChatRoom(Platform.TELEGRAM, "-202", "channel", "News", True, False, None, now))
            await tx.chat_rooms.begin_kick(Place(Platform.TELEGRAM, "-200"), "tg-trudy", now)
            await tx.chat_rooms.ask(Place(Platform.TELEGRAM, "-200"), "tg-trudy", now)
            await tx.contacts.seen(Identity(Platform.TELEGRAM, "tg-tina"), "Tina", "Tina", now)
            await tx.contacts.choose(Identity(Platform.TELEGRAM, "tg-tina"), "-200")
            await tx.contacts.ask(Identity(Platform.TELEGRAM, "tg-tina"), '{"asks": "email"}', now + 600_000)
            await tx.contacts.seen(Identity(Platform.TELEGRAM, "tg-passerby"), None, "Somebody", now)

    async def updates(self) -> None:
        """Updates in every state, one of them leased."""
        now = self.app.machine.now()
        lanes = ("done", "dead", "leased", "open")
        async with self.app.store.transaction() as tx:
            await tx.inbox.add(
                [
                    StoredUpdate(Platform.TELEGRAM, f"upd_{lane}", n, lane, f'{{"update_id": {n}}}', now)
                    for n, lane in enumerate(lanes)
                ],
                renumbered=0,
            )
            lease = self.app.lease()
            done, dead, _ = await tx.inbox.claim(
                Platform.TELEGRAM, lease, now, LIMIT, only=["upd_done", "upd_dead", "upd_leased"]
            )
            await tx.inbox.done(done, lease)
            await tx.inbox.failed(dead, lease, self.tired)

    # -- Stripe ------------------------------------------------------------------------------------

    async def account(self) -> None:
        """How far Stripe's events were read, who holds the timers, and an entitlement of a kind that no flow makes."""
        now = self.app.business.now()
        async with self.app.store.transaction() as tx:
            await tx.provider_accounts.set_event_cursor(ACCOUNT, now)
            await tx.provider_accounts.set_compared(ACCOUNT, now)
            await tx.provider_accounts.installation("ins_frozen", now)
            await tx.leases.take("timers", self.app.lease(), self.app.machine.now())
            await tx.entitlements.put(
                replace(comp("ent_trial_1", PersonId("prs_carl")), source=Source.TRIAL, access_until=now)
            )

    async def events(self) -> None:
        """Webhooks that are done with: settled, noted, foreign and given up."""
        club, provider = self.both.club, self.both.club.provider
        hugo = CustomerRef("cus_hugo_usd")
        assert (await club.webhook(provider.event("invoice.paid", "in_sub_hugo", hugo))).state == "marked"
        await self.both.settle()
        await club.webhook(provider.event("account.updated", "acct_1"))
        foreign = provider.event("invoice.paid", "in_foreign", CustomerRef("cus_foreign"))
        dead = provider.event("charge.refunded", "ch_dead")
        await self._filed(foreign, dead)

    async def _filed(self, foreign: ProviderEvent, dead: ProviderEvent) -> None:
        lease = self.app.lease()
        for each in (foreign, dead):
            await self.both.club.webhook(each)
        async with self.app.store.transaction() as tx:
            found = {e.id: e for e in await tx.events.claim_unresolved(lease, self.app.machine.now(), LIMIT)}
            await tx.events.file(found[foreign.id], lease, EventState.FOREIGN)
            await tx.events.failed(found[dead.id], lease, self.tired)

    async def webhooks(self) -> None:
        """Webhooks that wait: one marked its customer, and two name none; a worker is looking for that of the first."""
        club, provider = self.both.club, self.both.club.provider
        await club.webhook(provider.event("invoice.paid", "in_sub_una", CustomerRef("cus_una_usd")))
        for charge in ("ch_rex", "ch_rob"):
            await club.webhook(provider.event("charge.refunded", charge))
        async with self.app.store.transaction() as tx:
            await tx.events.claim_unresolved(self.app.lease(), self.app.machine.now(), 1)

    # -- what the team sees --------------------------------------------------------------------------

    async def log(self) -> None:
        """The club's log is written to a channel: one line was said there, and one waits."""
        now, place = self.app.business.now(), Place(Platform.DISCORD, "100")
        said = LogLine("joined:frozen", CLUB, now, "log_joined", PersonId("prs_ann"), 999, "usd", "{}", batch=0)
        async with self.app.store.transaction() as tx:
            await tx.logs.begin(LogChannel(CLUB, place, "900", "log", now, 1, now), now)
            await tx.logs.add(said)
            await tx.logs.add(replace(said, key="joined:waiting", batch=None))

    async def unclaimed(self) -> None:
        """Two bought past us, and one of them has been given a code; the bot has opened a session."""
        now = self.app.business.now()
        found = [
            UnclaimedSubscription(ACCOUNT, SubscriptionId(f"sub_past_{n}"), CustomerRef(f"cus_past_{n}"), PRO, now)
            for n in (1, 2)
        ]
        async with self.app.store.transaction() as tx:
            await tx.unclaimed.remember(found, now)
            await tx.unclaimed.set_code(ACCOUNT, found[0].subscription_id, "f" * 64, self.app.machine.now() + DAY)
            await tx.sessions.use(Identity(Platform.DISCORD, "bot"), self.app.machine.now())

    # -- work --------------------------------------------------------------------------------------

    async def customers(self, dead: Customer, leased: Customer) -> None:
        """One customer is given up, and one is being settled."""
        for customer in (dead, leased):
            await self.both.club.mark(customer)
        lease, now = self.app.lease(), self.app.machine.now() + self.app.settings.settle_pause_ms
        async with self.app.store.transaction() as tx:
            claimed = {one.customer.id for one in await tx.customers.claim(lease, now, LIMIT)}
            assert claimed == {dead.id, leased.id}
            await tx.customers.failed(dead.id, lease, self.tired)

    async def effects(self, dead: Identity, leased: Identity) -> None:
        """Of two accounts, the delivery to one is given up, and to the other it is being made. Others stay open."""
        lease, now = self.app.lease(), self.app.machine.now()
        gave_up, held = await self.both.person(dead), await self.both.person(leased)
        async with self.app.store.transaction() as tx:
            for effect in await tx.accesses.claim(Platform.DISCORD, lease, now, LIMIT):
                if effect.person_id == gave_up:
                    await tx.accesses.park(effect, lease, EffectState.DEAD, self.tired.error)
                elif effect.person_id != held:
                    await tx.accesses.failed(effect, lease, Retry("put back", now), counts=False)

    async def notices(self, dead: str, leased: str) -> None:
        """Two new messages, named by their keys: one is given up, one is being sent. Others stay open."""
        lease, now, machine_now = self.app.lease(), self.app.business.now(), self.app.machine.now()
        async with self.app.store.transaction() as tx:
            for key in (dead, leased):
                assert await tx.notices.add(Notice(key, PersonId("prs_ann"), "access_opened", "{}", now))
            for notice in await tx.notices.claim(lease, machine_now, LIMIT):
                if notice.key == dead:
                    await tx.notices.failed(dead, lease, self.tired)
                elif notice.key != leased:
                    await tx.notices.failed(notice.key, lease, Retry("put back", machine_now), counts=False)

    async def requests(self, dead: PriceId, leased: PriceId) -> None:
        """Of two pending prices, one is given up, and one is being made."""
        lease, now = self.app.lease(), self.app.machine.now()
        async with self.app.store.transaction() as tx:
            await tx.requests.claim(["price"], lease, now, LIMIT)  # from now on each is a minute old enough
            found = {one.object_id: one.id for one in await tx.requests.claim(["price"], lease, now + 120_000, LIMIT)}
            assert found.keys() == {dead, leased}
            await tx.requests.failed(found[dead], lease, self.tired)

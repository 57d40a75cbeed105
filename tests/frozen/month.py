"""The club's month, up to the evening on which it is frozen: everything here is settled, delivered and told."""

from __future__ import annotations

from dataclasses import replace

from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.community import Identity, Platform, Target, TargetKind
from payments.core.ids import InvoiceId, PlanId, SubscriptionId, TargetId
from payments.core.plan_terms import Terms
from payments.flows.access import comps as membership
from payments.flows.billing import invoices as bills
from payments.flows.billing import portal
from payments.flows.catalog import plans
from payments.flows.checkout.customers import replace_deleted
from payments.flows.people import link as linking
from payments.flows.people import undo as undoing
from payments.flows.runtime.outbox import Deadline
from payments.flows.settlement.timers import tick
from tests.core.builders import DAY, LITE, PRO, VIP, dispute, invoice, note, refund
from tests.fakes.platform import FakeRole
from tests.flows.club_fixture import CLUB, PLACE, stripe_id
from tests.flows.two_platforms import linked, on_discord, on_telegram
from tests.frozen.cast import ADA, Cast

PATRON, SNUG = TargetId("tgt_patron"), TargetId("tgt_snug")
"""Roles. The bot's own stands below that of the patrons."""

REFUNDS = (
    refund("re_rex", of="in_sub_rex", charge="ch_rex"),
    refund("re_rob", of="in_sub_rob", charge="ch_rob", amount=300),
    refund("re_ria", of="in_sub_ria", charge="ch_ria", status="pending"),
)
DISPUTES = {
    "dina": "needs_response",
    "dave": "under_review",
    "dora": "won",
    "dirk": "lost",
    "dean": "warning_needs_response",
}
BILLED = {
    "beth": InvoiceStatus.OPEN,
    "bill": InvoiceStatus.PAID,
    "bert": InvoiceStatus.VOID,
    "bess": InvoiceStatus.UNCOLLECTIBLE,
}
"""What became of each one's invoice."""


class Month:
    """See the module. The comments say who is found in which state at the end."""

    patron: PlanId
    trial: PlanId
    week: PlanId

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.club = cast.club
        self.both = cast.both
        self.app = cast.app
        self.provider = cast.provider

    # -- the first day ---------------------------------------------------------------------------

    async def opening(self) -> None:
        """Ada owns the club, sells plans at every kind of price, and changes her mind about some."""
        await self._furnish()
        dearer = plans.PlanChange(terms=Terms(PriceKind.RECURRING, 1200, "usd", Unit.MONTH, 1), grace_ms=5 * DAY)
        await plans.edit_plan(self.app, PRO, dearer, ADA)
        yearly = Terms(PriceKind.RECURRING, 9900, "usd", Unit.YEAR, 1)
        lenient = {"pause_keeps_access": True, "refund_ends_access": False, "dispute_ends_access": False}
        lenient |= {"at_once": True, "moved_paid": True}
        self.patron = await self.cast.plan("Patron", yearly, PATRON, **lenient)
        self.trial = await self.cast.plan("Taster", _monthly(500), VIP, trial_days=14)
        self.week = await self.cast.plan("Week", Terms(PriceKind.FIXED_TIME, 300, "usd", Unit.WEEK, 1), VIP)
        await plans.change_targets(self.app, LITE, ADA, add=[SNUG])
        await plans.change_targets(self.app, LITE, ADA, take=[SNUG], keep_members=True)

    async def _furnish(self) -> None:
        server = self.both.discord.servers["100"]
        server.admins.add("user-ada")
        await self.both.comes(on_discord("ada"), "ada")
        async with self.cast.store.transaction() as tx:
            community = await tx.communities.get(CLUB)
            assert community is not None
            await tx.communities.update(replace(community, contact_id=ADA, icon="♣", color="#205040", grace_ms=DAY))
            for id_, position in ((PATRON, 200), (SNUG, 1)):
                server.roles[f"role-{id_}"] = FakeRole(position)
                role = Target(id_, CLUB, Platform.DISCORD, "100", TargetKind.ROLE, f"role-{id_}", f"{id_}")
                await tx.communities.put_target(role)

    async def subscriptions(self) -> None:
        """A subscription in every status that Stripe has."""
        await linked(self.both)  # Ann pays on Discord, and Tina is her Telegram account
        self.both.discord.servers["100"].members["user-hugo"] = {"role-tgt_vip"}
        await self.cast.subscriber("hugo")  # had the role before he paid
        await portal.open_portal(self.app, on_discord("hugo"))
        await self.cast.subscriber("rena")  # renews in two days
        await self.cast.subscriber("paula")
        await self.both.pays("theo", on_telegram("theo"))  # pays on Telegram
        await self.cast.subscriber("cid")  # has cancelled
        await portal.cancel(self.app, on_discord("cid"), SubscriptionId("sub_cid"))
        await self.cast.subscriber("wanda", inside=False)  # has paid, and never came
        await self.cast.ends(await self.cast.subscriber("carl", plan=LITE), "carl")
        for name, status in (("uwe", "unpaid"), ("pam", "paused"), ("una", "unknown")):
            customer = await self.cast.subscriber(name)
            bills, paid = self.provider.customer(stripe_id(customer)).invoices, InvoiceId(f"in_sub_{name}")
            bills[paid] = replace(bills[paid], period_end_at=self.club.clock.at)  # so nothing is paid for
            await self.cast.changes(customer, name, status=SubscriptionStatus(status))
        await self.cast.changes(await self.cast.subscriber("paul"), "paul", pause_behavior="void")
        for name, status in (("ike", "incomplete"), ("ivy", "incomplete_expired"), ("pat", "past_due")):
            customer = await self.cast.subscriber(name, paid=False, status=SubscriptionStatus(status))
            bills, tried = self.provider.customer(stripe_id(customer)).invoices, InvoiceId(f"in_sub_{name}")
            bills[tried] = replace(bills[tried], attempt_count=1)
            await self.club.settle(customer)
        await self.both.work()

    async def comps(self) -> None:
        """Free memberships: for good, for a week, and ended by Ada."""
        await self.cast.comp("bruno", self.patron, None)  # blocked: the role is out of the bot's reach
        await self.cast.comp("cora", self.patron, 7)
        ended = await self.cast.comp("cleo", PRO, 90)
        await membership.end_comp(self.app, source_id=ended.source_id, community_id=CLUB, actor=ADA)
        await self.cast.rest()

    async def refunds(self) -> None:
        """Refunds and disputes, as far as they can come."""
        for back in REFUNDS:
            name = back.id.removeprefix("re_")
            customer = await self.cast.subscriber(name)
            self.provider.put_refund(stripe_id(customer), back)
            self.provider.whose[back.charge_id] = stripe_id(customer)
            await self.club.settle(customer)
        for name, status in DISPUTES.items():
            customer = await self.cast.subscriber(name)
            self.provider.put_dispute(stripe_id(customer), dispute(status, of=f"in_sub_{name}", id_=f"dp_{name}"))
            await self.club.settle(customer)
        await self.both.work()

    async def undecided(self) -> None:
        """A credit note over a part, a draft that a pause left, forgiven, and a first payment that takes days."""
        nora, paul = await self.cast.subscriber("nora"), await self.cast.customer("paul")
        self.provider.put_note(stripe_id(nora), note(of="in_sub_nora", post=300, id_="cn_nora", line="il_nora"))
        await self.club.settle(nora)
        of, sub = stripe_id(paul), SubscriptionId("sub_paul")
        left = invoice("in_paul_2", InvoiceStatus.DRAFT, at=self.club.clock.at, subscription_id=sub)
        self.provider.put_invoice(of, replace(left, auto_advance=False))
        await self.club.settle(paul)
        seda = await self.cast.subscriber("seda", paid=False)
        invoices, bill = self.provider.customer(stripe_id(seda)).invoices, InvoiceId("in_sub_seda")
        invoices[bill] = replace(invoices[bill], attempt_count=1)
        self.provider.customer(stripe_id(seda)).processing.add(bill)
        await self.club.settle(seda)
        await self.both.work()
        async with self.app.store.transaction() as tx:  # the owner has answered that access is kept
            (kept,) = [bill for bill in await tx.billing.invoices(paul.id) if bill.id == left.id]
            await tx.billing.put_invoice(replace(kept, access_kept=True))

    async def purchases(self) -> None:
        """One-time purchases: for good, for a week that is over, and for thirty days that are not."""
        founders = await self.cast.plan("Founders", Terms(PriceKind.LIFETIME, 20_000, "usd"), VIP)
        await self.cast.buys("fred", founders)
        await plans.archive_plan(self.app, founders, ADA)
        await self.cast.buys("wim", self.week)
        otto = await self.club.customer_of(await self.both.comes(on_discord("otto"), "otto"), "otto")
        await self.both.buys_days(otto, "otto")

    async def bills(self) -> None:
        """Ada sends invoices."""
        for name, became in BILLED.items():
            request_id = await self._bill(name)
            sent = await bills.email_given(self.app, on_discord(name), request_id, f"{name}@example.org")
            assert isinstance(sent, bills.InvoiceSent), sent
            await self._becomes(name, sent.invoice.id, became)
        bert = await self.cast.customer("bert")
        async with self.app.store.transaction() as tx:  # it was voided by us, with the end of what it was for
            (void,) = await tx.billing.invoices(bert.id)
            await tx.billing.put_invoice(replace(void, withdrawn=True))

    async def _bill(self, name: str) -> str:
        """Somebody is billed, and asked for an e-mail address."""
        person, what = await self.both.comes(on_discord(name), name), f"A print for {name}"
        order = bills.Bill(person, name, CLUB, 2500, "usd", what, 14, ADA, place=PLACE, by="user-ada")
        asked = await bills.bill(self.app, order)
        assert isinstance(asked, bills.NeedsEmail), asked
        return asked.request_id

    async def _becomes(self, name: str, id_: InvoiceId, status: InvoiceStatus) -> None:
        customer = await self.cast.customer(name)
        invoices = self.provider.customer(stripe_id(customer)).invoices
        fact = replace(invoices[id_], status=status)
        if status is InvoiceStatus.PAID:
            fact = replace(fact, amount_paid=fact.total, amount_remaining=0, paid_at=self.club.clock.at)
        invoices[id_] = fact
        await self.club.settle(customer)

    # -- four weeks later ------------------------------------------------------------------------

    async def renewals(self) -> None:
        """Rena's renewal is drafted, and Paula's has failed: she is in her grace period."""
        rena, paula = await self.cast.customer("rena"), await self.cast.customer("paula")
        self.club.pass_time(DAY)
        now = self.club.clock.at
        draft = invoice("in_rena_2", InvoiceStatus.DRAFT, at=now, subscription_id=SubscriptionId("sub_rena"))
        self.provider.put_invoice(stripe_id(rena), draft)
        sub = SubscriptionId("sub_paula")
        late = invoice("in_paula_2", InvoiceStatus.OPEN, at=now, attempts=1, subscription_id=sub, finalized_at=now)
        self.provider.put_invoice(stripe_id(paula), late)
        self.provider.event("invoice.payment_failed", late.id, stripe_id(paula))
        await self.club.settle(rena)
        await self.cast.changes(paula, "paula", status=SubscriptionStatus.PAST_DUE, latest_invoice_id=late.id)
        moira = await self.cast.subscriber("moira")  # moved at Stripe to something that is no plan
        of, sub = stripe_id(moira), SubscriptionId("sub_moira")
        (item,) = self.provider.customer(of).subscriptions[sub].items
        foreign = replace(item, provider_price_id="price_foreign", product_id="prod_foreign")
        await self.cast.changes(moira, "moira", provider_price_id="price_foreign", items=(foreign,))

    async def customers(self) -> None:
        """A trial, a bill that nobody has given an address for, a link that ran out, a customer deleted at Stripe."""
        frank = await self.cast.subscriber("frank")
        await self.cast.ends(frank, "frank")
        self.provider.customer(stripe_id(frank)).deleted = True
        assert await replace_deleted(self.app, frank, "frank", Deadline(self.app)) is not None
        await self.cast.buys("tess", self.trial, card="fp_tess")
        await self._bill("bea")
        await self.cast.link("elsa", PRO)
        self.club.pass_time(DAY)
        await tick(self.app)

    async def accounts(self) -> None:
        """Accounts are linked, parted, replaced and taken back."""
        await self.cast.subscriber("lea", plan=LITE)
        await self.both.pays("leni", on_telegram("leni"))
        await self.both.links(on_telegram("leni"), on_discord("lea"))  # both pay
        await self.cast.pair("uma", "ulf")
        await linking.unlink(self.app, on_discord("uma"))
        await self.cast.pair("mia", "mona")
        await self._replace(on_discord("mia"), on_telegram("mona2"), "mona2")  # Mona could undo it
        await self.cast.pair("dan", "dot")
        await self._replace(on_telegram("dot"), on_discord("don"), "don")
        await self._undo("dan")
        await self.cast.pair("kim", "kat")
        await self._replace(on_telegram("kat"), on_discord("kit"), "kit")  # Kit uses what Kim pays for
        await self.cast.rest()

    async def _replace(self, kept: Identity, came: Identity, name: str) -> None:
        await self.both.comes(came, name)
        await self.both.links(kept, came)

    async def _undo(self, name: str) -> None:
        person = await self.both.person(on_discord(name))
        async with self.cast.store.transaction() as tx:
            (move,) = await tx.moves.of_person(person)
        assert isinstance(await undoing.undo(self.app, on_discord(name), move.id), undoing.Undone)


def _monthly(amount: int) -> Terms:
    return Terms(PriceKind.RECURRING, amount, "usd", Unit.MONTH, 1)

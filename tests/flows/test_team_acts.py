"""What the team does: one line with before and after, and a word to the contact, in the act's own commit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.commands.member_told import WITH_AMOUNTS
from payments.core.calendar import Unit
from payments.core.catalog import Plan, PriceKind
from payments.core.changes import Amount, Changes, Language, Moment, Said, Span, Who, Word, days, load, same
from payments.core.community import Identity, Place, Platform
from payments.core.ids import PersonId
from payments.core.plan_terms import PlanDraft, Terms
from payments.flows.access import comps
from payments.flows.billing import invoices
from payments.flows.billing.invoices import Bill, InvoiceSent, NeedsEmail
from payments.flows.catalog import plans
from payments.flows.catalog.plans import PlanChange, PlanMade, PlanRefused
from payments.flows.communities import settings as communities
from payments.flows.messages import TEAM_ACT
from payments.ports.stores import AuditEntry, Notice
from tests.flows.shop_fixture import COMMUNITY, DAY, MONTHLY, PLACE, Shop

ANA = Identity(Platform.DISCORD, "user-ana")
DEARER = Terms(PriceKind.RECURRING, 1900, "usd", Unit.MONTH, 1)


@dataclass(slots=True)
class Office:
    """The shop with its team: Olga owns it and is its contact, Ada manages it, Ana is a member."""

    shop: Shop
    olga: PersonId
    ada: PersonId
    ana: PersonId

    @property
    def app(self) -> Any:
        return self.shop.app

    async def lines(self) -> Sequence[AuditEntry]:
        """Newest first."""
        async with self.app.store.transaction() as tx:
            found: Sequence[AuditEntry] = await tx.audit_log.acts(COMMUNITY, 100)
        return found

    async def line(self, action: str) -> tuple[AuditEntry, Changes]:
        """The only line of an act."""
        (found,) = [line for line in await self.lines() if line.action == action]
        assert found.changes is not None
        return found, load(found.changes)

    async def told(self) -> list[tuple[PersonId, str]]:
        """Who is told of which acts."""
        lease = self.app.lease()
        async with self.app.store.transaction() as tx:
            waiting: Sequence[Notice] = await tx.notices.claim(lease, self.app.machine.now(), 100)
            await tx.notices.release(lease)
        acts = [(one.person_id, json.loads(one.params)["action"]) for one in waiting if one.kind == TEAM_ACT]
        return sorted((person_id, action) for person_id, action in acts if person_id is not None)

    async def plan(
        self, name: str = "Pro", by: PersonId | None = None, terms: Terms = MONTHLY
    ) -> PlanMade | PlanRefused:
        draft = PlanDraft(name, "", terms, 0, 3 * DAY, (await self.shop.target(),))
        return await plans.create_plan(self.app, COMMUNITY, draft, by or self.olga)

    async def made(self) -> Plan:
        outcome = await self.plan()
        assert isinstance(outcome, PlanMade)
        return outcome.plan

    async def edits(self, plan: Plan, by: PersonId | None = None, **change: Any) -> PlanMade | PlanRefused:
        return await plans.edit_plan(self.app, plan.id, PlanChange(**change), by or self.ada)

    async def gives(self, plan: Plan, by: PersonId | None = None, *, days: int | None = 3, key: str = "k") -> str:
        """A comp for Ana; its source's id."""
        line = await comps.give_comp(
            self.app, plan_id=plan.id, person_id=self.ana, days=days, actor=by or self.ada, key=key
        )
        return line.source_id

    async def bills(self, key: str = "k") -> invoices.Billed:
        order = Bill(self.ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, self.ada, key)
        return await invoices.bill(self.app, order)


@pytest.fixture
async def office(any_shop: Shop) -> Office:
    olga, ada, ana = [await any_shop.member(name) for name in ("olga", "ada", "ana")]
    async with any_shop.app.store.transaction() as tx:
        found = await tx.communities.get(COMMUNITY)
        assert found is not None
        await tx.communities.update(replace(found, contact_id=olga))
    return Office(any_shop, olga, ada, ana)


# -- plans -----------------------------------------------------------------------------------------------------------


async def test_a_new_plan_is_one_line_and_the_contact_hears_of_somebody_elses(office: Office) -> None:
    await office.plan()
    line, changes = await office.line("plan_created")
    assert (line.actor, line.community_id) == (office.olga, COMMUNITY)
    assert changes["price"] == (None, MONTHLY)
    assert changes["opens"] == (None, ("1",))
    assert await office.told() == [], "what the contact does is no news to the contact"
    await office.plan("Max", by=office.ada)
    assert await office.told() == [(office.olga, "plan_created")]


async def test_a_plan_whose_price_stripe_refuses_leaves_no_line(office: Office) -> None:
    office.shop.fault("/v1/prices", status=400, body={"error": {"type": "invalid_request_error", "message": "no"}})
    assert isinstance(await office.plan(by=office.ada), PlanRefused)
    assert await office.lines() == []
    assert await office.told() == []


async def test_a_new_price_is_one_line_with_the_old_one_and_the_contact_is_told_once(office: Office) -> None:
    plan = await office.made()
    await office.edits(plan, terms=DEARER)
    line, changes = await office.line("price_changed")
    assert line.actor == office.ada
    assert changes == {"plan": same("Pro"), "price": (MONTHLY, DEARER)}
    assert len(await office.lines()) == 2, "made, and its price changed"
    assert await office.told() == [(office.olga, "price_changed")]


async def test_a_new_price_that_stripe_refuses_leaves_no_line_and_nobody_is_told(office: Office) -> None:
    plan = await office.made()
    office.shop.fault("/v1/prices", status=400, body={"error": {"type": "invalid_request_error", "message": "no"}})
    assert isinstance(await office.edits(plan, terms=DEARER), PlanRefused)
    assert [line.action for line in await office.lines()] == ["plan_created"]
    assert await office.told() == []


async def test_a_price_that_is_made_later_is_written_down_when_it_is_made(office: Office) -> None:
    plan = await office.made()
    office.shop.down("/v1/prices")
    outcome = await office.edits(plan, terms=DEARER)
    assert isinstance(outcome, PlanMade)
    assert not outcome.on_sale
    assert [line.action for line in await office.lines()] == ["plan_created"]
    assert await office.told() == []
    await office.shop.redrive()
    await office.shop.redrive(hours=1)
    _, changes = await office.line("price_changed")
    assert changes["price"] == (MONTHLY, DEARER)
    assert await office.told() == [(office.olga, "price_changed")]


async def test_a_price_asked_for_by_an_older_version_has_its_line_already(office: Office) -> None:
    plan = await office.made()
    office.shop.down("/v1/prices")
    await office.edits(plan, terms=DEARER)
    async with office.app.store._database.transaction() as tx:
        await tx.execute("UPDATE request SET params = ? WHERE kind = 'price' AND state = 'pending'", '{"plan_id": "x"}')
    await office.shop.redrive(hours=1)
    assert (await office.shop.price(plan.id)).unit_amount == 1900
    assert [line.action for line in await office.lines()] == ["plan_created"]


async def test_an_edit_says_what_it_changed_and_nothing_else(office: Office) -> None:
    plan = await office.made()
    await office.edits(plan, name="Gold", description="All rooms")
    _, changes = await office.line("plan_edited")
    assert changes == {
        "plan": same("Pro"),
        "name": ("Pro", "Gold"),
        "description": (None, "All rooms"),
    }
    assert await office.told() == []
    await office.edits(plan, name="Gold", terms=MONTHLY)
    assert len(await office.lines()) == 2, "what changes nothing is no line"


async def test_free_days_to_try_are_a_price_too(office: Office) -> None:
    plan = await office.made()
    await office.edits(plan, trial_days=730)
    _, changes = await office.line("plan_edited")
    assert changes["trial"] == (None, days(730))
    assert await office.told() == [(office.olga, "plan_edited")]


@pytest.mark.parametrize(
    ("thing", "change"),
    [
        ("grace", {"grace_ms": 5 * DAY}),
        ("pause_keeps", {"pause_keeps_access": True}),
        ("refund_ends", {"refund_ends_access": False}),
        ("dispute_ends", {"dispute_ends_access": False}),
        ("at_once", {"at_once": True}),
        ("moved_paid", {"moved_paid": True}),
    ],
)
async def test_whatever_keeps_access_open_unpaid_is_told_to_the_contact(
    office: Office, thing: str, change: dict[str, Any]
) -> None:
    await office.edits(await office.made(), **change)
    _, changes = await office.line("plan_edited")
    assert set(changes) == {"plan", thing}
    assert await office.told() == [(office.olga, "plan_edited")]


async def test_an_edit_that_is_refused_leaves_no_line(office: Office) -> None:
    plan = await office.made()
    await office.plan("Max")
    assert isinstance(await office.edits(plan, name="Max"), PlanRefused)
    assert isinstance(await office.edits(plan, trial_days=9999), PlanRefused)
    assert {line.action for line in await office.lines()} == {"plan_created"}


async def test_archiving_twice_at_once_is_one_line(office: Office) -> None:
    plan = await office.made()
    await asyncio.gather(*(plans.archive_plan(office.app, plan.id, office.ada) for _ in range(4)))
    _, changes = await office.line("plan_archived")
    assert changes == {"plan": same("Pro"), "on_sale": (True, False)}


async def test_what_a_plan_opens_is_named_before_and_after(office: Office) -> None:
    plan = await office.made()
    first, second = await office.shop.target(), await office.shop.target("2")
    await plans.change_targets(office.app, plan.id, office.ada, add=[first, second])
    _, changes = await office.line("plan_targets")
    assert changes == {"plan": same("Pro"), "opens": (("1",), ("1", "2"))}
    await plans.change_targets(office.app, plan.id, office.ada, take=[first], keep_members=False)
    newest = (await office.lines())[0]
    assert load(newest.changes or "") == {
        "plan": same("Pro"),
        "opens": (("1", "2"), ("2",)),
        "members": (None, Said(Word.LOSE)),
    }
    await plans.change_targets(office.app, plan.id, office.ada, take=[first], keep_members=False)
    assert len(await office.lines()) == 3


# -- comps and invoices ----------------------------------------------------------------------------------------------


async def test_a_comp_is_one_line_about_the_member_and_the_contact_is_told_once(office: Office) -> None:
    plan = await office.made()
    now = office.app.business.now()
    await asyncio.gather(*(office.gives(plan) for _ in range(3)))
    line, changes = await office.line("comp_given")
    assert (line.actor, line.person_id) == (office.ada, office.ana)
    (_, until) = changes["until"]
    assert isinstance(until, Moment)
    assert until.at >= now + 3 * DAY
    assert await office.told() == [(office.olga, "comp_given")]


async def test_a_comp_that_is_ended_says_until_when_it_would_have_lasted(office: Office) -> None:
    plan = await office.made()
    source_id = await office.gives(plan, office.olga, days=None)
    assert await office.told() == []
    for _ in range(2):
        await comps.end_comp(office.app, source_id=source_id, community_id=COMMUNITY, actor=office.ada)
        await office.shop.advance(1)
    _, changes = await office.line("comp_ended")
    assert changes["until"][0] == Said(Word.FOR_GOOD)
    assert isinstance(changes["until"][1], Moment)
    assert await office.told() == [(office.olga, "comp_ended")]


async def test_a_bill_is_one_line_and_one_word_to_the_contact_however_often_it_goes_on(office: Office) -> None:
    waiting = await office.bills()
    assert isinstance(waiting, NeedsEmail)
    assert await office.told() == [(office.olga, "invoice_asked")]
    request_id = waiting.request_id
    sent = await asyncio.gather(
        *(invoices.email_given(office.app, ANA, request_id, "ana@example.com") for _ in range(2))
    )
    assert any(isinstance(one, InvoiceSent) for one in sent)
    await office.shop.redrive(hours=1)
    line, changes = await office.line("invoice_asked")
    assert (line.actor, line.person_id) == (office.ada, office.ana)
    assert changes == {"what": same("A workshop"), "amount": (None, Amount(2500, "usd"))}
    assert [line.action for line in await office.lines()] == ["invoice_asked"]
    assert await office.told() == [(office.olga, "invoice_asked")]
    assert isinstance(await office.bills("another"), InvoiceSent | NeedsEmail)


async def test_a_bill_that_can_be_sent_at_once_is_one_line_with_its_number(office: Office) -> None:
    first = await office.bills()
    assert isinstance(first, NeedsEmail)
    await invoices.email_given(office.app, ANA, first.request_id, "ana@example.com")
    order = Bill(office.ana, "Ana", COMMUNITY, 900, "usd", "Another", 14, office.ada, "two")
    sent = await invoices.bill(office.app, order)
    assert isinstance(sent, InvoiceSent)
    _, changes = await office.line("invoice_sent")
    assert changes["number"] == (None, sent.invoice.number)


async def test_a_line_names_no_amounts_to_those_who_may_not_see_them(office: Office) -> None:
    await office.bills()
    line, changes = await office.line("invoice_asked")
    assert line.detail == ""
    assert [name for name, pair in changes.items() if "25" in str(pair)] == ["amount"]
    assert line.action in WITH_AMOUNTS, "so `/member` says of it only that it was sent"


# -- settings --------------------------------------------------------------------------------------------------------


async def test_settings_say_what_changed_and_the_contact_who_is_replaced_is_told(office: Office) -> None:
    changes = communities.Changes(currency="eur", locale="de", grace_ms=DAY, contact_id=office.ada)
    await communities.change(office.app, COMMUNITY, changes, actor=office.ada)
    _, told = await office.line("settings_changed")
    assert told == {
        "currency": ("USD", "EUR"),
        "language": (Language("en-US"), Language("de")),
        "grace": (Span(3 * DAY), Span(DAY)),
        "contact": (Who(office.olga), Who(office.ada)),
    }
    assert await office.told() == [(office.olga, "settings_changed")]
    await communities.change(office.app, COMMUNITY, changes, actor=office.ada)
    assert len(await office.lines()) == 1, "what changes nothing is no line"


async def test_settings_changed_at_the_same_time_are_told_one_after_the_other(office: Office) -> None:
    wishes = [communities.Changes(grace_ms=number * DAY) for number in (5, 6, 7, 8)]
    await asyncio.gather(*(communities.change(office.app, COMMUNITY, wish, actor=office.ada) for wish in wishes))
    pairs = [load(line.changes or "")["grace"] for line in await office.lines()]
    befores, afters = {before for before, _ in pairs}, {after for _, after in pairs}
    async with office.app.store.transaction() as tx:
        now = Span((await tx.communities.get(COMMUNITY)).grace_ms)
    assert befores == (afters - {now}) | {Span(3 * DAY)}


async def test_a_community_without_a_contact_tells_nobody(office: Office) -> None:
    async with office.app.store.transaction() as tx:
        found = await tx.communities.get(COMMUNITY)
        await tx.communities.update(replace(found, contact_id=None))
    await office.plan(by=office.ada)
    assert len(await office.lines()) == 1
    assert await office.told() == []


async def test_a_name_that_belongs_to_an_account_elsewhere_is_not_told(office: Office) -> None:
    plan = await office.made()
    async with office.app.store.transaction() as tx:
        await tx.communities.take_out(PLACE, replace(await tx.communities.get(COMMUNITY), id="com_2"))
        await tx.communities.add(
            await tx.communities.get(COMMUNITY), Place(Platform.TELEGRAM, "-100"), "Only on Telegram"
        )
    await office.gives(plan)
    async with office.app.store.transaction() as tx:
        (notice,) = await tx.notices.claim(office.app.lease(), office.app.machine.now(), 9)
    assert json.loads(notice.params)["names"] == {}


# -- the same commit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["audit", "notice"])
async def test_an_act_whose_line_or_notice_can_not_be_stored_has_not_happened(office: Office, table: str) -> None:
    """Dying between the two would be the same: the act, its line and the word to the contact are one commit."""
    plan = await office.made()
    database = office.app.store._database
    async with database.transaction() as tx:
        await tx.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    tried: list[Callable[[], Awaitable[object]]] = [
        lambda: office.gives(plan),
        lambda: office.edits(plan, trial_days=7),
        lambda: office.edits(plan, terms=DEARER),
        lambda: communities.change(office.app, COMMUNITY, communities.Changes(contact_id=office.ada), actor=office.ada),
    ]
    for attempt in tried:
        with pytest.raises(Exception, match=table):
            await attempt()
    async with database.transaction() as tx:
        await tx.execute(f"ALTER TABLE {table}_gone RENAME TO {table}")
    async with office.app.store.transaction() as tx:
        assert await tx.entitlements.of([office.ana]) == []
        stored = await tx.plans.get(plan.id)
        assert stored is not None
        assert stored.trial_days == 0
        (price,) = await tx.plans.on_sale(plan.id)
        assert price.unit_amount == MONTHLY.amount
        found = await tx.communities.get(COMMUNITY)
        assert found is not None
        assert found.contact_id == office.olga
    assert [line.action for line in await office.lines()] == ["plan_created"]

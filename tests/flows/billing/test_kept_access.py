"""A bill that nobody paid is taken back: the contact is asked whether access is kept, and a yes settles it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from payments.core.audit import AuditKind
from payments.core.billing import Customer, Ending, InvoiceStatus, SubscriptionStatus
from payments.core.changes import Moment, load
from payments.core.community import Identity, Place, Platform
from payments.core.covering.asking import TakenBack
from payments.core.ids import CommunityId, InvoiceId, PersonId, SubscriptionId
from payments.core.snapshot import InvoiceFact
from payments.flows.billing import kept_access
from payments.flows.billing.kept_access import Kept, NotKept
from payments.flows.settlement import timers
from storage.engines.postgres import PostgresTx
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.core.builders import ACCOUNT, DAY, T0, invoice, subscription
from tests.fakes.platform import FakeServer
from tests.flows.club_fixture import CLUB, stripe_id
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, on_discord, open_both_sides

OLGA, MAX, STRANGER, RITA = (on_discord(name) for name in ("olga", "max", "eve", "rita"))
SUB = SubscriptionId("sub_ann")
RENEWAL, GRACE = T0 + 30 * DAY, 3 * DAY
OPEN, VOID = InvoiceStatus.OPEN, InvoiceStatus.VOID


class Killed(Exception):
    """The process ends."""


@dataclass(slots=True)
class Voided:
    """Ann pays for Pro, and Olga owns the server; the bill of the renewal fails and is taken back."""

    both: BothSides
    ann: Customer

    async def bill(self, status: InvoiceStatus, id_: str = "in_2", **how: object) -> None:
        """Stripe has the renewal's bill so, and it is settled. Once it was taken back, the subscription is active."""
        made = invoice(id_, status, at=RENEWAL, subscription_id=SUB, attempts=1)
        await self.billed(replace(made, **how))  # type: ignore[arg-type]  # each call names fields of the fact

    async def billed(self, fact: InvoiceFact) -> None:
        provider, cus = self.both.club.provider, stripe_id(self.ann)
        provider.put_invoice(cus, fact)
        status = SubscriptionStatus.PAST_DUE if fact.status is OPEN else SubscriptionStatus.ACTIVE
        provider.put_subscription(cus, subscription(status, id_=SUB))
        await self.both.club.settle(self.ann)
        await self.both.work()

    async def keep(self, who: Identity = OLGA) -> Kept | NotKept:
        actor = await self.both.comes(who, who.user_id.removeprefix("user-"))
        return await kept_access.keep(self.both.club.app, who, ACCOUNT, SUB, actor=actor)

    async def told(self, kind: str) -> list[dict[str, object]]:
        return [params for _, found, params in await self.both.club.notices() if found == kind]

    async def later(self, ms: int) -> None:
        self.both.club.pass_time(ms)
        await timers.tick(self.both.club.app)
        await self.both.settle()
        await self.both.work()

    def inside(self) -> bool:
        return self.both.has_role(ANN)


@pytest.fixture
async def voided(store: SqlStore) -> Voided:
    both = await open_both_sides(store)
    olga = await both.comes(OLGA, "olga")
    both.discord.servers["100"].admins.add(OLGA.user_id)
    async with both.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=olga))
    ann = await both.pays("ann", ANN)
    both.club.pass_time(RENEWAL - both.club.clock.at)
    return Voided(both, ann)


async def failed_and_voided(v: Voided) -> None:
    await v.bill(OPEN)
    v.both.club.pass_time(DAY)
    await v.bill(VOID, ended_at=v.both.club.clock.at)


async def test_a_voided_bill_is_asked_about_once_and_a_yes_keeps_access(voided: Voided) -> None:
    v = voided
    await failed_and_voided(v)
    (asked,) = await v.told("keep_access")
    assert (asked["member"], asked["amount"], asked["how"]) == ("ann", 900, TakenBack.VOIDED)
    assert (asked["ends_at"], asked["until"]) == (RENEWAL + GRACE, RENEWAL + 30 * DAY)
    (payer,) = await v.told("bill_taken_back")
    assert payer["ends_at"] == RENEWAL + GRACE
    await v.both.club.settle(v.ann)
    assert len(await v.told("keep_access")) == 1
    assert await v.keep() == Kept("ann", "pro", RENEWAL + 30 * DAY)
    await v.both.settle()
    await v.later(GRACE)
    assert v.inside()
    assert len(await v.told("access_kept")) == 1
    async with v.both.store.transaction() as tx:
        (line,) = [a for a in await tx.audit_log.acts(CLUB, 50) if a.action == AuditKind.ACCESS_KEPT]
    assert (line.actor, line.person_id) == (PersonId("prs_olga"), v.ann.person_id)
    assert load(line.changes or "")["until"] == (None, Moment(RENEWAL + 30 * DAY))


async def test_without_a_word_access_ends_as_announced_and_a_later_yes_brings_it_back(voided: Voided) -> None:
    v = voided
    await failed_and_voided(v)
    await v.later(GRACE - DAY - 1)
    assert v.inside()
    await v.later(1)
    assert not v.inside()
    assert isinstance(await v.keep(), Kept)
    await v.both.settle()
    await v.both.work()
    assert v.inside()


@pytest.mark.parametrize("status", [InvoiceStatus.UNCOLLECTIBLE, InvoiceStatus.DRAFT, VOID])
async def test_what_was_taken_back_before_it_failed_counts_from_that_moment(
    voided: Voided, status: InvoiceStatus
) -> None:
    v = voided
    await v.bill(status, auto_advance=False, ended_at=None if status is InvoiceStatus.DRAFT else RENEWAL + 1)
    (asked,) = await v.told("keep_access")
    assert asked["ends_at"] == RENEWAL + GRACE + (status is not InvoiceStatus.DRAFT)
    assert v.inside()


async def test_two_who_answer_at_once_decide_once(voided: Voided) -> None:
    v = voided
    v.both.discord.servers["100"].admins.add(MAX.user_id)
    await failed_and_voided(v)
    await v.both.comes(MAX, "max")
    answers = await asyncio.gather(v.keep(OLGA), v.keep(MAX))
    assert sorted(type(one).__name__ for one in answers) == ["Kept", "NotKept"]
    assert NotKept.ALREADY in answers


async def test_nobody_else_decides_or_learns_whether_there_is_anything(voided: Voided) -> None:
    v = voided
    await failed_and_voided(v)
    v.both.discord.servers["200"] = FakeServer(members={RITA.user_id: set()}, admins={RITA.user_id})
    async with v.both.store.transaction() as tx:
        club = await tx.communities.get(CLUB)
        assert club is not None
        rivals = Place(Platform.DISCORD, "200")
        await tx.communities.add(replace(club, id=CommunityId("com_2"), name="Rivals"), rivals, "Rivals")
    for who in (STRANGER, ANN, MALLORY, RITA):
        assert await v.keep(who) is NotKept.NOT_YOURS
    nowhere = SubscriptionId("sub_nowhere")
    eve = PersonId("prs_eve")
    app = v.both.club.app
    assert await kept_access.keep(app, STRANGER, ACCOUNT, nowhere, actor=eve) is NotKept.NOT_YOURS
    assert await kept_access.keep(app, OLGA, ACCOUNT, nowhere, actor=eve) is NotKept.NOT_YOURS
    v.both.discord.servers["100"].members.pop(OLGA.user_id)
    assert await kept_access.keep(app, OLGA, ACCOUNT, SUB, actor=PersonId("prs_olga")) is NotKept.NOT_YOURS
    await v.later(GRACE)
    assert not v.inside()


async def test_an_answer_to_what_was_paid_or_is_over_changes_nothing(voided: Voided) -> None:
    v = voided
    await failed_and_voided(v)
    await v.billed(invoice("in_3", at=RENEWAL + 30 * DAY, subscription_id=SUB))
    assert await v.keep() is NotKept.SETTLED
    v.both.club.provider.put_subscription(stripe_id(v.ann), subscription(SubscriptionStatus.CANCELED, id_=SUB))
    await v.both.club.settle(v.ann)
    assert await v.keep() is NotKept.ENDED


async def test_several_are_one_question_and_one_answer(voided: Voided) -> None:
    v = voided
    await failed_and_voided(v)
    later = invoice("in_3", VOID, at=RENEWAL + 30 * DAY, subscription_id=SUB)
    v.both.club.pass_time(30 * DAY)
    await v.billed(replace(later, ended_at=v.both.club.clock.at))
    assert len(await v.told("keep_access")) == 1
    assert await v.keep() == Kept("ann", "pro", RENEWAL + 60 * DAY)
    async with v.both.store.transaction() as tx:
        kept = {i.id for i in await tx.billing.invoices(v.ann.id) if i.access_kept}
    assert kept == {InvoiceId("in_2"), InvoiceId("in_3")}


async def test_nobody_is_asked_about_what_decides_nothing(voided: Voided) -> None:
    v = voided
    provider, cus = v.both.club.provider, stripe_id(v.ann)
    provider.put_invoice(cus, invoice("in_free", VOID, at=RENEWAL, subscription_id=SUB, total=0))
    workshop = invoice("in_m", VOID, at=RENEWAL, subscription_id=SUB, reason="manual")
    provider.put_invoice(cus, replace(workshop, lines=()))
    await v.both.club.settle(v.ann)
    provider.put_invoice(cus, invoice("in_2", VOID, at=RENEWAL, subscription_id=SUB))
    provider.put_subscription(cus, subscription(SubscriptionStatus.CANCELED, id_=SUB))
    await v.both.club.settle(v.ann)
    assert await v.told("keep_access") == await v.told("bill_taken_back") == []


async def test_nobody_is_asked_about_a_bill_that_is_taken_back_with_the_subscription_by_a_word_given_here(
    voided: Voided,
) -> None:
    v = voided
    await v.bill(OPEN)
    async with v.both.store.transaction() as tx:
        s = await tx.billing.subscription(ACCOUNT, SUB)
        assert s is not None
        await tx.billing.put_subscription(replace(s, ending=Ending.AT_ONCE))
    await v.bill(VOID, ended_at=RENEWAL)  # a death between the two leaves it so for a while
    assert await v.told("keep_access") == []
    assert await v.keep() is NotKept.SETTLED


async def test_what_a_pause_left_unpaid_is_asked_about_when_it_is_over(voided: Voided) -> None:
    v = voided
    provider, cus = v.both.club.provider, stripe_id(v.ann)
    provider.put_subscription(cus, subscription(id_=SUB, pause="void"))
    await v.both.club.settle(v.ann)
    provider.put_invoice(cus, replace(invoice("in_2", VOID, at=RENEWAL, subscription_id=SUB), ended_at=RENEWAL + 1))
    await v.both.club.settle(v.ann)
    assert await v.told("resume_unpaid") == []
    await v.later(10 * DAY)
    provider.put_subscription(cus, subscription(id_=SUB))
    await v.both.club.settle(v.ann)
    await v.both.work()
    (asked,) = await v.told("resume_unpaid")
    assert (asked["ends_at"], asked["until"]) == (None, RENEWAL + 30 * DAY)
    assert not v.inside()
    assert isinstance(await v.keep(), Kept)
    await v.both.settle()
    await v.both.work()
    assert v.inside()


async def test_a_kept_bill_that_is_asked_for_again_is_owed_again(voided: Voided) -> None:
    v = voided
    await v.bill(InvoiceStatus.DRAFT, auto_advance=False)
    assert isinstance(await v.keep(), Kept)
    await v.both.settle()
    await v.bill(OPEN)
    await v.later(GRACE)
    assert not v.inside()


async def test_where_nobody_is_the_contact_the_place_hears_that_an_owner_is_needed(voided: Voided) -> None:
    v = voided
    async with v.both.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=None))
    await failed_and_voided(v)
    async with v.both.store.transaction() as tx:
        found = await tx.notices.claim(v.both.club.app.lease(), v.both.club.machine.at, 50)
    assert "admin_needed" in [one.kind for one in found]


async def test_a_linked_account_that_is_not_in_the_team_decides_nothing(voided: Voided) -> None:
    v = voided
    await v.both.comes(TINA, "tina")
    await v.both.links(OLGA, TINA)
    await failed_and_voided(v)
    assert await v.keep(TINA) is NotKept.NOT_YOURS
    assert isinstance(await v.keep(OLGA), Kept)


async def test_killed_at_each_write_an_answer_is_whole_or_not_given(
    voided: Voided, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    v = voided
    await failed_and_voided(v)
    kind = SqliteTx if store._database.one_process else PostgresTx
    execute: Any = kind.execute
    left = 0

    async def dying(self: Any, sql: str, *values: Any) -> int:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return int(await execute(self, sql, *values))

    for deaths in range(100):
        with monkeypatch.context() as doomed:
            doomed.setattr(kind, "execute", dying)
            left = deaths
            with suppress(Killed):
                outcome = await kept_access.keep(v.both.club.app, OLGA, ACCOUNT, SUB, actor=PersonId("prs_olga"))
                break
        async with v.both.store.transaction() as tx:
            assert not any(i.access_kept for i in await tx.billing.invoices(v.ann.id))
            assert not [a for a in await tx.audit_log.acts(CLUB, 50) if a.action == AuditKind.ACCESS_KEPT]
        assert await v.both.club.unsettled() == 0
    assert deaths > 3
    assert isinstance(outcome, Kept)
    assert await v.both.club.unsettled() == 1  # a death before anybody is woken loses nothing: the mark is stored
    await v.later(GRACE)
    assert v.inside()

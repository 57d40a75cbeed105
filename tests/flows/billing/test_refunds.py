"""A refund by one of the team: for those who may touch money, and once, whatever is lost or dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pytest

from payments.core.billing import RefundStatus
from payments.core.changes import Amount, load, same
from payments.core.community import Community, Identity, Place, Platform
from payments.core.ids import ChargeId, CommunityId, InvoiceId, PersonId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.billing import refunds
from payments.flows.billing.refunds import NotRefunded, Refundable, Refunded, RefundPending, Refused
from payments.flows.jobs.redrive import redrive
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable, RefundMade
from tests.core.builders import T0, dispute
from tests.fakes.platform import FakePlatform, FakeServer
from tests.fakes.provider import FakeProvider
from tests.fakes.provider_ports import FakeRefunds
from tests.flows.club_fixture import CLUB, PLACE, Club, stripe_id
from tests.flows.settlement.test_late_payments import over, pays_late
from tests.flows.settlement.test_refunds import lines, told, with_contact

BILL, CHARGE = InvoiceId("in_2"), ChargeId("ch_2")
ELSEWHERE = Place(Platform.DISCORD, "900")


def account(name: str) -> Identity:
    return Identity(Platform.DISCORD, f"user-{name}")


class Flaky(FakeRefunds):
    """The next refund ends like this, after the work is done or before it was."""

    def __init__(self, of: FakeProvider, error: BaseException, *, after: bool = False) -> None:
        super().__init__(of)
        self.error: BaseException | None = error
        self.after = after

    async def refund(self, key: str, charge: ChargeId, amount: int | None, metadata: Mapping[str, str]) -> RefundMade:
        error, self.error = self.error, None
        if error is not None and self.after:
            await super().refund(key, charge, amount, metadata)
        if error is not None:
            raise error
        return await super().refund(key, charge, amount, metadata)


class Death(BaseException):
    """The process ends."""


async def paid_late(club: Club) -> None:
    """Ann paid too late, in a server where Olga is the owner, Max a manager, Sue of the support and Tom nobody."""
    await with_contact(club)
    discord = FakePlatform()
    people = {account(name).user_id: set[str]() for name in ("olga", "max", "sue", "tom", "ann")}
    discord.servers["100"] = FakeServer(members=people, admins={account("olga").user_id})
    discord.servers["900"] = FakeServer(members={account("kim").user_id: set()}, admins={account("kim").user_id})
    club.app.platforms = {Platform.DISCORD: discord}
    club.app.settings = replace(club.app.settings, named_places=frozenset({PLACE, ELSEWHERE}))
    async with club.store.transaction() as tx:
        other = Community(CommunityId("com_2"), "Elsewhere", "en", "usd", 0, None, None, T0)
        await tx.communities.add(other, ELSEWHERE, "Elsewhere")
        for name, rank in (("max", Rank.MANAGER), ("sue", Rank.SUPPORT)):
            who = account(name).user_id
            await tx.team.put(TeamEntry(CLUB, Platform.DISCORD, TeamKind.ACCOUNT, who, "100", name, rank, T0))
    customer = await over(club)
    await pays_late(club, customer)
    club.provider.charges[CHARGE] = club.provider.customer(stripe_id(customer)).invoices[BILL]


def given_back(club: Club) -> list[tuple[str, int]]:
    return [(r.charge_id, r.amount) for one in club.provider.known.values() for r in one.refunds.values()]


async def press(club: Club, name: str = "max") -> Refunded | RefundPending | Refused:
    return await refunds.refund(club.app, account(name), await club.person(name), BILL)


async def redriven(club: Club) -> None:
    """The worker takes up what nobody waits for any more."""
    lease = club.app.lease()
    club.pass_time(300_000)
    async with club.store.transaction() as tx:
        found = await tx.requests.claim(["refund"], lease, club.machine.at, 9)
        await tx.requests.release(lease)
        later = await tx.requests.claim(["refund"], lease, club.machine.at + 86_400_000, 9)
    for request in found or later:
        await redrive(club.app, request, lease)


async def test_a_manager_refunds_and_the_contact_hears_who_did(any_club: Club) -> None:
    club = any_club
    await paid_late(club)
    found = await refunds.look(club.app, account("max"), BILL)
    assert found == Refundable(BILL, 900, "usd", "ann", "pro")
    assert given_back(club) == [], "it is only asked"
    assert await press(club) == Refunded(900, "usd")
    await club.settle()
    assert given_back(club) == [("ch_2", 900)]
    (changes,) = await lines(club)
    assert load(changes) == {
        "sold": same("pro"),
        "paid": same(Amount(900, "usd")),
        "refund": (None, Amount(900, "usd")),
    }
    async with club.store.transaction() as tx:
        (line,) = await tx.audit_log.acts(CLUB, 9)
    assert (line.action, line.actor) == ("refund_made", "prs_max")
    assert await told(club) == [PersonId("prs_olga")]
    assert await press(club) == Refused(NotRefunded.BEFORE)
    assert given_back(club) == [("ch_2", 900)]


@pytest.mark.parametrize("name", ["tom", "sue", "ann", "kim"])
async def test_nobody_else_refunds_or_learns_anything(any_club: Club, name: str) -> None:
    club = any_club
    await paid_late(club)
    club.provider.calls.clear()
    assert await refunds.look(club.app, account(name), BILL) == Refused(NotRefunded.NOT_YOURS)
    assert await press(club, name) == Refused(NotRefunded.NOT_YOURS)
    unknown = await refunds.look(club.app, account(name), InvoiceId("in_none"))
    assert unknown == Refused(NotRefunded.NOT_YOURS)
    assert club.provider.calls == []


async def test_while_the_platform_does_not_say_who_it_is_nobody_refunds(club: Club) -> None:
    await paid_late(club)
    club.app.platforms = {}
    assert await press(club) == Refused(NotRefunded.UNSURE)
    assert given_back(club) == []


async def test_two_who_press_at_once_refund_once(any_club: Club) -> None:
    club = any_club
    await paid_late(club)
    await asyncio.gather(press(club, "max"), press(club, "olga"), return_exceptions=True)
    assert given_back(club) == [("ch_2", 900)]


@pytest.mark.parametrize("after", [True, False])
async def test_a_lost_answer_is_made_good_by_the_worker_with_one_refund(any_club: Club, after: bool) -> None:
    club = any_club
    await paid_late(club)
    club.provider.refunds = Flaky(club.provider, ProviderUnavailable("gone"), after=after)
    assert await press(club) is RefundPending.PENDING
    await redriven(club)
    assert given_back(club) == [("ch_2", 900)]
    await club.settle()
    assert len(await lines(club)) == 1


@pytest.mark.parametrize("after", [True, False])
async def test_a_death_between_the_row_and_the_answer_leaves_one_refund(any_club: Club, after: bool) -> None:
    club = any_club
    await paid_late(club)
    club.provider.refunds = Flaky(club.provider, Death(), after=after)
    with pytest.raises(Death):
        await press(club)
    await redriven(club)
    await redriven(club)
    assert given_back(club) == [("ch_2", 900)]


@pytest.mark.parametrize("error", [ProviderUnavailable("gone"), KeyRefused("permission_error", "no"), Death()])
async def test_of_a_bill_that_was_paid_by_two_payments_both_go_back(any_club: Club, error: BaseException) -> None:
    club = any_club
    await paid_late(club)
    club.provider.charges[ChargeId("ch_3")] = club.provider.charges[CHARGE]
    club.provider.refunds = Flaky(club.provider, error)
    with suppress(Death):
        await press(club)
    await redriven(club)
    assert sorted(given_back(club)) == [("ch_2", 900), ("ch_3", 900)]


async def test_a_key_that_may_not_refund_is_said_and_it_goes_out_once_it_may(any_club: Club) -> None:
    club = any_club
    await paid_late(club)
    club.provider.refunds = Flaky(club.provider, KeyRefused("permission_error", "lacks rak_refund_write"))
    answer = await press(club)
    assert isinstance(answer, Refused)
    assert answer.why is NotRefunded.NO_RIGHT
    await redriven(club)
    assert given_back(club) == [("ch_2", 900)]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("charge_already_refunded", NotRefunded.BEFORE),
        ("charge_disputed", NotRefunded.DISPUTED),
        ("balance_insufficient", NotRefunded.NO_FUNDS),
        ("something_new", NotRefunded.REFUSED),
    ],
)
async def test_a_refusal_says_what_it_means_and_may_be_tried_again(club: Club, code: str, why: NotRefunded) -> None:
    await paid_late(club)
    club.provider.refunds = Flaky(club.provider, ProviderRefused(code, "no"))
    assert await press(club) == Refused(why, "no")
    assert await press(club) == Refunded(900, "usd")
    assert given_back(club) == [("ch_2", 900)]


async def test_what_was_paid_outside_or_is_contested_is_not_asked_for(club: Club) -> None:
    await paid_late(club)
    (customer,) = club.provider.known
    club.provider.put_dispute(customer, replace(dispute("needs_response", of="in_2"), charge_id=CHARGE))
    assert await refunds.look(club.app, account("max"), BILL) == Refused(NotRefunded.DISPUTED)
    club.provider.charges.clear()
    assert await refunds.look(club.app, account("max"), BILL) == Refused(NotRefunded.OUTSIDE)
    assert await press(club) == Refused(NotRefunded.OUTSIDE)


async def test_a_refund_that_the_bank_sent_back_is_not_called_made_again(club: Club) -> None:
    await paid_late(club)
    assert await press(club) == Refunded(900, "usd")
    for customer, known in club.provider.known.items():
        for made in list(known.refunds.values()):
            club.provider.put_refund(customer, replace(made, status=RefundStatus.FAILED))
    assert await press(club) == Refused(NotRefunded.FAILED)
    assert await refunds.look(club.app, account("max"), BILL) == Refused(NotRefunded.FAILED)


async def test_a_refund_made_at_stripe_is_nobodys_of_the_team(club: Club) -> None:
    """A refund here was refused; then somebody makes one in the dashboard."""
    await paid_late(club)
    club.provider.refunds = Flaky(club.provider, ProviderRefused("something_new", "no"))
    await press(club)
    await FakeRefunds(club.provider).refund("theirs", CHARGE, None, {})
    customer = await club.customer("ann")
    await club.settle(customer)
    async with club.store.transaction() as tx:
        (line,) = await tx.audit_log.acts(CLUB, 9)
    assert line.action == "refunded"

"""A bill is taken back only if Stripe has not sent it, whatever answer was lost and whoever is at it at that moment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from payments.core.community import Place
from payments.core.ids import CommunityId
from payments.flows.billing import withdrawals
from payments.flows.billing.invoices import (
    Bill,
    Billed,
    BillProblem,
    InvoicePending,
    InvoiceSent,
    NeedsEmail,
    Refused,
    email_given,
)
from payments.flows.billing.invoices import bill as bill_of
from payments.flows.communities.stop_serving import stop
from payments.flows.runtime.offered import offered
from payments.ports.stores import ProviderRequest, RequestState, Transaction
from tests.flows.billing.test_invoices import notices
from tests.flows.shop_fixture import COMMUNITY, PLACE, Shop

EMAIL = "ana@example.com"
CALLS = (
    ("lookup", "find"),
    ("invoicing", "create_draft"),
    ("invoicing", "add_item"),
    ("invoicing", "send"),
    ("invoicing", "get"),
    ("invoicing", "delete_draft"),
)
STEPS_MAX = 60
SENT, DRAFTED, UNHEARD = "/v1/invoices/*/send", "/v1/invoices/*/finalize", "/v1/invoices"

Hook = Callable[[str], Awaitable[None]]


class Death(BaseException):
    """The process ends."""


@dataclass(slots=True)
class Waiting:
    """A bill that waits for its member's address."""

    shop: Shop
    order: Bill
    request: ProviderRequest

    async def answered(self) -> Billed:
        return await email_given(self.shop.app, self.shop.account(self.order.person_id), self.request.id, EMAIL)

    async def stops_at(self, path: str) -> None:
        """The member answers, and Stripe's answer to one of the calls is lost; or it is not made, for `DRAFTED`."""
        self.shop.down(path, after=path != DRAFTED)
        assert isinstance(await self.answered(), InvoicePending)

    def at_stripe(self) -> list[str]:
        ours = [one for one in self.shop.stripe("invoice") if one["metadata"]["guestlist_invoice"] == self.request.id]
        assert all(one["amount_due"] == 2500 for one in ours)
        return [one["status"] for one in ours]

    async def told(self) -> list[str]:
        """What the member and the contact heard since the last time they were asked."""
        return [one.kind for one in await notices(self.shop) if one.key.endswith(f":{self.request.id}")]

    async def state(self) -> str:
        async with self.shop.app.store.transaction() as tx:
            stored = await tx.requests.get("bill", self.request.object_id)
        assert stored is not None
        return stored.state

    async def agrees(self, told: list[str]) -> str:
        """What is stored and told is what Stripe has; the state."""
        state = await self.state()
        assert (state, self.at_stripe(), told) in (
            ("made", ["open"], ["invoice_sent"]),
            ("refused", [], ["bill_withdrawn"]),
        )
        items = [i for i in self.shop.stripe("invoiceitem") if i["metadata"]["guestlist_invoice"] == self.request.id]
        assert len(items) == len(self.at_stripe())
        return state


async def waiting(shop: Shop, name: str = "ana", place: Place | None = None) -> Waiting:
    ana, admin = await shop.member(name), await shop.member("admin")
    order = Bill(ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, admin, place=place)
    asked = await bill_of(shop.app, order)
    assert isinstance(asked, NeedsEmail), asked
    async with shop.app.store.transaction() as tx:
        (request,) = [one for one in await tx.requests.bills_waiting() if one.id == asked.request_id]
    found = Waiting(shop, order, request)
    assert await found.told() == ["email_needed"]
    return found


async def serves(shop: Shop, served: bool) -> None:
    async with shop.app.store.transaction() as tx:
        await tx.communities.serve(PLACE, served=served)


async def unserved(shop: Shop) -> None:
    await serves(shop, False)


async def stopped(shop: Shop) -> None:
    assert await stop(shop.app, PLACE) is not None


async def too_late(shop: Shop) -> None:
    await shop.advance(14 * 86_400 + 1)


ENDS = pytest.mark.parametrize("ends", [unserved, stopped, too_late])


@ENDS
async def test_what_stripe_sent_is_told_as_sent_though_its_answer_was_lost(
    any_shop: Shop, ends: Callable[[Shop], Awaitable[None]]
) -> None:
    shop = any_shop
    one = await waiting(shop)
    await one.stops_at(SENT)
    await ends(shop)
    for _ in range(2):
        await shop.redrive(hours=1)
    assert await one.agrees(await one.told()) == "made"
    assert (await shop.app.store.counts())["requests_pending"] == 0


async def test_a_bill_that_was_sent_is_not_made_again_once_the_place_is_served_again(shop: Shop) -> None:
    one = await waiting(shop)
    await one.stops_at(SENT)
    await stopped(shop)
    await shop.redrive()
    await serves(shop, True)
    again = await bill_of(shop.app, one.order)
    assert isinstance(again, InvoiceSent)
    assert again.again
    assert [i["status"] for i in shop.stripe("invoice")] == ["open"]


async def test_what_was_paid_meanwhile_is_told_as_sent(shop: Shop) -> None:
    one = await waiting(shop)
    await one.stops_at(SENT)
    await shop.sandbox.stripe.pay(invoice=shop.stripe("invoice")[0]["id"], card="4242424242424242")
    await unserved(shop)
    await shop.redrive()
    assert await one.state() == "made"
    assert "bill_withdrawn" not in await one.told()


@ENDS
@pytest.mark.parametrize("path", [DRAFTED, UNHEARD])
async def test_a_draft_is_deleted_before_the_bill_is_told_as_taken_back(
    any_shop: Shop, ends: Callable[[Shop], Awaitable[None]], path: str
) -> None:
    shop = any_shop
    one = await waiting(shop)
    await one.stops_at(path)
    assert one.at_stripe() == ["draft"] if path == DRAFTED else len(shop.stripe("invoice")) == 1
    await ends(shop)
    for _ in range(2):
        await shop.redrive(hours=1)
    assert await one.agrees(await one.told()) == "refused"


@pytest.mark.parametrize("path", [SENT, DRAFTED])
async def test_stripe_is_asked_first_about_one_that_waits_for_an_address_with_its_draft_made(
    any_shop: Shop, path: str
) -> None:
    """Its address was deleted at Stripe after the draft was made."""
    shop = any_shop
    one = await waiting(shop)
    await one.stops_at(path)
    async with shop.app.store.transaction() as tx:
        await tx.requests.set_state(one.request.id, RequestState.NEEDS_EMAIL, None)
    await stopped(shop)
    assert await one.state() == "pending"
    assert await one.told() == []
    await shop.redrive()
    assert await one.agrees(await one.told()) == ("made" if path == SENT else "refused")


async def test_so_it_is_at_night_and_when_the_member_answers_too_late(shop: Shop) -> None:
    one, other = await waiting(shop), await waiting(shop, "ben")
    for each in (one, other):
        await each.stops_at(SENT)
        async with shop.app.store.transaction() as tx:
            await tx.requests.set_state(each.request.id, RequestState.NEEDS_EMAIL, None)
    await too_late(shop)
    assert isinstance(await one.answered(), InvoiceSent)
    assert await one.agrees(await one.told()) == "made"
    assert await withdrawals.end_late(shop.app) == 0
    await shop.redrive()
    assert await other.agrees(["invoice_sent"]) == "made"


async def test_a_bill_that_was_taken_back_is_not_sent_by_its_order_coming_again(shop: Shop) -> None:
    ana, admin = await shop.member(), await shop.member("admin")
    order = Bill(ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, admin, key="tg:17")
    assert isinstance(await bill_of(shop.app, order), NeedsEmail)
    await stopped(shop)
    await serves(shop, True)
    assert await bill_of(shop.app, order) == Refused(BillProblem.WITHDRAWN)


async def test_an_invoice_that_stripe_does_not_mail_is_told_as_sent_with_its_link(shop: Shop) -> None:
    one = await waiting(shop)
    shop.fault(SENT, status=400, body={"error": {"type": "invalid_request_error", "message": "No."}})
    assert isinstance(await one.answered(), InvoiceSent)
    assert await one.agrees(await one.told()) == "made"


# -- at every step -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def at_each_step(shop: Shop, hook: Hook) -> AsyncIterator[None]:
    """`hook` runs before and after every commit, and every call to Stripe, of whatever is done within."""
    provider, store = shop.app.first_account.provider, shop.app.store
    whole = store.transaction
    calls = [(getattr(provider, port), name) for port, name in CALLS]
    wholes = [getattr(port, name) for port, name in calls]

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Transaction]:
        await hook("before commit")
        async with whole() as tx:
            yield tx
        await hook("after commit")

    def hooked(name: str, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*arguments: Any, **named: Any) -> Any:
            await hook(f"before {name}")
            answer = await ask(*arguments, **named)
            await hook(f"after {name}")
            return answer

        return call

    setattr(store, "transaction", transaction)  # noqa: B010 -- mypy knows it as fixed
    for (port, name), ask in zip(calls, wholes, strict=True):
        setattr(port, name, hooked(name, ask))
    try:
        yield
    finally:
        setattr(store, "transaction", whole)  # noqa: B010 -- mypy knows it as fixed
        for (port, name), ask in zip(calls, wholes, strict=True):
            setattr(port, name, ask)


async def dies_at(shop: Shop, step: int) -> bool:
    """The worker takes up what is due, and dies at this step of it, if there are as many."""
    left = step

    async def dies(_step: str) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise Death

    try:
        async with at_each_step(shop, dies):
            await shop.redrive(hours=1)
    except Death:
        return True
    return False


@pytest.mark.parametrize(("path", "state"), [(SENT, "made"), (DRAFTED, "refused"), (UNHEARD, "refused")])
async def test_a_death_at_any_step_of_taking_back_loses_nothing(any_shop: Shop, path: str, state: str) -> None:
    shop = any_shop
    for step in range(STEPS_MAX):
        one = await waiting(shop, f"ana{step}")
        await one.stops_at(path)
        await unserved(shop)
        died = await dies_at(shop, step)
        for _ in range(2):
            await shop.redrive(hours=1)
        assert await one.agrees(await one.told()) == state
        if not died:
            break
        await serves(shop, True)
    else:
        pytest.fail("it never came to the end")


@dataclass
class TakenBack:
    """At this step of what others do, the place is served no longer, and the worker takes up what is due by then."""

    shop: Shop
    left: int
    hours: int = 0
    done: bool = False

    async def __call__(self, _step: str) -> None:
        self.left -= 1
        if self.left == -1 and not self.done:
            self.done = True  # first: its own steps come by here, too
            await unserved(self.shop)
            await self.shop.redrive(hours=self.hours)


async def test_taken_back_at_any_step_of_being_sent_it_is_either_sent_or_taken_back(any_shop: Shop) -> None:
    shop, seen = any_shop, set()
    for step in range(STEPS_MAX):
        one = await waiting(shop, f"ana{step}")
        taking = TakenBack(shop, step)
        async with at_each_step(shop, taking):
            await one.answered()
        if not taking.done:
            break
        for _ in range(3):
            await shop.redrive(hours=24)
        seen.add(await one.agrees(await one.told()))
        await serves(shop, True)
    else:
        pytest.fail("it never came to the end")
    assert seen == {"made", "refused"}


async def test_taken_back_at_any_step_of_asking_for_the_address_it_stays_taken_back(any_shop: Shop) -> None:
    shop, seen = any_shop, set()
    admin = await shop.member("admin")
    for step in range(STEPS_MAX):
        ana = await shop.member(f"ana{step}")
        taking = TakenBack(shop, step, hours=1)
        async with at_each_step(shop, taking):
            answer = await bill_of(shop.app, Bill(ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, admin))
        if not taking.done:
            break
        await shop.redrive(hours=24)
        async with shop.app.store.transaction() as tx:
            waits = [one for one in await tx.requests.bills_waiting() if one.person_id == ana]
        withdrawn = "bill_withdrawn" in [one.kind for one in await notices(shop) if one.person_id == ana]
        assert withdrawn is not bool(waits), (step, answer)
        seen.add(withdrawn)
        await serves(shop, True)
    else:
        pytest.fail("it never came to the end")
    assert True in seen


async def test_a_bill_of_a_community_that_joined_another_is_told_in_the_name_of_that(any_shop: Shop) -> None:
    shop = any_shop
    await waiting(shop, place=PLACE)
    await shop.joined()
    await too_late(shop)
    assert await withdrawals.end_late(shop.app) == 1
    told = {each.kind: json.loads(each.params)["community"] for each in await notices(shop)}
    assert told == {"bill_withdrawn": "The Host", "bill_not_sent": "The Host"}


async def test_a_bill_whose_community_joins_another_meanwhile_is_written_down_in_that(any_shop: Shop) -> None:
    shop, hosts = any_shop, list[CommunityId]()

    async def meanwhile(step: str) -> None:
        if step == "before create_draft":
            hosts.append(await shop.joined())

    ana, admin = await shop.member(), await shop.member("admin")
    async with at_each_step(shop, meanwhile):
        await bill_of(shop.app, Bill(ana, "Ana", COMMUNITY, 2500, "usd", "A workshop", 14, admin, place=PLACE))
    async with shop.app.store.transaction() as tx:
        (line,) = await tx.audit_log.acts(hosts[0], 9)
    assert line.action == "invoice_asked"
    told = {each.kind: json.loads(each.params)["community"] for each in await notices(shop)}
    assert told == {"email_needed": "The Host", "team_act": "The Host"}


async def test_a_bill_whose_draft_was_deleted_before_a_death_is_told_though_the_place_is_served_again(
    any_shop: Shop,
) -> None:
    shop, seen = any_shop, set()
    for step in range(STEPS_MAX):
        one = await waiting(shop, f"ana{step}")
        await one.stops_at(DRAFTED)
        await unserved(shop)
        died = await dies_at(shop, step)
        await serves(shop, True)
        for _ in range(2):
            await shop.redrive(hours=1)
        seen.add(await one.agrees(await one.told()))
        if not died:
            break
    else:
        pytest.fail("it never came to the end")
    assert seen == {"made", "refused"}


async def test_a_bill_whose_draft_was_deleted_unheard_is_told_though_the_place_is_served_again(any_shop: Shop) -> None:
    shop = any_shop
    one = await waiting(shop)
    await one.stops_at(DRAFTED)
    await unserved(shop)
    shop.down("/v1/invoices/*", method="DELETE", after=True)
    await shop.redrive(hours=1)
    assert (await one.state(), one.at_stripe(), await one.told()) == ("pending", [], [])
    await serves(shop, True)
    await shop.redrive(hours=1)
    assert await one.agrees(await one.told()) == "refused"


async def test_the_contact_hears_that_a_draft_was_deleted_at_stripe(shop: Shop) -> None:
    one = await waiting(shop)
    await one.stops_at(DRAFTED)
    async with shop.app.store.transaction() as tx:
        club = await tx.communities.get(COMMUNITY)
        assert club is not None
        await tx.communities.update(replace(club, contact_id=one.order.actor))
    (draft,) = shop.stripe("invoice")
    invoicing = offered(shop.app.first_account.provider.invoicing)
    await invoicing.delete_draft(draft["customer"], draft["id"], None)
    assert await one.answered() == Refused(BillProblem.GONE)
    await shop.redrive(hours=1)
    told = {each.kind: json.loads(each.params) for each in await notices(shop)}
    assert told["bill_not_sent"]["why"] == withdrawals.Withdrawn.DELETED
    assert await one.agrees([kind for kind in told if kind == "bill_withdrawn"]) == "refused"
    assert shop.stripe("invoiceitem") == []


async def test_who_finds_the_draft_deleted_leaves_it_to_whoever_takes_the_bill_back_to_tell(any_shop: Shop) -> None:
    shop = any_shop
    one = await waiting(shop)
    deleted, answered = asyncio.Event(), asyncio.Event()
    taking: asyncio.Task[int] | None = None

    async def meet(step: str) -> None:
        nonlocal taking
        if step == "before send":
            await unserved(shop)
            taking = asyncio.create_task(shop.redrive())
            await asyncio.wait_for(deleted.wait(), 30)
        if step == "after delete_draft" and asyncio.current_task() is taking:
            deleted.set()
            await asyncio.wait_for(answered.wait(), 30)

    async with at_each_step(shop, meet):
        assert isinstance(await one.answered(), Refused)
        answered.set()
        assert taking is not None
        await taking
    assert await one.agrees(await one.told()) == "refused"

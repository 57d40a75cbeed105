"""Webhooks come in: what is decoded, what they mark, and whose the ones without customer are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from payments.core.billing import Customer, SnapshotPart
from payments.core.ids import CustomerRef
from payments.flows.settlement import webhooks
from payments.flows.settlement.reconcile import read_events
from payments.ports.providers import ProviderUnavailable
from payments.ports.stores import StoredEvent, StoreUnavailable
from payments.providers.stripe.events import PARTS, decode
from storage.store import open_store
from tests.core.builders import ACCOUNT, SUB, T0
from tests.flows.club_fixture import Club, open_club


def body(type_: str, obj: dict[str, Any], **fields: Any) -> str:
    event = {"id": "evt_1", "object": "event", "type": type_, "created": 1_763_880_000, "livemode": False}
    return json.dumps({**event, "data": {"object": obj}, **fields})


def test_an_event_says_what_it_is_about_and_whose() -> None:
    header = decode(body("invoice.payment_failed", {"id": "in_1", "object": "invoice", "customer": "cus_1"}))
    assert (header.id, header.type, header.object_id, header.customer) == (
        "evt_1",
        "invoice.payment_failed",
        "in_1",
        "cus_1",
    )
    assert (header.created_at, header.livemode, header.account) == (1_763_880_000_000, False, None)


def test_a_customer_may_be_expanded() -> None:
    found = decode(body("invoice.paid", {"id": "in_1", "customer": {"id": "cus_1", "object": "customer"}}))
    assert found.customer == "cus_1"


@pytest.mark.parametrize("type_", ["customer.created", "customer.updated", "customer.deleted"])
def test_an_event_of_a_customer_is_that_customer_s(type_: str) -> None:
    assert decode(body(type_, {"id": "cus_1", "object": "customer"})).customer == "cus_1"


def test_a_subscription_is_no_customer_although_its_event_is_named_so() -> None:
    obj = {"id": "sub_1", "object": "subscription", "customer": "cus_1"}
    found = decode(body("customer.subscription.updated", obj))
    assert (found.object_id, found.customer) == ("sub_1", "cus_1")


@pytest.mark.parametrize("customer", [None, 7, [], {}, {"id": 7}])
def test_a_customer_that_is_none_is_not_one(customer: object) -> None:
    assert decode(body("charge.dispute.created", {"id": "dp_1", "customer": customer})).customer is None


def test_a_thin_event_of_the_second_version_has_a_time_in_words() -> None:
    raw = json.dumps(
        {
            "id": "evt_2",
            "object": "v2.core.event",
            "type": "v1.billing.meter.error_report_triggered",
            "created": "2025-11-23T06:40:00.500Z",
            "livemode": True,
            "related_object": {"id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1"},
        }
    )
    found = decode(raw)
    assert (found.created_at, found.livemode, found.object_id) == (1_763_880_000_500, True, "mtr_1")
    assert found.customer is None


def test_the_account_of_a_connected_event_is_told() -> None:
    assert decode(body("invoice.paid", {"id": "in_1"}, account="acct_9")).account == "acct_9"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b'{"id": 1, "type": "x", "created": 1}',
        b'{"id": "evt_1", "type": "x"}',
        b'{"id": "evt_1", "type": "x", "created": "soon"}',
        b'{"id": "evt_1", "type": "x", "created": 1, "data": {"object": [1]}}',
        b'{"id": "evt_1", "type": "x", "created": 1',
        b'{"id": "\xff", "type": "x", "created": 1}',
    ],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        decode(raw.decode())


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_OBJECT = st.fixed_dictionaries({}, optional={"id": _ANY, "customer": _ANY})
_EVENT = {"id": "evt_1", "type": "invoice.paid", "created": 1_700_000_000, "livemode": False, "account": "acct_1"}
_WRONG = st.dictionaries(st.sampled_from([*_EVENT, "data", "related_object"]), _ANY, max_size=2)


@for_all(_OBJECT, _WRONG)
def test_whatever_an_event_says_it_is_refused_or_read_with_a_name_and_a_type(
    about: dict[str, Any], wrong: dict[str, Any]
) -> None:
    asked = {**_EVENT, "data": {"object": about}, **wrong}
    try:
        event = decode(json.dumps(asked))
    except ValueError:
        return
    assert (event.id, event.type) == (asked["id"], asked["type"])
    assert isinstance(event.created_at, int)
    assert isinstance(event.object_id, str | None)
    assert isinstance(event.customer, str | None)


def test_every_type_that_is_handled_says_what_to_ask_for() -> None:
    assert PARTS["invoice.payment_failed"] == SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES
    assert PARTS["customer.deleted"] == SnapshotPart.ALL
    assert all(parts for parts in PARTS.values())
    for prefix, part in {
        "charge.dispute.": SnapshotPart.DISPUTES,
        "refund.": SnapshotPart.CHARGES,
        "invoice.paid": SnapshotPart.INVOICES,
    }.items():
        named = [parts for name, parts in PARTS.items() if name.startswith(prefix)]
        assert named
        assert all(parts is not None and part in parts for parts in named)


# -- storing -----------------------------------------------------------------------------------------------------------


async def known(club: Club) -> CustomerRef:
    customer = await club.customer("ann")
    assert customer.stripe_id is not None
    return customer.stripe_id


async def test_an_event_marks_its_customer_and_wakes_the_settling(club: Club) -> None:
    ann = await known(club)
    stored = await club.webhook(club.provider.event("invoice.paid", "in_1", ann))
    assert (stored.new, stored.state) == (True, "marked")
    assert club.woken == ["customers"]
    (claimed,), _ = await club.claim()
    assert claimed.parts == SnapshotPart.SUBSCRIPTIONS | SnapshotPart.INVOICES


async def test_an_event_is_stored_whole_with_our_time_and_stripe_s(club: Club) -> None:
    event = club.provider.event("invoice.paid", "in_1", await known(club), at=T0 - 5_000)
    await club.webhook(event)
    async with club.store.transaction() as tx:
        stored = await tx.events.get(ACCOUNT, event.id)
    assert stored is not None
    assert (stored.body, stored.created_at, stored.received_at) == (event.body, T0 - 5_000, T0)


async def test_a_second_delivery_changes_nothing_but_puts_what_is_unsettled_to_work_again(club: Club) -> None:
    event = club.provider.event("invoice.paid", "in_1", await known(club))
    await club.webhook(event)
    (claimed,), lease = await club.claim()
    async with club.store.transaction() as tx:  # settled without answering the event: say, the process died half-way
        await tx.customers.settled(claimed.customer.id, lease, claimed.mark_seq, None)
    again = await club.webhook(event)
    assert (again.new, again.state) == (False, "marked")
    assert await club.unsettled() == 1
    await club.settle()
    assert (await club.webhook(event)).state == "settled"
    assert await club.unsettled() == 0


async def test_a_type_that_we_do_not_handle_is_stored_and_marks_nobody(club: Club) -> None:
    stored = await club.webhook(club.provider.event("payment_method.attached", "pm_1", await known(club)))
    assert stored.state == "noted"
    assert await club.unsettled() == 0
    assert club.woken == []


# -- whose it is -------------------------------------------------------------------------------------------------------


async def resolve(club: Club) -> None:
    lease = club.app.lease()
    async with club.store.transaction() as tx:
        events = await tx.events.claim_unresolved(lease, club.machine.at, 10)
    for event in events:
        await webhooks.resolve_event(club.app, event, lease)


async def state_of(club: Club, event_id: str) -> str:
    """A second delivery says what became of the first; what is filed stays so."""
    (event,) = [e for e in club.provider.happened if e.id == event_id]
    return (await club.webhook(event)).state


async def test_a_dispute_leads_to_its_customer(club: Club) -> None:
    club.provider.whose["dp_1"] = await known(club)
    event = club.provider.event("charge.dispute.created", "dp_1")
    assert (await club.webhook(event)).state == "unresolved"
    assert club.woken == ["events"]
    await resolve(club)
    assert await club.unsettled() == 1
    (claimed,), _ = await club.claim()
    assert SnapshotPart.DISPUTES in claimed.parts
    async with club.store.transaction() as tx:
        found: StoredEvent | None = await tx.events.get(ACCOUNT, event.id)
    assert found is not None
    assert found.stripe_customer_id == "cus_ann_usd"


async def test_a_dispute_of_something_else_that_is_sold_is_foreign(club: Club) -> None:
    event = club.provider.event("charge.dispute.created", "dp_9")
    await club.webhook(event)
    await resolve(club)
    assert await state_of(club, event.id) == "foreign"
    assert (await club.store.counts())["events_unresolved"] == 0


async def test_a_stranger_is_asked_about_a_few_times_then_foreign(club: Club) -> None:
    event = club.provider.event("invoice.paid", "in_9", CustomerRef("cus_stranger"))
    await club.webhook(event)
    for _ in range(webhooks.STRANGER_ATTEMPTS):
        assert (await club.store.counts())["events_unresolved"] == 1
        await resolve(club)
        club.pass_time(60_000)
    assert await state_of(club, event.id) == "foreign"


async def test_a_customer_whose_row_came_a_moment_later_is_found(club: Club) -> None:
    event = club.provider.event("invoice.paid", "in_1", CustomerRef("cus_ann_usd"))
    assert (await club.webhook(event)).state == "unresolved"
    await resolve(club)
    await known(club)
    club.pass_time(60_000)
    await resolve(club)
    assert await club.unsettled() == 1


async def test_a_customer_that_is_ours_by_its_metadata_is_waited_for(club: Club) -> None:
    customer: Customer = await club.customer("ann", known=False)
    new = CustomerRef("cus_new")
    await club.webhook(club.provider.event("customer.updated", new, new, metadata={"guestlist_row": customer.id}))
    for _ in range(webhooks.STRANGER_ATTEMPTS + 1):
        await resolve(club)
        club.pass_time(3_600_000)
    async with club.store.transaction() as tx:
        await tx.customers.set_stripe_id(customer.id, new)
    await resolve(club)
    assert await club.unsettled() == 1


async def test_when_stripe_is_away_the_event_waits(club: Club) -> None:
    club.provider.whose["dp_1"] = await known(club)
    await club.webhook(club.provider.event("charge.dispute.created", "dp_1"))
    club.provider.answers = [ProviderUnavailable("down")]
    await resolve(club)
    assert (await club.store.counts())["events_unresolved"] == 1
    club.pass_time(60_000)
    await resolve(club)
    assert await club.unsettled() == 1


async def test_what_can_not_be_stored_is_not_acknowledged(sqlite_url: str) -> None:
    """Invariant 1: an answer means that the event is stored."""
    club = await open_club(await open_store(sqlite_url))
    event = club.provider.event("customer.subscription.updated", SUB, await known(club))
    await club.store.close()
    with pytest.raises(StoreUnavailable):
        await club.webhook(event)
    club = replace(club, app=replace(club.app, store=await open_store(sqlite_url)))
    async with club.store.transaction() as tx:
        assert await tx.events.get(ACCOUNT, event.id) is None
    assert (await club.webhook(event)).new
    await club.store.close()
    reopened = await open_store(sqlite_url)
    async with reopened.transaction() as tx:
        stored = await tx.events.get(ACCOUNT, event.id)
    await reopened.close()
    assert stored is not None
    assert stored.body == event.body


async def test_that_webhooks_come_is_remembered_once_a_minute(club: Club) -> None:
    async def noted() -> int | None:
        async with club.store.transaction() as tx:
            account = await tx.provider_accounts.get(ACCOUNT)
        assert account is not None
        return account.webhook_at

    async def one(name: str) -> None:
        await club.webhook(club.provider.event("customer.subscription.updated", name, await known(club)))

    club.provider.event("customer.subscription.updated", "sub_0", await known(club))
    await read_events(club.app, ACCOUNT)
    assert await noted() is None, "the sweep found it: no webhook has come"
    await one("sub_1")
    first = await noted()
    assert first == club.clock.at
    club.pass_time(30_000)
    await one("sub_2")
    assert await noted() == first
    club.pass_time(30_000)
    await one("sub_3")
    assert await noted() == club.clock.at

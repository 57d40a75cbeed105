"""Stripe's manners on the wire, as the real client meets them: keys, errors, idempotency, lists, expansion."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
import stripe

from sandbox.stripe.http import Call
from sandbox.stripe.store import API_VERSION
from tests.sandbox.billing import DAY, HOUR, a_customer, a_price, a_subscription
from tests.sandbox.conftest import Local


async def raw(local: Local, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any, Any]:
    """One request without the client: (status, JSON, headers)."""
    given = {"Authorization": "Bearer sk_test_x", "Content-Type": "application/x-www-form-urlencoded"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, local.url + path, data=body or None, headers=given) as answer,
    ):
        return answer.status, await answer.json(), answer.headers


async def test_a_request_without_a_key_is_refused(local: Local) -> None:
    status, body, _ = await raw(local, "GET", "/v1/customers", Authorization="")
    assert status == 401
    assert body["error"]["message"].startswith("You did not provide an API key.")


async def test_a_malformed_key_is_refused_and_shown_masked(local: Local) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided") as refused:
        await local.client_for("nonsense_1234567890").v1.customers.list_async()
    assert "nonsense_1234567890" not in str(refused.value)


async def test_another_account_is_refused(local: Local) -> None:
    with pytest.raises(stripe.PermissionError, match="does not have access to account 'acct_other'"):
        await local.client.v1.customers.list_async(None, {"stripe_account": "acct_other"})
    assert (await local.client.v1.accounts.retrieve_current_async()).id == "acct_sandbox00000001"


async def test_live_and_test_are_kept_apart(local: Local) -> None:
    customer = await a_customer(local, None)
    live = local.client_for("sk_live_abc")
    with pytest.raises(stripe.InvalidRequestError, match="a similar object exists in test mode, but a live mode key"):
        await live.v1.customers.retrieve_async(customer.id)
    mine = await live.v1.customers.create_async({"email": "live@example.com"})
    assert mine.livemode is True
    assert [found.id for found in (await live.v1.customers.list_async()).data] == [mine.id]
    assert {event.livemode for event in (await live.v1.events.list_async()).data} == {True}


async def test_answers_carry_request_id_and_version(local: Local) -> None:
    _, _, headers = await raw(local, "GET", "/v1/customers")
    assert headers["Request-Id"].startswith("req_")
    assert headers["Stripe-Version"] == API_VERSION == stripe.api_version


async def test_an_unknown_address_and_an_unknown_object_and_an_unknown_parameter(local: Local) -> None:
    status, body, _ = await raw(local, "GET", "/v1/nonsense")
    assert status == 404
    assert body["error"]["message"].startswith("Unrecognized request URL (GET: /v1/nonsense)")
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_none'") as missing:
        await local.client.v1.customers.retrieve_async("cus_none")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (404, "resource_missing", "id")
    status, body, _ = await raw(local, "POST", "/v1/subscriptions", "coupon=OLD")
    assert status == 400
    assert (body["error"]["code"], body["error"]["param"]) == ("parameter_unknown", "coupon")


async def test_an_error_tells_type_code_parameter_and_where_to_read_on(local: Local) -> None:
    status, body, headers = await raw(local, "POST", "/v1/prices", "unit_amount=1&product=x")
    assert status == 400
    error = body["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", "parameter_missing", "currency")
    assert error["doc_url"] == "https://docs.stripe.com/error-codes/parameter-missing"
    assert headers["Request-Id"] in error["request_log_url"]


async def test_the_same_idempotency_key_makes_one_object_and_says_it_is_a_replay(local: Local) -> None:
    first = await raw(local, "POST", "/v1/customers", "name=Ada", Idempotency_Key="k1")
    again = await raw(local, "POST", "/v1/customers", "name=Ada", Idempotency_Key="k1")
    assert first[1] == again[1]
    assert "Idempotent-Replayed" not in first[2]
    assert again[2]["Idempotent-Replayed"] == "true"
    assert again[2]["Original-Request"] == first[2]["Request-Id"]
    assert len((await local.client.v1.customers.list_async()).data) == 1


async def test_the_key_with_other_parameters_or_another_address_is_refused(local: Local) -> None:
    await raw(local, "POST", "/v1/customers", "name=Ada", Idempotency_Key="k1")
    for path, body in (("/v1/customers", "name=Eve"), ("/v1/products", "name=Ada")):
        status, answer, _ = await raw(local, "POST", path, body, Idempotency_Key="k1")
        assert (status, answer["error"]["type"]) == (400, "idempotency_error")


async def test_the_key_is_forgotten_after_24_hours(local: Local) -> None:
    first = await raw(local, "POST", "/v1/customers", "name=Ada", Idempotency_Key="k1")
    await local.clock.advance(23 * HOUR)
    assert (await raw(local, "POST", "/v1/customers", "name=Ada", Idempotency_Key="k1"))[1] == first[1]
    await local.clock.advance(1 * HOUR + 1)
    later = await raw(local, "POST", "/v1/customers", "name=Eve", Idempotency_Key="k1")
    assert later[0] == 200
    assert later[1]["id"] != first[1]["id"]


async def test_a_refusal_after_execution_is_replayed_but_a_refused_parameter_leaves_the_key_free(local: Local) -> None:
    customer = await a_customer(local, None)
    body = f"customer={customer.id}"
    first = await raw(local, "POST", "/v1/payment_methods/pm_card_chargeDeclined/attach", body, Idempotency_Key="k1")
    again = await raw(local, "POST", "/v1/payment_methods/pm_card_chargeDeclined/attach", body, Idempotency_Key="k1")
    assert (first[0], again[0]) == (402, 402)
    assert again[2]["Idempotent-Replayed"] == "true"
    assert (await raw(local, "POST", "/v1/products", "", Idempotency_Key="k2"))[0] == 400
    assert (await raw(local, "POST", "/v1/products", "name=Pro", Idempotency_Key="k2"))[0] == 200


async def test_a_server_error_is_replayed_as_it_was(local: Local) -> None:
    calls = 0

    async def broken(_call: Call) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        raise RuntimeError("the work went wrong half way")

    # A sandbox of its own, since routes can't be added to a running server.
    async with _serving(broken) as url:
        for _ in range(2):
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, headers={"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k"}) as answer,
            ):
                assert answer.status == 500
                assert (await answer.json())["error"]["type"] == "api_error"
    assert calls == 1


async def test_a_second_request_under_a_running_key_is_told_so(local: Local) -> None:
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(_call: Call) -> dict[str, Any]:
        entered.set()
        await release.wait()
        return {"id": "slow_1", "object": "slow"}

    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k"}
    async with _serving(slow) as url, aiohttp.ClientSession() as session:
        first = asyncio.create_task(session.post(url, headers=headers))
        await asyncio.wait_for(entered.wait(), 60)
        async with session.post(url, headers=headers) as second:
            assert second.status == 409
            assert second.headers["Stripe-Should-Retry"] == "true"
            assert (await second.json())["error"]["code"] == "idempotency_key_in_use"
        release.set()
        assert (await first).status == 200


def _serving(handler: Any) -> Any:
    """A server whose only work is `handler`, at the address that it yields."""
    from contextlib import asynccontextmanager

    from aiohttp import web
    from aiohttp.test_utils import TestServer

    from sandbox.clock import Clock
    from sandbox.stripe import StripeSandbox

    @asynccontextmanager
    async def run() -> Any:
        sandbox = StripeSandbox(Clock(), lambda: "")
        sandbox.api.route("POST", "/v1/special", handler)
        app = web.Application()
        app.add_routes(sandbox.routes())
        async with TestServer(app) as server:
            yield str(server.make_url("/v1/special"))
        await sandbox.close()

    return run()


async def test_lists_are_paged_both_ways_newest_first(local: Local) -> None:
    ids = [(await a_customer(local, None)).id for _ in range(5)][::-1]
    customers = local.client.v1.customers
    first = await customers.list_async({"limit": 2})
    assert ([found.id for found in first.data], first.has_more) == (ids[:2], True)
    second = await customers.list_async({"limit": 3, "starting_after": ids[1]})
    assert ([found.id for found in second.data], second.has_more) == (ids[2:], False)
    back = await customers.list_async({"limit": 2, "ending_before": ids[3]})
    assert ([found.id for found in back.data], back.has_more) == (ids[1:3], True)
    assert [found.id async for found in first.auto_paging_iter()] == ids
    assert [len((await customers.list_async({"limit": limit})).data) for limit in (0, 101)] == [1, 5]
    with pytest.raises(stripe.InvalidRequestError, match="Received both starting_after and ending_before"):
        await customers.list_async({"starting_after": ids[0], "ending_before": ids[1]})


async def test_lists_can_be_bounded_by_when_things_were_made(local: Local) -> None:
    await a_customer(local, None)
    await local.clock.advance(DAY)
    moment = int(local.clock.now())
    later = await a_customer(local, None)
    found = await local.client.v1.customers.list_async({"created": {"gte": moment}})
    assert [customer.id for customer in found.data] == [later.id]
    assert (await local.client.v1.customers.list_async({"created": {"gt": moment + 5}})).data == []


async def test_expansion_goes_through_lists_and_stops_at_four_levels(local: Local) -> None:
    customer = await a_customer(local)
    subscription = await a_subscription(local, customer)
    found = await local.client.v1.subscriptions.list_async(
        {"customer": customer.id, "expand": ["data.latest_invoice.payments", "data.customer"]}
    )
    one = found.data[0]
    assert isinstance(one.customer, stripe.Customer)
    assert isinstance(one.latest_invoice, stripe.Invoice)
    assert one.latest_invoice.payments is not None
    assert one.latest_invoice.payments.data[0].status == "paid"
    plain = await local.client.v1.subscriptions.retrieve_async(subscription.id)
    assert isinstance(plain.latest_invoice, str)
    with pytest.raises(stripe.InvalidRequestError, match="cannot expand more than 4 levels"):
        await local.client.v1.subscriptions.list_async({"expand": ["data.items.data.price.product"]})
    with pytest.raises(stripe.InvalidRequestError, match=r"This property cannot be expanded \(nonsense\)"):
        await local.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["nonsense"]})


async def test_metadata_is_merged_key_by_key(local: Local) -> None:
    customers = local.client.v1.customers
    customer = await customers.create_async({"metadata": {"a": "1", "b": "2"}})
    changed = await customers.update_async(customer.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}
    cleared = await customers.update_async(customer.id, {"metadata": ""})
    assert cleared.metadata is not None
    assert cleared.metadata.to_dict() == {}
    with pytest.raises(stripe.InvalidRequestError, match="500 characters"):
        await customers.update_async(customer.id, {"metadata": {"long": "x" * 501}})


async def test_an_event_holds_the_object_as_it_was_and_what_it_was_before(local: Local) -> None:
    customer = await a_customer(local, None)
    await local.client.v1.customers.update_async(customer.id, {"name": "Ada"}, {"idempotency_key": "k"})
    await local.client.v1.customers.update_async(customer.id, {"name": "Eve"})
    events = (await local.client.v1.events.list_async({"type": "customer.updated"})).data
    assert [event.data.object["name"] for event in events] == ["Eve", "Ada"]
    assert events[0].data.to_dict()["previous_attributes"] == {"name": "Ada"}
    assert events[1].request is not None
    assert events[1].request.idempotency_key == "k"
    assert events[0].api_version == API_VERSION


async def test_events_are_listed_by_types_and_for_30_days(local: Local) -> None:
    await a_customer(local, None)
    price = await a_price(local)
    events = local.client.v1.events
    found = await events.list_async({"types": ["price.created", "product.created"]})
    assert [event.type for event in found.data] == ["price.created", "product.created"]
    assert found.data[0].data.object["id"] == price.id
    await local.clock.advance(31 * DAY)
    assert (await events.list_async()).data == []


async def test_a_declined_card_cannot_be_saved_but_0341_can(local: Local) -> None:
    customer = await a_customer(local, None)
    attach = local.client.v1.payment_methods.attach_async
    with pytest.raises(stripe.CardError, match=r"Your card was declined\.") as declined:
        await attach("pm_card_chargeDeclined", {"customer": customer.id})
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "generic_decline"
    with pytest.raises(stripe.CardError, match="insufficient funds"):
        await attach("pm_card_chargeDeclinedInsufficientFunds", {"customer": customer.id})
    saved = await attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    assert saved.customer == customer.id
    await local.client.v1.payment_methods.detach_async(saved.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await attach(saved.id, {"customer": customer.id})

"""Webhooks as a receiver sees them: signed, in order, tried again; and the mischief that can be asked for."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import stripe
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.sent_request import SentRequest
from sandbox.stripe.delivery import signature_header
from tests.sandbox.conftest import Local

SECRET = "whsec_fixed_for_this_test"


@dataclass
class Receiver:
    """A shop's webhook listener: keeps what it got and answers as it is told."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """Answers to give, in turn; 200 when there are none left."""
    got: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    pause: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.text()
        await self.pause.wait()
        self.got.append((body, dict(request.headers)))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body, _ in self.got]

    @property
    def names(self) -> list[str]:
        return [json.loads(body)["data"]["object"]["name"] for body, _ in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    here = Receiver()
    here.pause.set()
    app = web.Application()
    app.router.add_post("/webhooks/stripe", here.serve)
    server = TestServer(app)
    await server.start_server()
    here.url = str(server.make_url("/webhooks/stripe"))
    yield here
    here.pause.set()
    await server.close()


async def made(local: Local, *names: str) -> None:
    for name in names:
        await local.client.v1.customers.create_async({"name": name})


def deliveries(local: Local) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = local.sandbox.state()["deliveries"]
    return found


async def test_an_endpoint_made_by_the_api_gets_signed_events_that_the_client_accepts(
    local: Local, receiver: Receiver
) -> None:
    endpoint = await local.client.v1.webhook_endpoints.create_async({"url": receiver.url, "enabled_events": ["*"]})
    assert endpoint.secret is not None
    await made(local, "Ana Müller")
    await local.sandbox.settled()
    [(body, headers)] = receiver.got
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], endpoint.secret, tolerance=300)
    assert event.type == "customer.created"
    assert event.pending_webhooks == 1
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["User-Agent"].startswith("Stripe/1.0")
    assert "Ana Müller" in body
    assert body == json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    assert (await local.client.v1.events.retrieve_async(event.id)).pending_webhooks == 0


async def test_the_secret_is_told_once_and_the_endpoint_can_be_changed_and_removed(
    local: Local, receiver: Receiver
) -> None:
    endpoints = local.client.v1.webhook_endpoints
    made_one = await endpoints.create_async({"url": receiver.url, "enabled_events": ["invoice.paid"]})
    read = await endpoints.retrieve_async(made_one.id)
    assert "secret" not in read
    changed = await endpoints.update_async(made_one.id, {"disabled": True, "metadata": {"by": "test"}})
    assert (changed.status, changed.metadata["by"]) == ("disabled", "test")
    assert [one.id for one in (await endpoints.list_async()).data] == [made_one.id]
    assert (await endpoints.delete_async(made_one.id)).deleted
    with pytest.raises(stripe.InvalidRequestError):
        await endpoints.retrieve_async(made_one.id)
    with pytest.raises(stripe.InvalidRequestError, match="scheme"):
        await endpoints.create_async({"url": "example.com/hook", "enabled_events": ["*"]})


async def test_the_signature_uses_real_time_even_when_the_clock_was_moved(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    await local.clock.advance(40 * 86_400)
    await made(local, "Ana")
    await local.sandbox.settled()
    [(body, headers)] = receiver.got
    event = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET, tolerance=300)
    assert event.created > time.time() + 39 * 86_400


async def test_a_secret_being_rolled_signs_twice(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, ["whsec_old"])
    local.sandbox.webhook_endpoints.register(receiver.url, ["whsec_new", "whsec_old"])
    await made(local, "Ana")
    await local.sandbox.settled()
    [(body, headers)] = receiver.got
    for secret in ("whsec_new", "whsec_old"):
        assert stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], secret, 300)


def test_the_signature_is_the_one_that_the_client_would_make() -> None:
    ours = signature_header("{}", [SECRET], 1_763_880_000)
    assert ours == stripe.WebhookSignature.generate_signature_header("{}", SECRET, 1_763_880_000)


async def test_each_endpoint_gets_only_the_types_it_asked_for(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET], enabled_events=["customer.deleted"])
    customer = await local.client.v1.customers.create_async({"name": "Ana"})
    await local.client.v1.customers.delete_async(customer.id)
    await local.sandbox.settled()
    assert receiver.types == ["customer.deleted"]


async def test_events_arrive_in_the_order_they_happened(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    names = [f"member {number}" for number in range(40)]
    await made(local, *names)
    await local.sandbox.settled()
    assert receiver.names == names


async def test_a_refused_event_is_tried_again_on_the_sandboxs_clock(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    receiver.statuses = [500, 302, 503]
    await made(local, "Ana")
    await local.sandbox.settled()
    assert len(receiver.got) == 1
    pending = await local.client.v1.events.list_async({"delivery_success": False})
    assert [(event.type, event.pending_webhooks) for event in pending.data] == [("customer.created", 1)]
    await local.clock.advance(3 * 3600)
    [delivery] = deliveries(local)
    assert (delivery["state"], [attempt["status"] for attempt in delivery["attempts"]]) == (
        "delivered",
        [500, 302, 503, 200],
    )
    waits = [round(b["at"] - a["at"]) for a, b in zip(delivery["attempts"], delivery["attempts"][1:], strict=False)]
    assert waits == sorted(waits)
    assert (await local.client.v1.events.list_async({"delivery_success": False})).data == []


async def test_after_three_days_an_event_is_given_up(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    receiver.statuses = [500] * 100
    await made(local, "Ana")
    await local.sandbox.settled()
    await local.clock.advance(10 * 86_400)
    [delivery] = deliveries(local)
    assert delivery["state"] == "failed"
    first, last = delivery["attempts"][0]["at"], delivery["attempts"][-1]["at"]
    assert 2 * 86_400 < last - first <= 3 * 86_400
    assert len((await local.client.v1.events.list_async({"delivery_success": False})).data) == 1


async def test_a_receiver_that_is_not_there_is_an_attempt_that_failed(local: Local) -> None:
    local.sandbox.webhook_endpoints.register("http://127.0.0.1:9/webhooks/stripe", [SECRET])
    await made(local, "Ana")
    await local.sandbox.settled()
    [delivery] = deliveries(local)
    assert delivery["state"] == "pending"
    assert delivery["attempts"][0]["error"]


async def test_a_slow_receiver_does_not_hold_up_the_sandbox(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    receiver.pause.clear()
    await made(local, "Ana", "Bo", "Cy")
    await local.clock.advance(86_400)
    assert receiver.got == []
    receiver.pause.set()
    await local.sandbox.settled()
    assert sorted(receiver.names) == ["Ana", "Bo", "Cy"]


async def test_each_delivery_can_be_doubled(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    assert local.sandbox.webhook_control(duplicate=3)["duplicate"] == 3
    await made(local, "Ana")
    await local.sandbox.settled()
    assert receiver.names == ["Ana"] * 3
    assert len({json.loads(body)["id"] for body, _ in receiver.got}) == 1
    local.sandbox.webhook_control(duplicate=False)
    await made(local, "Bo")
    await local.sandbox.settled()
    assert receiver.names == ["Ana", "Ana", "Ana", "Bo"]


async def test_what_is_dropped_never_comes_and_counts_as_not_delivered(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    local.sandbox.webhook_control(drop=True)
    await made(local, "Ana")
    local.sandbox.webhook_control(drop=False)
    await made(local, "Bo")
    local.sandbox.webhook_control(drop=1)
    await made(local, "Cy", "Di")
    await local.clock.advance(4 * 86_400)
    await local.sandbox.settled()
    assert receiver.names == ["Bo", "Di"]
    lost = await local.client.v1.events.list_async({"delivery_success": False})
    assert [event.data.object["name"] for event in lost.data] == ["Cy", "Ana"]


async def test_held_deliveries_wait_until_they_are_let_go(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    local.sandbox.webhook_control(hold=True)
    await made(local, "Ana", "Bo", "Cy")
    await local.sandbox.settled()
    assert receiver.names == []
    assert local.sandbox.webhook_control()["queued"] == 3
    local.sandbox.webhook_control(release=1)
    await local.sandbox.settled()
    assert receiver.names == ["Ana"]
    assert local.sandbox.webhook_control(release=True)["hold"] is False
    await local.sandbox.settled()
    assert receiver.names == ["Ana", "Bo", "Cy"]


async def test_a_held_batch_goes_out_shuffled_and_the_seed_repeats_it(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    names = [f"member {number}" for number in range(12)]
    orders = []
    for _ in range(2):
        local.sandbox.webhook_control(hold=True)
        await made(local, *names)
        local.sandbox.webhook_control(shuffle=7)
        local.sandbox.webhook_control(release=True)
        await local.sandbox.settled()
        orders.append(receiver.names)
        receiver.got.clear()
    assert orders[0] == orders[1] != names
    assert sorted(orders[0]) == sorted(names)


async def test_deliveries_can_be_spread_each_copy_by_itself(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    names = [f"member {number}" for number in range(12)]
    assert local.sandbox.webhook_control(duplicate=2, spread=1)["spread"] == 1
    await made(local, *names)
    await local.sandbox.settled()
    assert sorted(receiver.names) == sorted(names * 2)
    assert receiver.names not in (names * 2, [name for name in names for _ in range(2)])
    local.sandbox.webhook_control(duplicate=False, spread=False)
    receiver.got.clear()
    await made(local, *names)
    await local.sandbox.settled()
    assert receiver.names == names


async def test_live_events_do_not_reach_a_test_endpoint(local: Local, receiver: Receiver) -> None:
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    await local.client_for("sk_live_sandbox").v1.customers.create_async({"name": "Live"})
    await made(local, "Test")
    await local.sandbox.settled()
    assert receiver.names == ["Test"]


async def test_a_recorder_sees_every_delivery_with_its_answer(local: Local, receiver: Receiver) -> None:
    seen: list[SentRequest] = []
    local.sandbox.deliveries.observers.append(seen.append)
    local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    receiver.statuses = [204]
    await made(local, "Ana")
    await local.sandbox.settled()
    [one] = seen
    assert (one.url, one.status, one.error) == (receiver.url, 204, None)
    assert json.loads(one.body)["type"] == "customer.created"


async def test_mischief_that_makes_no_sense_is_refused(local: Local) -> None:
    wrong: Any = "often"
    with pytest.raises(TypeError, match="duplicate is a whole number"):
        local.sandbox.webhook_control(duplicate=wrong)


async def test_an_event_for_an_endpoint_that_is_gone_ends_as_failed(local: Local, receiver: Receiver) -> None:
    endpoint = local.sandbox.webhook_endpoints.register(receiver.url, [SECRET])
    receiver.statuses = [500]
    await made(local, "Ana")
    await local.sandbox.settled()
    await local.client.v1.webhook_endpoints.delete_async(endpoint["id"])
    await local.clock.advance(3600)
    [delivery] = deliveries(local)
    assert delivery["state"] == "failed"
    assert delivery["attempts"][-1]["error"] == "the endpoint is gone or disabled"

"""Faults: what a service answers when it is slow, broken, or gone after the work was done."""

import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.discord_bot import ADA, GUILD, PRO, SEED, Person

BOT = {"Authorization": "Bot x"}
KEY = {"Authorization": "Bearer sk_test_1"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.discord.seed(SEED)
        yield made


async def ask(person: Person, path: str, headers: dict[str, str] = BOT, method: str = "GET") -> tuple[int, str]:
    async with person.session.request(method, person.url + path, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_fault_answers_so_many_times_and_then_no_more(person: Person) -> None:
    fault = {"service": "discord", "method": "GET", "path": "/guilds/*", "status": 500, "times": 2}
    await person.post("/faults", fault)
    path = f"/api/v10/guilds/{GUILD}"
    assert [(await ask(person, path))[0] for _ in range(3)] == [500, 500, 200]
    assert (await person.get("/faults"))["faults"] == []


async def test_other_requests_are_not_met(person: Person) -> None:
    await person.post("/faults", {"service": "stripe", "path": "/v1/customers*", "status": 503, "times": 0})
    assert (await ask(person, "/api/v10/users/@me"))[0] == 200
    assert (await ask(person, "/v1/products", KEY))[0] == 200
    status, body = await ask(person, "/v1/customers?limit=1", KEY)
    assert (status, "api_error" in body) == (503, True)
    (waiting,) = (await person.get("/faults"))["faults"]
    assert (waiting["hits"], waiting["times"]) == (1, None)
    async with person.session.delete(f"{person.url}/sandbox/faults/{waiting['id']}") as answer:
        assert await answer.json() == {"cleared": 1}
    assert (await ask(person, "/v1/customers", KEY))[0] == 200


async def test_a_fault_after_the_work_leaves_the_work_done(sandbox: Sandbox, person: Person) -> None:
    await person.post("/faults", {"service": "discord", "method": "PUT", "status": 502, "after": True})
    path = f"/api/v10/guilds/{GUILD}/members/{ADA}/roles/{PRO}"
    assert (await ask(person, path, method="PUT"))[0] == 502
    assert await person.roles_of(ADA) == ["Pro"]


async def test_a_fault_before_the_work_leaves_it_undone_and_may_close_the_connection(person: Person) -> None:
    # Twice: aiohttp itself asks again once when a connection breaks.
    await person.post("/faults", {"service": "discord", "drop": True, "times": 2})
    path = f"/api/v10/guilds/{GUILD}/members/{ADA}/roles/{PRO}"
    with pytest.raises(aiohttp.ClientError):
        await ask(person, path, method="PUT")
    assert await person.roles_of(ADA) == []


async def test_a_delay_alone_only_delays(person: Person) -> None:
    await person.post("/faults", {"service": "stripe", "delay": 0.2})
    began = time.monotonic()
    assert (await ask(person, "/v1/customers", KEY))[0] == 200
    assert time.monotonic() - began >= 0.2


async def test_bodies_and_headers_are_the_scripts_own(person: Person) -> None:
    fault = {"service": "stripe", "status": 429, "headers": {"Retry-After": "7"}, "body": {"error": {"type": "x"}}}
    await person.post("/faults", fault)
    async with person.session.get(person.url + "/v1/customers", headers=KEY) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert await answer.json() == {"error": {"type": "x"}}
    await person.post("/faults", {"status": 503, "body": "<h1>down</h1>"})
    assert (await ask(person, "/api/v10/users/@me"))[1] == "<h1>down</h1>"


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({}, "That fault does nothing"),
        ({"service": "paypal", "status": 500}, "service is one of"),
        ({"status": "500"}, "status is a number"),
        ({"status": 500, "times": -1}, "times is how many"),
        ({"delay": 1e9}, "delay is a number"),
        ({"statuss": 500}, "A fault has no key 'statuss'"),
        ({"status": 500, "headers": []}, ""),
    ],
)
async def test_a_fault_that_can_not_be_played_is_refused(person: Person, fault: dict[str, Any], word: str) -> None:
    if not word:
        fault, word = {**fault, "headers": "x"}, "headers is an object"
    assert word in (await person.post("/faults", fault, 400))["error"]

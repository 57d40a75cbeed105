"""The sandbox as a whole: its clock, its seed, its controls and what they say to nonsense."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sandbox.discord_bot import GUILD, SEED, Person


async def test_a_minimal_seed_makes_a_guild_in_which_the_bot_can_work(person: Person) -> None:
    made = await person.post("/seed", {"discord": {"guilds": [{"name": "Club", "roles": ["Pro"], "members": ["ada"]}]}})
    (guild,) = made["discord"]["guilds"]
    assert [role["name"] for role in guild["roles"]] == ["@everyone", "Pro", "Guestlist"]
    assert [member["name"] for member in guild["members"]] == ["owner", "ada", "Guestlist"]
    assert [channel["name"] for channel in guild["channels"]] == ["general"]
    assert (await person.get(f"/discord/guilds/{guild['id']}"))["name"] == "Club"
    state = await person.get("/state")
    assert [g["id"] for g in state["discord"]["guilds"]] == [guild["id"]]
    assert state["stripe"]["deliveries"] == []


async def test_a_seed_may_put_roles_above_the_bots_own(person: Person) -> None:
    guild = {**SEED["guilds"][0], "roles": ["Pro", "Boss"], "members": [], "bot": {"position": 2}}
    made = await person.post("/seed", {"discord": {"users": SEED["users"], "guilds": [guild]}})
    assert [role["name"] for role in made["discord"]["guilds"][0]["roles"]] == ["@everyone", "Pro", "Guestlist", "Boss"]


@pytest.mark.parametrize(
    ("seed", "sentence"),
    [
        (
            {"slack": {}},
            'Give what to make under "discord": {"guilds": [...], "users": [...]} or '
            '"telegram": {"chats": [...], "users": [...]}.',
        ),
        ({"discord": {"guild": []}}, "discord has no key 'guild': use application, guilds, users, rate_limits."),
        (
            {"discord": {"guilds": [{"id": "x"}]}},
            "guilds.id is a Discord id: give a positive number, as text or not; 'x' is none.",
        ),
        (
            {"discord": {"guilds": [{"members": [{"user": "ada", "roles": ["Pro"]}]}]}},
            "There is no role 'Pro' in Test server: list it in the guild's roles first.",
        ),
        (
            {"discord": {"application": {"intents": ["everything"]}}},
            "application.intents lists what the portal has on, of: members, presences, message_content.",
        ),
        ({"discord": {"guilds": {}, "users": 3}}, "users is a list: give it as [...]."),
        (
            {"discord": {"rate_limits": {"other": {"requests": 5, "seconds": 0}}}},
            'rate_limits.other is {"requests": 30, "seconds": 1}; give both as numbers.',
        ),
        (
            {"discord": {"guilds": [{"roles": [{"name": "Pro", "position": "top"}]}]}},
            "roles.position is a whole number: give one; 'top' is none.",
        ),
    ],
)
async def test_a_seed_that_can_not_be_read_is_refused(person: Person, seed: dict[str, Any], sentence: str) -> None:
    assert (await person.post("/seed", seed, 400))["error"] == sentence


async def test_the_clock_moves_and_tells_who_waits_for_it(person: Person) -> None:
    before = await person.get("/clock")
    assert before["offset"] == 0
    waiting = asyncio.create_task(person.get("/clock?offset=0.0&wait=20"))
    await asyncio.sleep(0.05)
    moved = await person.post("/clock", {"advance": "31d"})
    assert abs(moved["offset"] - 31 * 86_400) < 5
    assert abs((await asyncio.wait_for(waiting, 60))["offset"] - moved["offset"]) < 1
    began = time.monotonic()
    still = await person.get(f"/clock?offset={moved['offset']}&wait=0.1")
    assert time.monotonic() - began >= 0.1
    assert abs(still["offset"] - moved["offset"]) < 1e-6


@pytest.mark.parametrize("advance", ["soon", "-3d", None, True, "1e99d", ""])
async def test_the_clock_takes_lengths_of_time_only(person: Person, advance: object) -> None:
    refused = await person.post("/clock", {"advance": advance}, 400)
    assert refused["error"].startswith('Say how far: "advance" is a number with a unit')


async def test_controls_say_what_is_wrong_with_a_request(person: Person) -> None:
    async with person.session.post(f"{person.url}/sandbox/clock", data="{") as answer:
        assert (answer.status, (await answer.json())["error"]) == (
            400,
            "The body is no JSON: send an object, such as {}.",
        )
    async with person.session.get(f"{person.url}/sandbox/nothing") as answer:
        assert answer.status == 404
        assert "docs/sandbox.md" in (await answer.json())["error"]
    missing = await person.post("/discord/member", {"guild": 5, "user": "ada", "action": "join"}, 400)
    assert missing["error"] == "There is no guild 5; there are: none: seed one first."
    await person.post("/seed", {"discord": SEED})
    members: list[tuple[dict[str, Any], str]] = [
        (
            {"user": "ada", "action": "fly"},
            '"action" is one of join, leave, ban, unban, block_dms, allow_dms, accept_rules: give one.',
        ),
        ({"user": "zoe", "action": "join"}, "There is no user 'zoe': seed her first, or use her id."),
        ({"action": "join"}, 'Say who acts: give "user" an id or a name.'),
        ({"user": "ada", "action": "join"}, "ada can't join Chess club: she is in it already."),
        ({"user": "ada", "action": "unban"}, "ada is not banned from Chess club: there is nothing to lift."),
    ]
    for body, sentence in members:
        assert (await person.post("/discord/member", body, 400))["error"] == sentence
    roles: list[tuple[dict[str, Any], str]] = [
        ({"action": "give", "role": "Gold", "user": "ada"}, "There is no role 'Gold' in Chess club; there are: "),
        ({"action": "paint", "role": "Pro"}, '"action" is one of give, take, create, update, move, delete'),
        ({"action": "move", "role": "Pro"}, 'Say where to: give "position", 1 is lowest.'),
        ({"action": "create", "permissions": ["fly"]}, "no permission is called 'fly'"),
    ]
    for body, sentence in roles:
        assert sentence in (await person.post("/discord/role", body, 400))["error"]
    assert '"action" is one of close' in (await person.post("/discord/gateway", {}, 400))["error"]


async def test_stripes_refusals_come_through_the_controls(person: Person) -> None:
    refused = await person.post("/stripe/refund", {"invoice": "in_none"}, 400)
    assert refused["error"].startswith("No successful charge was found for this")
    assert "There is no 'inv' here" in (await person.post("/stripe/refund", {"inv": "x"}, 400))["error"]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("refund", {"invoice": "in_1", "amount": 1.5}, '"amount" is a whole number of minor units: give one, such as'),
        ("refund", {"invoice": "in_1", "amount": True}, '"amount" is a whole number of minor units'),
        ("dispute", {"invoice": "in_1", "amount": "5"}, '"amount" is a whole number of minor units'),
        ("refund", {}, "Say what it is about: give one of charge, payment_intent, invoice, subscription."),
        ("refund", {"invoice": "in_1", "charge": "ch_1"}, "Say what it is about: give one of charge"),
        ("refund", {"invoice": "in_1", "status": "odd"}, "Invalid status: odd; give succeeded or failed."),
        (
            "pay",
            {"session": "cs_1"},
            'Say with which card: give "card" a number such as "4242424242424242", or "visa".',
        ),
        ("pay", {"session": "cs_1", "card": 4242424242424242}, '"card" is a text: give it in quotes.'),
        ("pay", {"card": "visa"}, "Say what it is about: give one of session, invoice, link."),
    ],
)
async def test_what_is_done_at_stripe_must_be_said_rightly(
    person: Person, path: str, body: dict[str, Any], sentence: str
) -> None:
    assert (await person.post(f"/stripe/{path}", body, 400))["error"].startswith(sentence)


async def test_what_becomes_of_an_unpaid_subscription_is_a_setting(person: Person) -> None:
    kept = {"dunning_end": "canceled", "bounced_first": "past_due"}
    assert await person.post("/stripe/settings", {}) == kept
    assert await person.post("/stripe/settings", {"dunning_end": "unpaid"}) == kept | {"dunning_end": "unpaid"}
    refused = await person.post("/stripe/settings", {"dunning_end": "never"}, 400)
    assert refused["error"] == "dunning_end is one of canceled, unpaid, past_due; it was 'never'."
    assert await person.post("/stripe/settings", {}) == kept | {"dunning_end": "unpaid"}
    refused = await person.post("/stripe/settings", {"bounced_first": "void"}, 400)
    assert refused["error"] == "bounced_first is one of past_due, active; it was 'void'."


async def test_webhook_endpoints_are_registered_with_a_secret_of_ones_own(person: Person) -> None:
    body = {"url": "http://127.0.0.1:9/webhooks/stripe", "secret": "whsec_demo"}
    made = await person.post("/webhooks", body)
    assert made["url"] == body["url"]
    assert "secret" in (await person.post("/webhooks", {"url": body["url"]}, 400))["error"]
    held = await person.post("/webhooks", {"hold": True})
    assert held["hold"] is True
    assert (await person.get("/webhooks"))["hold"] is True
    await person.post("/webhooks", {"release": True, "drop": False})
    assert (await person.post("/settle", {}))["offset"] == 0


async def test_unknown_paths_of_discord_answer_as_discord_does(person: Person) -> None:
    async with person.session.get(f"{person.url}/api/v10/nothing/here", headers={"Authorization": "Bot x"}) as answer:
        assert answer.status == 404
        assert answer.headers["Content-Type"] == "application/json"
        assert await answer.json() == {"message": "404: Not Found", "code": 0}
    async with person.session.get(f"{person.url}/api/v10/guilds/{GUILD}") as answer:
        assert answer.status == 401


async def test_the_process_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    har = tmp_path / "x.har"
    code = f"from pathlib import Path; from sandbox.server import run; run(0, Path({str(har)!r}))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        url = line.split()[1]
        async with aiohttp.ClientSession() as session, session.get(f"{url}/api/v10/gateway") as answer:
            assert (await answer.json())["url"] == url.replace("http", "ws") + "/gateway"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert len(json.loads(har.read_text())["log"]["entries"]) == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

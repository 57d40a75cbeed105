"""Whatever goes wrong, a person gets an answer, and the log a line with the same number."""

import contextlib
import re
import sqlite3
from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.model import Reply, Request
from payments.flows.runtime.context import AppContext
from tests.commands.conftest import ADA, MIA, Town


async def test_a_command_or_button_of_another_version_is_said_so(town: Town) -> None:
    assert "I don't know this command. `/help`" in (await town.ask(MIA, "gift")).text
    assert "from an older message" in (await town.press(MIA, "gift:1")).text
    assert "älteren Nachricht" in (await town.press(MIA, "", reader="de")).text


@pytest.mark.parametrize("action", ["retry", "archive", "role_keep", "role_lose:x", "end_comp", "breaker_go:x"])
async def test_a_mangled_button_is_answered(town: Town, action: str) -> None:
    assert (await town.press(ADA, action)).text
    assert "went wrong" not in (await town.press(ADA, action)).text


async def test_stripe_down_is_said_with_a_number_for_the_admins(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    await town.plan()
    town.sandbox.faults.add({"service": "stripe", "method": "POST", "path": "*", "status": 500, "times": 20})
    answer = (await town.ask(MIA, "subscribe", plan="Pro")).text
    assert "Stripe isn't answering right now. Try again in a minute; nothing was charged twice" in answer
    number = re.findall(r"admins: ([0-9a-f]{8})", answer)
    assert number
    assert number[0] in caplog.text


async def test_a_plan_made_while_stripe_is_down_is_sold_later(town: Town) -> None:
    await town.ask(ADA, "plan list")
    town.sandbox.faults.add({"service": "stripe", "method": "POST", "path": "*", "status": 500, "times": 20})
    made = (await town.plan()).text
    assert "goes on sale by itself" in made
    assert "no price yet" in (await town.ask(ADA, "plan list")).text


async def test_a_database_that_can_not_be_reached_is_said(town: Town, sqlite_url: str) -> None:
    await town.plan()
    path = sqlite_url.removeprefix("sqlite:///").partition("?")[0]
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")  # another program holds it
        assert "I can't reach my database" in (await town.ask(MIA, "membership")).text
        assert await town.complete(MIA, "subscribe", "plan", "") == ()
    assert "I can't reach my database" not in (await town.ask(MIA, "membership")).text


async def test_what_takes_too_long_is_given_up_with_a_sentence(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.plan()
    town.sandbox.faults.add({"service": "stripe", "method": "POST", "path": "*", "delay": 5, "times": 5})
    monkeypatch.setattr(dispatch, "ANSWER_SECONDS_MAX", 0.3)
    assert "taking longer than it should" in (await town.ask(MIA, "subscribe", plan="Pro")).text


NO = "No such price: 'price_1PqX'; a similar object exists in test mode on account acct_1Abc, key sk_test_...9d"


def stripe_says_no(town: Town, path: str, times: int = 1) -> None:
    body = {"error": {"type": "invalid_request_error", "message": NO}}
    fault = {"service": "stripe", "method": "POST", "path": path, "status": 400, "body": body, "times": times}
    town.sandbox.faults.add(fault)


@pytest.mark.parametrize(
    ("reader", "words"), [("en-US", "Please tell an admin, and give them the number"), ("de", "einem Admin")]
)
async def test_what_stripe_says_is_not_for_members(
    town: Town, caplog: pytest.LogCaptureFixture, reader: str, words: str
) -> None:
    await town.plan()
    stripe_says_no(town, "/v1/checkout/*")
    told = (await town.ask(MIA, "subscribe", plan="Pro", reader=reader)).text
    assert words in told
    assert not any(word in told for word in ("price", "test mode", "acct", "similar"))
    [number] = re.findall(r"[0-9a-f]{8}", told)
    assert f"incident {number}" in caplog.text
    assert "a similar object exists in test mode" in caplog.text


async def test_admins_read_what_stripe_says_but_not_whose_account_it_is(town: Town) -> None:
    await town.plan()
    stripe_says_no(town, "/v1/checkout/*")
    told = (await town.ask(ADA, "subscribe", plan="Pro")).text
    assert "Stripe refused: No such price: 'price\\_1PqX'; a similar object exists in test mode" in told
    assert not any(secret in told for secret in ("acct", "1Abc", "sk", "9d."))


async def test_what_an_admin_of_another_place_reads_is_a_members_answer(town: Town) -> None:
    await town.plan()
    stripe_says_no(town, "/v1/checkout/*")
    assert "price" not in (await town.ask(ADA, "subscribe", plan="Pro", admin=False)).text


async def test_a_key_that_lacks_a_permission_is_told_and_admins_read_which(town: Town) -> None:
    await town.plan()
    body = {"error": {"type": "invalid_request_error", "message": "Having 'rak_checkout_write' would allow this."}}
    fault = {"service": "stripe", "method": "POST", "path": "/v1/checkout/*", "status": 403, "body": body, "times": 2}
    town.sandbox.faults.add(fault)
    told = (await town.ask(MIA, "subscribe", plan="Pro")).text
    assert "my key lacks a permission" in told
    assert "would allow this" not in told
    assert "would allow this" in (await town.ask(ADA, "subscribe", plan="Pro")).text
    assert "Pay on Stripe" in (await town.ask(MIA, "subscribe", plan="Pro")).text


async def test_a_fault_of_our_own_is_apologised_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_app: AppContext, _request: Request) -> Reply:
        raise ZeroDivisionError

    found = dispatch.command_named("help")
    assert found is not None
    monkeypatch.setitem(dispatch._COMMANDS, "help", replace(found, handler=broken))
    assert "Something went wrong on my side" in (await town.ask(MIA, "help")).text


async def test_an_answer_too_long_for_discord_is_cut_at_a_line(town: Town) -> None:
    for number in range(12):
        await town.plan(f"Plan {number}", description="word " * 99)
    shown = await town.ask(MIA, "plans")
    assert len(shown.text) <= 4000
    assert shown.text.endswith("\n…")
    assert len(shown.buttons) == 10


async def test_adapters_get_the_same_answers_from_the_object(town: Town) -> None:
    asked = town.request(MIA, "help")
    answers = dispatch.Dispatcher()
    assert await answers.command(town.app, asked) == await dispatch.command(town.app, asked)
    assert "older message" in (await answers.press(town.app, "x", asked)).text
    assert await answers.complete(town.app, asked, "plan", "") == ()

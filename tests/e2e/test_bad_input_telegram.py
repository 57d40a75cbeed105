"""What nobody should write or press, on Telegram: a clear answer each time, and nothing is made or changed.

What chance brings stands in tests/fuzz.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.stage import UNLIMITED
from tests.e2e.forged import press_on_telegram
from tests.e2e.telegram import BEN, MIA, OLGA, SALON, SEED, TOM, Salon, salon

FAULT = "Something went wrong"
LINE = {"name": "Pro", "price": "9.99", "currency": "eur", "period": "every_months"}
ODD_PLANS: list[tuple[dict[str, str], str]] = [
    ({"name": "x" * 200}, "80"),
    ({"name": "@everyone"}, "plain one"),
    ({"name": "*Pro*"}, "plain one"),
    ({"price": "-1"}, "can't be negative"),
    ({"price": "0.5", "currency": "jpy"}, "too many decimals"),
    ({"price": "1000000000000"}, "so much at once"),
    ({"price": "NaN"}, "can't read that amount"),
    ({"every": "0"}, "1 "),
    ({"every": "1000000000"}, " to "),
    ({"grace_days": "-1"}, "0 to 60"),
    ({"period": "every_seconds"}, "isn't one of the choices"),
    ({"currency": "zzz"}, "currency"),
    ({"role": "Members"}, "only on Discord"),
]
OLD_BUTTONS = (
    "join:pln_of_last_year",
    "cancel_yes:sub_of_last_year",
    "resume:sub_x",
    "manage:x:y:z",
    "email_given:req_x",
    "archive:pln_x",
    "role_lose:pln_x",
    "end_comp:cmp_x",
    "breaker_go:com_x",
    "link_yes:new:ABCD2345",
    "connect_yes:ABCD2345",
    "unlink_yes",
    "of_last_year:1:2:3",
    ":",
    "x" * 64,
    "tg:",
    "tg:t:token:1:choose:x",
    "tg:p:-999",
    "tg:r:of_last_year",
)


@pytest.fixture
async def club(tmp_path: Path) -> AsyncIterator[Salon]:
    async with salon(tmp_path, seed={**SEED, **UNLIMITED}) as made:
        yield made


async def test_a_plan_that_cannot_be_is_refused_in_words_in_one_line(club: Salon) -> None:
    for odd, words in ODD_PLANS:
        line = " ".join(f'{name}:"{value}"' for name, value in (LINE | odd).items())
        heard = await club.writes(OLGA, f"/plan create {line}", wait=20)
        assert words in heard.all, (odd, heard.all)
        assert FAULT not in heard.all
        await club.writes(OLGA, "/cancel")
    assert await club.world.play.stripe("product") == []


async def test_a_button_of_last_year_is_answered_and_does_nothing(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    await club.joins(MIA, link)
    before = await club.world.subscription()
    for action in OLD_BUTTONS:
        for said in await press_on_telegram(club.world, MIA, action):
            assert FAULT not in said, action
    assert (await club.world.subscription()) == before
    assert await club.inside(MIA)
    assert "9.99" in (await club.writes(MIA, "/plans")).all


async def test_somebody_else_s_button_does_nothing(club: Salon) -> None:
    await club.makes_plan()
    await club.buys(MIA)
    mine = (await club.world.subscription())["id"]
    for action in (f"cancel:{mine}", f"cancel_yes:{mine}", f"resume:{mine}"):
        answers = await press_on_telegram(club.world, BEN, action)
        assert not any("is cancelled" in said for said in answers), answers
    for action in ("archive:Pro", "breaker_go", "role_lose:x:y"):
        await press_on_telegram(club.world, MIA, action)
    assert (await club.world.subscription())["cancel_at"] is None
    assert "9.99" in (await club.writes(BEN, "/plans")).all


async def test_two_presses_on_one_button_at_once_are_one(club: Salon) -> None:
    await club.makes_plan()
    plans = await club.writes(MIA, "/plans")
    await asyncio.gather(*(club.clicks(MIA, plans, "Join Pro") for _ in range(2)))
    await club.world.quiet()
    assert len([one for one in await club.world.play.stripe("checkout.session") if one["status"] == "open"]) == 1
    heard = await club.writes(OLGA, "/plan create name:Gold price:5 currency:eur period:every_months")
    assert "ready" in heard.all
    await asyncio.gather(*(club.writes(OLGA, "/plan create name:Max price:5 period:every_months") for _ in range(2)))
    await club.world.quiet()
    assert sorted(one["name"] for one in await club.world.play.stripe("product")) == ["Gold", "Max", "Pro"]


async def test_a_chat_in_which_the_bot_is_no_admin_is_said_with_what_to_do(club: Salon) -> None:
    await club.world.play.post("telegram/bot", {"chat": SALON, "action": "demote"})
    await club.world.quiet()
    heard = await club.writes(
        OLGA, "/plan create name:Pro price:9.99 currency:eur period:every_months", chat=SALON, wait=20
    )
    told = "\n".join([heard.all, *await club.heard(OLGA)])
    assert "Make me an admin" in told
    assert FAULT not in told


async def test_commands_in_private_and_where_nothing_is_sold_are_answered(club: Salon) -> None:
    for text in ("/plans", "/subscribe", "/subscribe Pro", "/membership", "/invoices", "/link", "/unlink", "/breaker"):
        for user in (MIA, OLGA):
            heard = await club.writes(user, text)
            assert heard.all, text
            assert FAULT not in heard.all, (text, heard.all)


async def test_a_code_tried_a_thousand_times_opens_nothing_and_is_slowed_down(club: Salon) -> None:
    answers = [(await club.writes(BEN, f"/link {n:04d}-{n:04d}")).text for n in range(12)]
    assert all(answers)
    assert "Too many wrong codes" in answers[-1]


async def test_who_blocks_the_bot_in_between_is_let_in_all_the_same(club: Salon) -> None:
    await club.makes_plan()
    link = await club.buys(MIA)
    await club.world.play.post("telegram/block", {"user": MIA})
    assert (await club.joins(MIA, link))["status"] == "member"
    await club.world.quiet()
    await club.world.play.post("telegram/start", {"user": MIA})
    assert "Renews on" in (await club.writes(MIA, "/membership")).text


async def test_what_was_never_asked_for_is_passed_over(club: Salon) -> None:
    queue = club.world.sandbox.telegram.updates
    who = {"id": TOM, "is_bot": False, "first_name": "‮\0mot"}
    chat = {"id": TOM, "type": "private"}
    for text in ("", "/", "/ ", "/@", "/plans@somebody_else_bot", "/" + "x" * 4_000, "\0", "💶" * 2_000):
        assert queue.add("message", {"message_id": 7, "date": 1, "from": who, "chat": chat, "text": text})
    await club.world.quiet()
    assert (await club.writes(MIA, "/plans")).text

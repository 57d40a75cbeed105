"""What nobody should type or press, on Discord: a clear answer each time, and nothing is made or changed.

Prices and names that can't be stand in test_commands.py (`plan create refuses what cannot be and makes nothing`),
requests to the listener in test_webhooks.py, and what chance brings in tests/fuzz.
"""

import asyncio

import pytest

from sandbox.play import NotTaken, eventually
from tests.e2e.forged import press, typed
from tests.e2e.world import ADA, BEN, EXTRA, GUILD, MEMBERS, MIA, World, checkout_link

PLAN: dict[str, object] = {"name": "Pro", "price": "9.99", "period": "every_months", "role": MEMBERS}

ODD_PLANS: list[tuple[dict[str, object], str]] = [
    ({"name": "x" * 200}, "too long"),
    ({"name": ""}, "name"),
    ({"name": "@everyone"}, "plain one"),
    ({"name": "<@&700000000000000021>"}, "plain one"),
    ({"name": "a\0b"}, "plain one"),
    ({"price": "-1"}, "can't be negative"),
    ({"price": "0.5", "currency": "jpy"}, "too many decimals"),
    ({"price": "1000000000000"}, "so much at once"),
    ({"price": "1e3"}, "can't read that amount"),
    ({"price": "NaN"}, "can't read that amount"),
    ({"every": -1}, "Set `every` to 1 or more"),
    ({"every": 10**9}, "too long"),
    ({"grace_days": -5}, "days"),
    ({"trial_days": 10**9}, "trial"),
    ({"period": "every_seconds"}, "period"),
    ({"period": "until", "until": "31.02.2026"}, "date"),
    ({"currency": "💶"}, "currency"),
]

OLD_BUTTONS = [
    "join:pln_of_last_year",
    "join",
    "join:",
    "cancel:sub_of_last_year",
    "cancel_yes:sub_of_last_year",
    "cancel_yes",
    "resume:sub_of_last_year",
    "manage:x:y:z",
    "email_given:req_of_last_year",
    "archive:pln_of_last_year",
    "role_keep:pln_x:tgt_x",
    "role_lose:pln_x",
    "end_comp:cmp_of_last_year",
    "retry:prs_x:tgt_x",
    "breaker_go:com_x",
    "link_yes:nothing",
    "unlink_yes",
    "an_action_of_last_year:1:2:3",
    ":",
    "",
    "cancel_yes:" + "9" * 80,
    "cancel_yes:\0",
    "join:' OR 1=1 --",
]


async def test_a_plan_that_cannot_be_is_refused_in_words_even_past_discord_s_own_bounds(w: World) -> None:
    for odd, words in ODD_PLANS:
        heard = await typed(w, ADA, "plan create", PLAN | odd)
        assert words in heard.text, (odd, heard.text)
    assert await w.play.stripe("product") == []
    assert "There are no plans yet" in (await w.ada("plan list")).text


async def test_markup_where_it_is_taken_is_shown_as_it_was_typed(w: World) -> None:
    odd = "**b** [x](http://evil) ||y|| @everyone"
    await w.ada("plan create", **(PLAN | {"description": odd}))
    shown = (await w.mia("plans")).text
    assert "[x](http://evil)" not in shown
    assert "**b**" not in shown
    assert "@everyone" not in shown or "@\u200beveryone" in shown, shown


async def test_free_days_that_cannot_be_are_refused(w: World) -> None:
    await w.plan()
    for days in (-(2**53), -1, 0, 3_651, 2**53):
        heard = await typed(w, ADA, "member", {"member": MIA, "give": "Pro", "days": days})
        assert "Choose a number in that range" in heard.text, heard.text
    await w.quiet()
    assert await w.roles() == set()


async def test_a_grace_that_cannot_be_is_refused_in_the_settings_too(w: World) -> None:
    await w.plan()
    for days in (-1, 61, 10**9):
        assert "0 to 60 days" in (await typed(w, ADA, "settings", {"grace_days": days})).text


@pytest.mark.parametrize(
    ("role", "words"),
    [(GUILD, "Choose another role"), ("managed", "belongs to an app"), ("above", "Move my own role")],
)
async def test_a_role_that_cannot_be_handed_out_is_said_with_what_to_do(w: World, role: str, words: str) -> None:
    if role == "managed":
        await w.play.post("discord/role", {"guild": GUILD, "role": EXTRA, "action": "update", "managed": True})
    if role == "above":
        await w.play.post("discord/role", {"guild": GUILD, "role": EXTRA, "action": "move", "position": 50})
    heard = await w.ada("plan create", **(PLAN | {"role": GUILD if role == GUILD else EXTRA}))
    assert words in heard.text, heard.text


async def test_two_clicks_on_one_button_at_once_are_one(w: World) -> None:
    await w.plan()
    shown = await w.mia("plans")
    links = await asyncio.gather(*(w.play.click(GUILD, MIA, shown, "Join Pro") for _ in range(2)))
    assert checkout_link(links[0]) == checkout_link(links[1])
    await w.play.pay(checkout_link(links[0]))
    await w.holds("Members")
    asked = await w.play.click(GUILD, MIA, await w.mia("membership"), "Cancel Pro")
    done = await asyncio.gather(*(w.play.click(GUILD, MIA, asked, "Yes, cancel") for _ in range(2)))
    assert all("is cancelled" in one.text for one in done), [one.text for one in done]
    assert len(await w.play.stripe("subscription")) == 1


async def test_two_clicks_on_give_my_email_at_once_send_one_invoice(w: World) -> None:
    await w.plan()
    await w.ada("invoice create", member=MIA, amount="25", what="A signed copy", currency="usd")
    asked = await w.told(MIA, "Stripe needs your email address")
    form = await w.play.click(GUILD, MIA, asked, "Give my email address")
    await w.play.submit(GUILD, MIA, form, email="mia@example.org")
    again = await w.play.click(GUILD, MIA, asked, "Give my email address")
    heard = await w.play.submit(GUILD, MIA, again, email="mia@example.org")
    assert "Your address is no longer needed" in heard.text
    assert len([one for one in await w.play.stripe("invoice") if one["status"] == "open"]) == 1


async def test_a_button_of_last_year_is_answered_in_words_and_does_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    before = await w.subscription()
    for action in OLD_BUTTONS:
        for user in (ADA, MIA):
            heard = await press(w, user, action)
            assert heard.text or heard.modal, f"no answer to {action}"
            assert "Something went wrong" not in heard.text, action
    await w.quiet()
    assert await w.subscription() == before
    assert "Members" in await w.roles()


async def test_somebody_else_s_button_does_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    mine = await w.subscription()
    shown = await w.mia("membership")
    with pytest.raises(NotTaken, match="only the person it was for"):
        await w.play.click(GUILD, BEN, shown, "Cancel Pro")
    for action in (f"cancel:{mine['id']}", f"cancel_yes:{mine['id']}", f"resume:{mine['id']}"):
        heard = await press(w, BEN, action)
        assert heard.text, "no answer"
        assert "is cancelled" not in heard.text
    for action in ("archive:Pro", "breaker_go", "end_comp:x", "retry:x:y", "role_lose:x:y"):
        assert "for the community's team" in (await press(w, MIA, action)).text
    await w.ada("invoice create", member=MIA, amount="25", what="A copy", currency="usd")
    await w.quiet()
    assert (await w.subscription())["cancel_at"] is None


async def test_commands_in_private_say_where_they_belong_or_what_there_is(w: World) -> None:
    await w.plan()
    for name, options in (("plans", {}), ("subscribe", {"plan": "Pro"}), ("membership", {}), ("invoices", {})):
        heard = await typed(w, MIA, name, options, private=True)
        assert heard.text, name
        assert "Something went wrong" not in heard.text, (name, heard.text)
    assert "in the server" in (await typed(w, ADA, "settings", {}, private=True)).text


async def test_a_server_without_plans_says_so(w: World) -> None:
    assert "nothing to join here yet" in (await w.mia("plans")).text
    assert "nothing to join here yet" in (await w.mia("subscribe", plan="Pro")).text
    assert "no membership" in (await w.mia("membership")).text
    assert "no invoices yet" in (await w.mia("invoices")).text
    assert "no plans yet" in (await w.ada("plan list")).text
    assert "Nothing is held back" in (await w.ada("breaker")).text


async def test_who_blocks_the_bot_gets_the_role_all_the_same_and_the_notice_ends(w: World) -> None:
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "block_dms"})
    await w.play.pay(link)
    await w.holds("Members")
    await w.quiet()
    assert (await w.service.counts())["notices_dead"] == 1
    assert await w.play.direct_messages(GUILD, MIA) == []
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "allow_dms"})
    assert "Renews on" in (await w.mia("membership")).text


async def test_a_code_tried_a_thousand_times_opens_nothing_and_is_slowed_down(w: World) -> None:
    await w.plan()
    made = await w.mia("link")
    assert made.text
    answers = [(await w.play.command(GUILD, BEN, "link", code=f"{n:08d}")).text for n in range(30)]
    assert all(answers)
    assert any("wait" in text.lower() or "minute" in text for text in answers[-5:]), answers[-1]


async def test_somebody_gone_from_the_server_can_press_and_is_answered(w: World) -> None:
    await w.plan()
    await w.member_buys()
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "leave"})
    heard = await press(w, MIA, "manage", private=True)
    assert heard.text
    assert "Something went wrong" not in heard.text

    async def waits() -> bool:
        return (await w.service.counts())["effects_waiting"] == 1

    assert await eventually(waits)

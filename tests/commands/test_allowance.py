"""One person can't have Stripe asked without end; what does not ask Stripe has no such bound."""

from __future__ import annotations

import pytest

from bot.commands import allowance
from bot.commands.allowance import AT_ONCE, EVERY_MS, Allowance
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.dispatch import Dispatcher
from bot.commands.model import Reply, Value
from payments.core.community import Identity, Platform
from tests.commands.conftest import ADA, BEN, EXTRA, MEMBERS, MIA, Clock, Town, link_of, member

GIVEN: dict[str, Value] = {
    "name": "Gold",
    "plan": "Pro",
    "price": "5",
    "currency": "eur",
    "period": "every_months",
    "role": MEMBERS,
    "add_role": EXTRA,
    "member": member(MIA),
    "amount": "5",
    "what": "Coffee",
    "give": "Pro",
    "days": 3,
    "email": "mia@example.com",
    "code": "ABCD-EFGH",
}


@pytest.fixture
def clock(town: Town) -> Clock:
    """The machine's clock, moved by hand."""
    clock = Clock(0)
    town.app.machine = clock
    return clock


async def pressed(town: Town, dispatcher: Dispatcher, who: str, action: str, reader: str = "en-US") -> Reply:
    return await dispatcher.press(town.app, action, town.request(who, "", reader=reader))


async def test_who_presses_manage_a_hundred_times_makes_twenty_portal_sessions(town: Town, clock: Clock) -> None:
    await town.plan()
    await town.buys(MIA)
    await town.buys(BEN)
    fault = town.sandbox.faults.add(
        {"service": "stripe", "path": "/v1/billing_portal/sessions", "delay": 0.001, "times": None}
    )
    dispatcher = Dispatcher()
    replies = [await pressed(town, dispatcher, MIA, "manage") for _ in range(100)]
    assert all(link_of(reply) for reply in replies[:AT_ONCE])
    assert {reply.text for reply in replies[AT_ONCE:]} == {
        "That was a lot at once, so nothing was changed. Try again in 6 seconds."
    }
    assert fault.hits == AT_ONCE
    assert "in 6 Sekunden" in (await pressed(town, dispatcher, MIA, "manage", "de")).text
    assert link_of(await pressed(town, dispatcher, BEN, "manage")), "each has their own"
    clock.at += EVERY_MS - 1_000
    assert "in 1 second." in (await pressed(town, dispatcher, MIA, "manage")).text
    clock.at += 1_000
    assert link_of(await pressed(town, dispatcher, MIA, "manage"))
    assert "Try again" in (await pressed(town, dispatcher, MIA, "manage")).text


async def test_commands_and_buttons_have_one_allowance_together_and_the_others_none(town: Town, clock: Clock) -> None:
    await town.plan()
    await town.buys(MIA)
    dispatcher = Dispatcher()
    for _ in range(AT_ONCE):
        await dispatcher.command(town.app, town.request(MIA, "subscribe", plan="Pro"))
    refused = await pressed(town, dispatcher, MIA, "manage")
    assert refused.refused
    assert "Try again" in refused.text
    for _ in range(AT_ONCE * 2):
        assert "**Pro**" in (await dispatcher.command(town.app, town.request(MIA, "membership"))).text


async def test_what_has_no_allowance_asks_stripe_nothing(town: Town) -> None:
    """Each command and button that is not marked, with all that it could want."""
    await town.plan()
    subscription = await town.subscribed(MIA)
    plan = await town.stored_plan()
    fault = town.sandbox.faults.add({"service": "stripe", "path": "*", "delay": 0.001, "times": None})
    for command in (one for one in COMMANDS if not one.calls_stripe):
        options = {option.name: GIVEN[option.name] for option in command.options if option.name in GIVEN}
        for who in (MIA, ADA):
            assert (await town.ask(who, command.name, options)).text
            assert not fault.hits, command.name
    for action in (one for one in ACTIONS if not one.calls_stripe):
        for argument in ("", f":{subscription.id}", f":{plan.id}", ":Pro", ":ABCD-EFGH"):
            for who in (MIA, ADA):
                await town.press(who, f"{action.name}{argument}")
                assert not fault.hits, action.name


def test_it_remembers_a_bounded_number_of_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "KNOWN_MAX", 3)
    one = Allowance(1, 1_000)
    for name in "abcde":
        one.take(Identity(Platform.DISCORD, name), 0)
    assert len(one._full_at) == 3
    assert one.wait_ms(Identity(Platform.DISCORD, "e"), 0) == 1_000
    assert one.wait_ms(Identity(Platform.DISCORD, "a"), 0) == 0

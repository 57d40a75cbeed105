"""What can't be given is not sold: nowhere, to nobody, and not by a link that was given out before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.discord import events
from bot.platforms.telegram import community_choice as places
from payments.core.community import Place, Platform
from payments.flows.access import presence
from sandbox.play import eventually
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, SALON, Salon, salon
from tests.e2e.test_commands import completions
from tests.e2e.world import ADA, EXTRA, GOOD, GUILD, MEMBERS, MIA, World, checkout_link


async def role(w: World, action: str, name: str = MEMBERS, **more: object) -> None:
    await w.play.post("discord/role", {"guild": GUILD, "role": name, "action": action, **more})


async def bot(w: World, action: str, **more: object) -> None:
    """Ada kicks the bot out of her server, or invites it again."""
    await w.play.post(
        "discord/member", {"guild": GUILD, "user": str(w.sandbox.discord.world.bot.id), "action": action} | more
    )


async def sessions(w: World) -> list[str]:
    return [one["status"] for one in await w.play.stripe("checkout.session")]


async def over(w: World) -> None:
    """No link can be paid any more."""

    async def none_open() -> bool:
        return "open" not in await sessions(w)

    assert await eventually(none_open), await sessions(w)


async def told_to(w: World, user: str, text: str) -> int:
    """How many private messages with these words somebody has."""
    return sum(text in message.text for message in await w.play.direct_messages(GUILD, user))


async def test_a_deleted_role_is_sold_nowhere_and_the_open_link_ends(w: World) -> None:
    await w.plan(role2=EXTRA)
    await w.plan("Basic")
    listed = await w.mia("plans")
    checkout_link(await w.mia("subscribe", plan="Pro"))
    await role(w, "delete", EXTRA)
    alarm = await w.told(ADA, "I stopped selling **Pro**")
    assert "can't give anyone **Extra**" in alarm.text
    assert "Put another role or chat on the plan with `/plan edit`" in alarm.text
    await over(w)

    refused = await w.mia("subscribe", plan="Pro")
    assert "**Pro** can't be bought right now" in refused.text
    assert "The team knows" in refused.text
    assert "Extra" not in refused.text, "the cause is the team's to know"
    assert "can't be bought right now" in (await w.play.click(GUILD, MIA, listed, "Join Pro")).text
    now = await w.mia("plans")
    assert "Can't be bought right now: **Pro**" in now.text
    assert list(now.buttons) == ["Join Basic"]
    assert [name.split(" ·")[0] for name in await completions(w, "subscribe", "plan", "")] == ["Basic"]

    row = (await w.ada("plan list")).text
    assert "Not sold since" in row
    assert "I can't give anyone **Extra**. It no longer exists" in row
    assert "Not sold until that works: **Pro**" in (await w.ada("settings")).text
    await w.quiet()
    assert await told_to(w, ADA, "Extra") == 1, "one cause, one alarm"

    await w.ada("plan edit", plan="Pro", remove_role="Extra", members_keep="lose")
    assert checkout_link(await w.mia("subscribe", plan="Pro"))
    assert "Not sold" not in (await w.ada("plan list")).text


async def test_the_bot_put_out_of_the_server_sells_nothing_there_until_it_is_back(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "RECHECK_AFTER_S", 0.05)
    await w.plan()
    await w.member_buys()
    link = checkout_link(await w.play.command(GUILD, ADA, "subscribe", plan="Pro"))
    await bot(w, "leave")
    await over(w)
    status, _ = await w.play.open(link)
    assert status in (200, 404, 410)
    await w.advance("1mo 2h")
    assert (await w.subscription())["status"] == "active", "who has it goes on"

    await bot(w, "join", roles=[w.sandbox.discord.world.application.name])
    await w.told(ADA, "can be bought again")
    assert checkout_link(await w.play.command(GUILD, ADA, "subscribe", plan="Pro"))
    await w.holds("Members")


async def test_a_server_that_was_left_while_the_service_was_down_is_found_out_at_the_start(w: World) -> None:
    await w.plan()
    checkout_link(await w.mia("subscribe", plan="Pro"))
    await w.stop_service()
    await bot(w, "leave")
    await w.start_service()
    await over(w)


async def test_an_outage_of_discord_s_is_no_reason_to_stop_selling(w: World) -> None:
    await w.plan()
    checkout_link(await w.mia("subscribe", plan="Pro"))
    app = w.service.app
    assert app is not None
    w.sandbox.discord.gateway.dispatch("GUILD_DELETE", {"id": GUILD, "unavailable": True})
    discord = app.platforms[Platform.DISCORD]
    assert await eventually(lambda: away(discord))
    body = {"message": "Missing Access", "code": 50001}
    for path in (f"/api/v10/guilds/{GUILD}/roles", f"/api/v10/guilds/{GUILD}/members/*"):
        await w.play.post(
            "faults", {"service": "discord", "method": "GET", "path": path, "status": 403, "body": body, "times": 0}
        )
    await presence.recheck_blocked(app, Place(Platform.DISCORD, GUILD))
    assert await sessions(w) == ["open"]
    async with app.store.transaction() as tx:
        assert [t.fault for t in await tx.communities.targets_in(Place(Platform.DISCORD, GUILD))] == [None]


async def away(discord: object) -> bool:
    connection = discord._connection  # type: ignore[attr-defined]
    return bool(connection is not None and connection.away(int(GUILD)))


async def test_a_link_that_is_paid_before_it_can_be_ended_counts_and_the_contact_hears_of_who_paid(w: World) -> None:
    await w.plan()
    link = checkout_link(await w.mia("subscribe", plan="Pro"))
    await w.play.post(
        "faults",
        {"service": "stripe", "method": "POST", "path": "/v1/checkout/sessions/*/expire", "status": 500, "times": 0},
    )
    await role(w, "move", position=50)
    await w.told(ADA, "I stopped selling **Pro**")
    await w.play.pay(link, GOOD)
    paid = await w.told(ADA, "paid for **Pro**")
    assert "**Members**" in paid.text
    await w.play.clear_faults()
    await role(w, "move", position=1)
    await w.holds("Members")
    await w.told(ADA, "can be bought again")


@pytest.fixture
async def club(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Salon]:
    monkeypatch.setattr(places, "RIGHTS_MS", 0)
    async with salon(tmp_path) as made:
        await made.makes_plan()
        yield made


async def refuses(club: Salon) -> None:
    refused = await club.writes(MIA_THERE, "/subscribe Pro")
    assert "Pro can't be bought right now" in plain(refused.text)
    assert "Salon" not in refused.text


def plain(text: str) -> str:
    return text.replace("<b>", "").replace("</b>", "")


async def test_a_chat_that_the_bot_was_put_out_of_is_not_sold_until_it_is_back_with_its_rights(club: Salon) -> None:
    play = club.world.play.telegram
    shown = await club.writes(MIA_THERE, "/plans")
    link = await club.writes(MIA_THERE, "/subscribe Pro")
    assert any("/checkout/" in url for url in link.buttons.values())
    await play.bot(SALON, "remove", by=OLGA)
    lost = await club.reads(OLGA, "I was removed from Salon")
    assert "nobody can buy Pro" in plain(lost.text)
    await over(club.world)
    for asked in (await club.writes(MIA_THERE, "/subscribe Pro"), await club.writes(MIA_THERE, "/plans")):
        assert not asked.buttons

    await play.bot(SALON, "add", by=OLGA)
    await club.came_by_the_link(MIA_THERE)
    await refuses(club)
    pressed = await club.presses(MIA_THERE, shown, next(label for label in shown.buttons if "Pro" in label))
    assert "can't be bought right now" in pressed.text
    assert "Can't be bought right now" in (await club.writes(MIA_THERE, "/plans")).all
    assert "Not sold since" in (await club.writes(OLGA, "/plan list")).all
    await play.bot(SALON, "promote", by=OLGA)
    await club.reads(OLGA, "can be bought again")
    again = await club.writes(MIA_THERE, "/subscribe Pro")
    assert any("/checkout/" in url for url in again.buttons.values())
    assert not [text for text in await club.heard(OLGA) if "stopped selling" in text], "one cause, one alarm"


async def test_a_chat_where_the_bot_lost_its_rights_is_not_sold(club: Salon) -> None:
    play = club.world.play.telegram
    await club.writes(MIA_THERE, "/subscribe Pro")
    await play.bot(SALON, "demote", by=OLGA)
    told = await club.reads(OLGA, "stopped selling")
    assert "Make me an admin of the chat" in plain(told.text)
    await over(club.world)
    await refuses(club)
    await play.bot(SALON, "promote", by=OLGA)
    await club.reads(OLGA, "can be bought again")


async def test_whoever_reads_german_is_told_in_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "RIGHTS_MS", 0)
    async with salon(tmp_path) as club:
        await club.makes_plan()
        german = [{"id": user, "language_code": "de"} for user in (OLGA, MIA_THERE)]
        await club.world.play.post("seed", {"telegram": {"users": german}})
        await club.writes(OLGA, "/membership")
        await club.world.play.telegram.bot(SALON, "demote", by=OLGA)
        told = await club.reads(OLGA, "gerade nicht")
        assert "Wer schon Mitglied ist, zahlt weiter" in told.text
        assert "lässt sich gerade nicht kaufen" in (await club.writes(MIA_THERE, "/subscribe Pro")).text
        assert "nicht im Verkauf" in (await club.writes(OLGA, "/plan list")).all

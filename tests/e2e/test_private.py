"""Members' commands in the private conversation with the bot, and the way out without the server."""

from pathlib import Path

import pytest

from bot.app import doctor
from payments.flows.billing.login_page import NONE
from sandbox.play import NotTaken, eventually
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import Salon
from tests.e2e.world import ADA, BEN, GUILD, MIA, World, checkout_link, world

OTHER, READERS = "700000000000000031", "700000000000000032"
SECOND = {
    "id": OTHER,
    "name": "Chess Club",
    "owner": ADA,
    "roles": [{"id": READERS, "name": "Readers", "position": 1}],
    "members": [{"id": ADA}, {"id": MIA}],
}


async def test_members_see_buy_and_cancel_in_private_and_the_teams_commands_stay_in_the_server(w: World) -> None:
    await w.plan()
    shown = await w.play.private(MIA, "plans")
    bought = await w.play.click(GUILD, MIA, shown, "Join Pro")
    await w.play.pay(checkout_link(bought))
    await w.holds("Members")
    asked = await w.play.click(GUILD, MIA, await w.play.private(MIA, "membership"), "Cancel Pro")
    assert "is cancelled" in (await w.play.click(GUILD, MIA, asked, "Yes")).text
    assert "no invoices yet" not in (await w.play.private(MIA, "invoices")).text
    told = (await w.play.private(ADA, "help")).text
    assert "`/membership`" in told
    assert "`/settings`" not in told
    with pytest.raises(NotTaken, match="no command /settings"):
        await w.play.private(ADA, "settings")


async def test_who_was_banned_cancels_by_the_first_message_even_after_a_restart(w: World) -> None:
    await w.plan()
    await w.member_buys()
    first = await w.told(MIA, "Welcome to **Pro**")
    await w.play.post("discord/member", {"guild": GUILD, "user": MIA, "action": "ban"})
    await w.restart()
    with pytest.raises(NotTaken, match="shares no server with the bot"):
        await w.play.private(MIA, "membership")
    shown = await w.play.click(GUILD, MIA, first, "Manage membership")
    assert "**Pro**" in shown.text
    asked = await w.play.click(GUILD, MIA, shown, "Cancel Pro")
    assert "is cancelled" in (await w.play.click(GUILD, MIA, asked, "Yes")).text
    await w.quiet()
    assert (await w.subscription())["cancel_at_period_end"]


async def test_who_lost_discord_cancels_by_email_and_a_stranger_at_the_same_addresses_learns_nothing(w: World) -> None:
    await w.plan()
    await w.member_buys()
    login = (await w.told(MIA, "Cancel by email")).buttons["Cancel by email"]
    session = (await w.play.stripe("checkout.session"))[-1]
    status, after_paying = await w.play.open(session["success_url"])
    assert status == 200
    assert login in after_paying
    assert "/portal/" not in after_paying, "whoever has that page's address is nobody yet"
    provider = w.service._provider()
    assert any(login in line for good, line in await doctor.stripe(provider) if good), "`check` tells it the owner"
    await provider.close()
    assert await w.play.login(login, "eve@example.org") is None
    portal = await w.play.login(login, "mia@example.org")
    assert portal is not None
    await w.play.cancel(portal, (await w.subscription())["id"])
    await w.quiet()
    assert "Cancelled: yours until" in (await w.mia("membership")).text


async def test_an_owner_who_switches_the_login_page_off_has_it_off(w: World) -> None:
    await w.plan()
    (made,) = await w.play.stripe("billing_portal.configuration")
    path = f"billing_portal/configurations/{made['id']}"
    await w.owner("POST", path, {"login_page[enabled]": "false"})
    await w.advance("25h")

    async def known() -> bool:
        assert w.service.app is not None
        async with w.service.app.store.transaction() as tx:
            return [account.login_url for account in await tx.provider_accounts.all()] == [NONE]

    assert await eventually(known)
    assert not (await w.owner("GET", path))["login_page"]["enabled"]
    await w.member_buys()
    assert "Cancel by email" not in (await w.told(MIA, "Welcome to **Pro**")).buttons


async def test_the_first_message_leads_to_the_membership_on_telegram_too(club: Salon) -> None:
    await club.makes_plan()
    await club.joins(MIA_THERE, await club.buys(MIA_THERE))
    first = await club.reads(MIA_THERE, "Welcome to")
    assert "Cancel" in "".join((await club.presses(MIA_THERE, first, "Manage membership")).buttons)


async def test_who_is_in_several_servers_is_asked_which_and_nobody_reads_of_one_they_are_not_in(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, GUESTLIST_DISCORD__SERVERS=f"{GUILD},{OTHER}") as w:
        await w.play.post("seed", {"discord": {"guilds": [SECOND]}})
        await w.restart()
        await w.plan()
        terms = {"name": "Blitz", "price": "5", "currency": "usd", "period": "every_months", "role": READERS}
        await w.play.command(OTHER, ADA, "plan create", **terms)
        which = await w.play.private(MIA, "subscribe", plan="Blitz")
        assert set(which.buttons) == {"Chess Club", "Riverside Book Club"}
        shown = await w.play.click(OTHER, MIA, which, "Chess Club")
        assert "Blitz" in shown.text
        assert "Pro" not in shown.text
        assert checkout_link(await w.play.click(OTHER, MIA, shown, "Join Blitz"))
        assert "Pro" in (await w.play.private(BEN, "plans")).text, "the one server that they are in"
        await w.play.post("discord/member", {"guild": OTHER, "user": MIA, "action": "leave"})
        assert not (await w.play.click(OTHER, MIA, shown, "Join Blitz")).buttons, "they are not in it any more"

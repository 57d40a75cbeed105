"""Who was tricked into linking keeps what she pays, and many accounts have one trial: as an attacker tries it."""

from __future__ import annotations

from sandbox.play import Received, eventually
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import TOM, Said, Salon
from tests.e2e.test_linking import both_opened, code_in, confirms, confirms_there
from tests.e2e.world import BEN, GUILD, MIA, checkout_link

GOOD = "4242424242424242"


async def ben(club: Salon, command: str, /, **options: object) -> Received:
    return await club.world.play.command(GUILD, BEN, command, **options)


def buttons(heard: Received | Said) -> str:
    if isinstance(heard, Said):  # other messages may have come with the answer
        return " ".join(button["text"] for reply in heard.replies for button in reply["buttons"])
    return " ".join(heard.buttons)


def text(heard: Received | Said) -> str:
    return heard.all if isinstance(heard, Said) else heard.text


async def types(club: Salon, user: int, code: str) -> Said:
    """Somebody types a code on Telegram; what they are asked, whatever else is written to them meanwhile."""
    await club.writes(user, f"/link {code}")
    return await club.reads(user, "made this code")


async def tricked_on_discord(club: Salon) -> None:
    """Mia types a code of Tom's, believing it hers; Tom then has his Discord account Ben take her place."""
    trick = code_in(await club.writes(TOM, "/link"))
    question = await club.world.mia("link", code=trick)
    await club.world.play.click(GUILD, MIA, question, "Yes, both are me")
    await confirms_there(club, TOM)
    await club.world.told(MIA, "are now linked")
    code = code_in(await ben(club, "link"))
    asked = await types(club, TOM, code)
    assert "mia (Discord) has to go" in asked.text
    await club.presses(TOM, asked, "Yes, both are me")
    await confirms(club, BEN)


async def test_one_accepted_link_takes_neither_the_membership_nor_the_card_on_discord(club: Salon) -> None:
    await both_opened(club)
    await club.world.member_buys()
    await tricked_on_discord(club)
    await club.world.holds("Members", BEN)
    await club.world.lacks("Members", MIA)

    shown = await club.world.mia("membership")
    assert "Pro" in shown.text
    assert "the account that replaced it has the roles and chats" in shown.text
    assert "Manage payment" in buttons(shown)
    assert "9.99" in (await club.world.mia("invoices")).text
    for stranger in (await ben(club, "membership"), await club.writes(TOM, "/membership")):
        assert "Manage payment" not in buttons(stranger)
    for bills in (await ben(club, "invoices"), await club.writes(TOM, "/invoices")):
        assert "/invoice/" not in text(bills)

    told = await club.world.told(MIA, "has replaced your")
    assert "You still pay for **Pro**, and only you can" in told.text
    undone = await club.world.play.click(GUILD, MIA, told, "Undo this")
    assert "what this account pays for belongs to it again" in undone.text
    await club.world.holds("Members", MIA)
    await club.world.lacks("Members", BEN)
    asked = await club.world.play.click(GUILD, MIA, undone, "Ask to be linked again")
    assert "Nothing changes until you do" in asked.text
    question = await club.reads(TOM, "asks to be linked to you again")
    assert "Nothing was linked" not in (await club.presses(TOM, question, "No")).text
    await club.world.advance("32d")
    await club.world.quiet()
    assert "Members" in await club.world.roles(MIA)
    assert "Members" not in await club.world.roles(BEN)
    assert not await club.inside(TOM)


async def test_one_accepted_link_takes_neither_the_membership_nor_the_card_on_telegram(club: Salon) -> None:
    await both_opened(club)
    await club.joins(MIA_THERE, await club.buys(MIA_THERE))
    await club.comes_in(MIA_THERE)
    trick = code_in(await ben(club, "link"))
    question = await types(club, MIA_THERE, trick)
    await club.presses(MIA_THERE, question, "Yes, both are me")
    await confirms(club, BEN)
    await club.world.holds("Members", BEN)
    code = code_in(await club.writes(TOM, "/link"))
    asked = await ben(club, "link", code=code)
    await club.world.play.click(GUILD, BEN, asked, "Yes, both are me")
    await confirms_there(club, TOM)
    await club.is_out(MIA_THERE)

    await club.writes(MIA_THERE, "/membership")
    shown = await club.reads(MIA_THERE, "the account that replaced it has the roles and chats")
    assert "Manage payment" in buttons(shown)
    assert "Undo this" in buttons(shown)
    await club.writes(MIA_THERE, "/invoices")
    assert "9.99" in (await club.reads(MIA_THERE, "Your invoices")).text
    for stranger in (await club.writes(TOM, "/membership"), await ben(club, "membership")):
        assert "Manage payment" not in buttons(stranger)
    for bills in (await club.writes(TOM, "/invoices"), await ben(club, "invoices")):
        assert "/invoice/" not in text(bills)

    told = await club.reads(MIA_THERE, "has replaced your")
    await club.presses(MIA_THERE, told, "Undo this")
    link = await way_back(club)
    assert (await club.joins(MIA_THERE, link))["status"] == "member"
    assert (await club.joins(TOM, link))["status"] == "declined"


async def way_back(club: Salon) -> str:
    told = await club.reads(MIA_THERE, "Ask to join")
    return next(url for url in told.buttons.values() if url.startswith("https://t.me/+"))


async def test_who_uses_it_may_cancel_and_who_pays_may_keep_it(club: Salon) -> None:
    await both_opened(club)
    await club.world.member_buys()
    await tricked_on_discord(club)
    await club.world.holds("Members", BEN)
    asked = await ben(club, "membership")
    asked = await club.world.play.click(GUILD, BEN, asked, "Cancel Pro")
    done = await club.world.play.click(GUILD, BEN, asked, "Yes, cancel")
    assert "The account that pays for it has been told" in done.text
    assert "Resume" not in buttons(done)
    assert (await club.world.subscription())["cancel_at_period_end"]
    told = await club.world.told(MIA, "asked to cancel")
    await club.world.quiet()
    await club.world.play.click(GUILD, MIA, told, "Keep Pro")
    assert not (await club.world.subscription())["cancel_at_period_end"]


async def test_a_link_to_pay_is_of_the_account_that_asked_for_it(club: Salon) -> None:
    """Else whoever is linked to somebody would open a page with her saved address and card."""
    await both_opened(club)
    await club.world.plan(name="Extra", role=None, chat="Salon")
    await club.world.member_buys()
    trick = code_in(await club.writes(TOM, "/link"))
    question = await club.world.mia("link", code=trick)
    await club.world.play.click(GUILD, MIA, question, "Yes, both are me")
    await confirms_there(club, TOM)
    told = await club.reads(TOM, "Ask to join")
    await club.joins(TOM, next(url for url in told.buttons.values() if url.startswith("https://t.me/+")))
    hers = checkout_link(await club.world.mia("subscribe", plan="Extra"))
    await club.writes(TOM, "/subscribe Extra")
    offered = await club.reads(TOM, "Pay on Stripe's page")
    his = next(url for url in offered.buttons.values() if "/checkout/" in url)
    assert his != hers
    sessions = {s["id"]: s["customer"] for s in await club.world.play.stripe("checkout.session")}
    assert len({customer for id_, customer in sessions.items() if id_ in his or id_ in hers}) == 2


async def test_three_accounts_and_one_card_have_one_trial(club: Salon) -> None:
    await both_opened(club)
    await club.world.plan(name="Trial", trial_days=7)
    link = await club.world.mia("subscribe", plan="Trial")
    assert "7 days free" in link.text
    await club.world.play.pay(checkout_link(link), GOOD)
    await club.world.holds("Members", MIA)

    link = await ben(club, "subscribe", plan="Trial")
    assert "7 days free" in link.text
    await club.world.play.pay(checkout_link(link), GOOD)
    told = await club.world.told(BEN, "this card has already been used for a trial")
    assert "Nothing was charged" in told.text

    async def ended() -> bool:
        found = await club.world.play.stripe("subscription")
        return sorted(one["status"] for one in found) == ["canceled", "trialing"]

    assert await eventually(ended)
    assert "Members" not in await club.world.roles(BEN)
    log = (await club.world.play.get(f"discord/guilds/{GUILD}"))["log"]
    assert not [line for line in log if line.get("user") == BEN and line["action"] == "role_add"]

    await tricked_on_discord(club)
    await club.world.holds("Members", BEN)
    for offered in (await club.world.mia("subscribe", plan="Trial"), await ben(club, "subscribe", plan="Trial")):
        assert "7 days free" not in offered.text
    assert "7 days free" not in (await club.writes(TOM, "/subscribe Trial")).all
    await club.world.advance("8d")
    await club.world.quiet()
    paid = [i for i in await club.world.play.stripe("invoice") if i["amount_paid"] > 0]
    assert len(paid) == 1

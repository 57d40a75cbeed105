"""Bought past us, by a Payment Link or by hand: the team makes a code, and the buyer redeems it on either platform."""

import re
from typing import Any

from tests.e2e.telegram import MIA as TINA
from tests.e2e.telegram import OLGA, SALON, Salon
from tests.e2e.world import ADA, BEN, GOOD, GUILD, MIA, World

TOLD = "that I don't know"
CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")


async def price(w: World) -> str:
    return str((await w.play.stripe("price"))[-1]["id"])


async def pays_by_link(w: World, email: str = "mia@example.org") -> dict[str, Any]:
    """The subscription of somebody who followed a payment link of our price."""
    link = await w.owner(
        "POST", "payment_links", {"line_items[0][price]": await price(w), "line_items[0][quantity]": "1"}
    )
    await w.play.post("stripe/pay", {"link": link["id"], "card": GOOD, "email": email})
    return await w.subscription()


async def code_for(w: World, email: str = "m…@example.org") -> str:
    shown = await w.play.click(GUILD, ADA, await w.told(ADA, TOLD), "Show them")
    assert "**Pro** since" in shown.text
    return code_in((await w.play.click(GUILD, ADA, shown, f"Code for {email}")).text)


def code_in(text: str) -> str:
    found = CODE.search(text)
    assert found is not None, text
    return found[0]


async def redeems(w: World, user: str, code: str) -> str:
    return (await w.play.command(GUILD, user, "redeem", code=code)).text


async def test_the_buyer_of_a_payment_link_redeems_a_code_and_is_sold_nothing_again(w: World) -> None:
    await w.plan()
    subscription = await pays_by_link(w)
    code = await code_for(w)
    assert "don't know this code" in await redeems(w, BEN, "ABCD-EFGH-JKLM")
    assert "is yours now" in await redeems(w, MIA, code)
    await w.holds("Members")
    assert "already have" in (await w.mia("subscribe", plan="Pro")).text
    assert "is yours now" in await redeems(w, MIA, code), "the answer may have been lost"
    assert "already been used" in await redeems(w, BEN, code)
    await w.quiet()
    (ours,) = [one for one in await w.play.stripe("customer") if one["id"] == subscription["customer"]]
    assert ours["metadata"]["guestlist_person"].startswith("prs_")
    assert (await w.subscription())["metadata"]["guestlist_account"] == f"discord:{MIA}"
    assert await w.roles(BEN) == set()
    assert "mia** redeemed a code" in (await w.told(ADA, "redeemed a code")).text
    await w.change(cancel_at_period_end="true")
    await w.advance("1mo 2h")
    await w.lacks("Members")


async def test_a_subscription_made_by_hand_is_claimed_on_telegram_in_private(club: Salon) -> None:
    await club.makes_plan()
    w = club.world
    customer = await w.owner("POST", "customers", {"payment_method": "pm_card_visa", "email": "tina@example.org"})
    method = (await w.owner("GET", f"payment_methods?customer={customer['id']}&type=card"))["data"][0]["id"]
    form = {"customer": customer["id"], "items[0][price]": await price(w), "default_payment_method": method}
    await w.owner("POST", "subscriptions", form)
    shown = await club.presses(OLGA, await club.reads(OLGA, TOLD), "Show them")
    shown_code = (await club.presses(OLGA, shown, "Code for t…@example.org")).text
    assert "no longer works" in (await club.writes(OLGA, f"/redeem {code_in(shown_code)}", chat=SALON)).all
    assert "don't know this code" in (await club.writes(TINA, f"/redeem {code_in(shown_code)}")).text
    code = code_in((await club.presses(OLGA, shown, "Code for t…@example.org")).text)
    assert "is yours now" in (await club.writes(TINA, f"/redeem {code}")).text
    assert await club.reads(TINA, "Ask to join")


async def test_one_payment_by_a_link_is_told_to_the_contact_since_nothing_says_who_paid(w: World) -> None:
    await w.plan("Life", period="forever", price="99")
    link = await w.owner(
        "POST", "payment_links", {"line_items[0][price]": await price(w), "line_items[0][quantity]": "1"}
    )
    await w.play.post("stripe/pay", {"link": link["id"], "card": GOOD})
    assert "Somebody paid $99.00 for **Life**" in (await w.told(ADA, "a Payment Link")).text

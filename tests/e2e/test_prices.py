"""A plan by the month and by the year, over the wire: chosen by a button, paid once, ended for newcomers alone."""

from datetime import UTC, datetime
from pathlib import Path

from payments.core.access import Entitlement
from payments.core.billing import Subscription
from payments.core.calendar import Unit
from payments.core.community import Identity, Platform
from tests.e2e.telegram import BEN as BEN_THERE
from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, SEED, Said, Salon, salon
from tests.e2e.world import ADA, BEN, GOOD, GUILD, MIA, World, checkout_link, world

MONTH, YEAR = "$9.99 a month", "$99.00 a year (saves 17%)"
ON_TELEGRAM = ("€9.99 a month", "€99.00 a year (saves 17%)")
GERMAN = ("9,99 € im Monat", "99,00 € im Jahr (17 % gespart)")


async def sells_by_the_year(w: World) -> None:
    await w.plan()
    added = await w.ada("plan price_add", plan="Pro", price="99", period="every_years")
    assert "**Pro** is now also sold at $99.00 a year" in added.text


async def period_of(w: World) -> tuple[datetime, datetime]:
    """From when until when the newest subscription's item is paid, as Stripe says."""
    item = (await w.subscription())["items"]["data"][0]
    start, end = (datetime.fromtimestamp(item[f"current_period_{edge}"], UTC) for edge in ("start", "end"))
    return start, end


async def stored(w: World, who: Identity) -> tuple[Subscription, Entitlement]:
    """Somebody's subscription and entitlement as we have them."""
    assert w.service.app is not None
    async with w.service.app.store.transaction() as tx:
        person = await tx.identities.of(who)
        assert person is not None
        (subscription,) = await tx.billing.subscriptions_of(person)
        (entitlement,) = await tx.entitlements.of([person])
    return subscription, entitlement


async def has_a_year(w: World, who: Identity) -> None:
    """The period that was bought ends in a year, at Stripe and in our books, and access opens for it."""
    start, end = await period_of(w)
    assert (end.year, end.month, end.day) == (start.year + 1, start.month, start.day)
    subscription, entitlement = await stored(w, who)
    assert (subscription.unit, subscription.count, subscription.unit_amount) == (Unit.YEAR, 1, 9900)
    assert subscription.period_end_at == end.timestamp() * 1000
    assert entitlement.opens(int(end.timestamp() * 1000) - 1)


async def test_a_member_buys_the_year_by_its_button_and_has_a_year(w: World) -> None:
    await sells_by_the_year(w)
    shown = await w.mia("plans")
    assert f"{MONTH} · {YEAR}" in shown.text
    asked = await w.play.click(GUILD, MIA, shown, "Join Pro")
    assert list(asked.buttons) == [MONTH, YEAR]
    offered = await w.play.click(GUILD, MIA, asked, YEAR)
    await w.play.pay(checkout_link(offered), GOOD)
    await w.holds("Members")
    await has_a_year(w, Identity(Platform.DISCORD, MIA))
    assert "$99.00 a year" in (await w.mia("membership")).text
    await w.advance("300d")
    assert "Members" in await w.roles()
    assert [i["amount_paid"] for i in await w.play.stripe("invoice")] == [9900]
    await w.advance("70d")
    assert "Members" in await w.roles()
    assert [i["amount_paid"] for i in await w.play.stripe("invoice")] == [9900, 9900]


async def test_the_same_story_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with world(tmp_path, database=postgres_url) as w:
        await test_a_member_buys_the_year_by_its_button_and_has_a_year(w)


async def test_a_price_that_ended_is_refused_at_its_button_and_its_buyers_go_on(w: World) -> None:
    await sells_by_the_year(w)
    asked = await w.mia("subscribe", plan="Pro")
    beside = await w.play.command(GUILD, BEN, "subscribe", plan="Pro")
    await w.play.pay(checkout_link(await w.play.click(GUILD, MIA, asked, MONTH)), GOOD)
    await w.holds("Members")

    ending = await w.ada("plan price_end", plan="Pro")
    assert "End $9.99 a month" in ending.buttons
    assert "no longer sold at $9.99 a month" in (await w.play.click(GUILD, ADA, ending, "End $9.99 a month")).text
    refused = await w.play.click(GUILD, BEN, beside, MONTH)
    assert "no longer sold at that price" in refused.text
    assert list(refused.buttons) == ["$99.00 a year"]
    assert checkout_link(await w.play.click(GUILD, BEN, refused, "$99.00 a year"))

    await w.advance("95d")
    assert "Members" in await w.roles()
    assert [i["amount_paid"] for i in await w.play.stripe("invoice")] == [999] * 4
    told = (await w.ada("plan prices", plan="Pro")).text
    assert "$9.99 a month · ended" in told
    assert "ended a price of **Pro**" in (await w.ada("audit")).text


async def test_the_year_asked_for_after_the_month_leaves_one_page_to_pay(w: World) -> None:
    await sells_by_the_year(w)
    first = checkout_link(await w.mia("subscribe", plan="Pro", which="month"))
    second = checkout_link(await w.mia("subscribe", plan="Pro", which="year"))
    sessions = await w.play.stripe("checkout.session")
    assert [(one["status"], one["amount_total"]) for one in sessions] == [("expired", 999), ("open", 9900)]
    assert "paid" not in str((await w.play.pay(first, GOOD)).get("status"))
    assert (await w.play.pay(second, GOOD))["status"] == "paid"
    await w.holds("Members")
    assert "nothing was charged" in (await w.mia("subscribe", plan="Pro", which="month")).text
    assert len(await w.play.stripe("subscription")) == 1


async def test_a_german_member_chooses_in_german(w: World) -> None:
    uta = "700000000000000099"
    await w.play.post("seed", {"discord": {"users": [{"id": uta, "name": "uta", "locale": "de"}]}})
    await w.play.post("discord/member", {"guild": GUILD, "user": uta, "action": "join"})
    await sells_by_the_year(w)
    asked = await w.play.command(GUILD, uta, "subscribe", plan="Pro")
    assert "Wie möchtest du **Pro** bezahlen?" in asked.text
    offered = await w.play.click(GUILD, uta, asked, "99,00 $ im Jahr (17 % gespart)")
    await w.play.pay(checkout_link(offered), GOOD)
    await w.holds("Members", uta)


async def chat_sells_by_the_year(club: Salon) -> None:
    """Olga adds the year in the guided dialogue."""
    await club.makes_plan()
    heard = await club.writes(OLGA, "/plan_price_add")
    heard = await club.presses(OLGA, heard, "Pro · €9.99 a month")
    heard = await club.writes(OLGA, "99")
    heard = await club.presses(OLGA, heard, "Yearly")
    added = await club.presses(OLGA, heard, "Yes, do it")
    assert "Pro is now also sold at €99.00 a year" in added.text, added


def page(heard: Said) -> str:
    return next(url for url in heard.buttons.values() if "/checkout/" in url)


async def test_a_member_of_a_chat_buys_the_year_by_its_button(club: Salon) -> None:
    await chat_sells_by_the_year(club)
    shown = await club.writes(MIA_THERE, "/plans")
    assert " · ".join(ON_TELEGRAM) in shown.text
    asked = await club.presses(MIA_THERE, shown, "Join Pro")
    assert list(asked.buttons) == list(ON_TELEGRAM)
    offered = await club.presses(MIA_THERE, asked, ON_TELEGRAM[1])
    await club.world.play.pay(page(offered), GOOD)
    told = await club.reads(MIA_THERE, "Ask to join")
    link = next(url for url in told.buttons.values() if url.startswith("https://t.me/+"))
    assert (await club.joins(MIA_THERE, link))["status"] == "member"
    await has_a_year(club.world, Identity(Platform.TELEGRAM, str(MIA_THERE)))

    beside = await club.writes(BEN_THERE, "/subscribe Pro")
    ending = await club.writes(OLGA, "/plan price_end Pro")
    ended = await club.presses(OLGA, ending, "End €99.00 a year")
    assert "no longer sold at €99.00 a year" in ended.text
    refused = await club.presses(BEN_THERE, beside, ON_TELEGRAM[1])
    assert "no longer sold at that price" in refused.text
    assert list(refused.buttons) == ["€9.99 a month"]
    await club.world.advance("370d")
    assert await club.inside(MIA_THERE)
    assert [i["amount_paid"] for i in await club.world.play.stripe("invoice")] == [9900, 9900]


async def test_the_price_can_be_named_in_the_line_in_a_chat(club: Salon) -> None:
    await chat_sells_by_the_year(club)
    assert "€99.00 a year" in (await club.writes(MIA_THERE, "/subscribe Pro which:year")).text
    both = await club.writes(MIA_THERE, "/subscribe plan:Pro which:a")
    assert list(both.buttons) == list(ON_TELEGRAM)


async def test_a_german_member_of_a_chat_chooses_in_german(tmp_path: Path) -> None:
    users = [{**one, "language_code": "de"} if one["id"] == MIA_THERE else one for one in SEED["users"]]
    async with salon(tmp_path, seed={**SEED, "users": users}) as club:
        await chat_sells_by_the_year(club)
        asked = await club.writes(MIA_THERE, "/subscribe Pro")
        assert "Wie möchtest du Pro bezahlen?" in asked.text
        assert list(asked.buttons) == list(GERMAN)
        await club.world.play.pay(page(await club.presses(MIA_THERE, asked, GERMAN[1])), GOOD)
        assert [i["amount_paid"] for i in await club.world.play.stripe("invoice")] == [9900]

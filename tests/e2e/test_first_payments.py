"""First payments that take days, and subscriptions that were moved here: a plan's settings, and what they risk."""

from tests.e2e.telegram import MIA as MIA_THERE
from tests.e2e.telegram import OLGA, Salon
from tests.e2e.test_covering import DEBIT, DEBIT_BOUNCES, messages
from tests.e2e.world import MIA, World

SEPA = "AT611904300234573201"


async def test_in_at_once_lasts_until_the_bounce_and_there_is_no_second_free_ride(w: World) -> None:
    made = await w.plan(first_payment="at_once")
    assert "is in at once" in made.text
    assert "that is your risk" in made.text
    await w.buy(card=DEBIT_BOUNCES)
    await w.holds("Members")
    await w.advance("8d")
    assert (await w.subscription())["status"] == "past_due"
    await w.lacks("Members")
    await w.owner("DELETE", f"subscriptions/{(await w.subscription())['id']}")
    await w.quiet()
    await w.buy(card=DEBIT)
    await w.quiet()
    assert (await w.subscription())["status"] == "active"
    assert await w.roles() == set()
    await w.advance("8d")
    await w.holds("Members")


async def test_when_paid_can_be_said_of_a_plan_again(w: World) -> None:
    await w.plan(first_payment="at_once")
    assert "is in when it is paid" in (await w.ada("plan edit", plan="Pro", first_payment="when_paid")).text
    await w.buy(card=DEBIT)
    await w.quiet()
    assert await w.roles() == set()


async def moved(w: World) -> None:
    """The owner makes a subscription in the dashboard that is free until the old renewal day; then the card fails."""
    assert w.service.app is not None
    await w.mia("subscribe", plan="Pro")
    customer, price = (await w.play.stripe("customer"))[-1]["id"], (await w.play.stripe("price"))[-1]["id"]
    card = await w.owner("POST", "payment_methods/pm_card_chargeCustomerFail/attach", {"customer": customer})
    form = {"customer": customer, "items[0][price]": price, "default_payment_method": card["id"]}
    await w.owner(
        "POST", "subscriptions", form | {"trial_end": str(w.service.app.business.now() // 1000 + 10 * 86_400)}
    )
    await w.holds("Members")
    await w.advance("10d 2h")
    assert (await w.subscription())["status"] == "past_due"


async def test_who_was_moved_here_counts_as_having_paid_if_the_plan_says_so(w: World) -> None:
    made = await w.plan(grace_days=3)
    assert "count as paid" not in made.text
    assert "count as paid" in (await w.ada("plan edit", plan="Pro", moved_here="counts_as_paid")).text
    await moved(w)
    await w.told(MIA, "You keep access until")
    assert "Members" in await w.roles()
    await w.advance("73h")
    await w.lacks("Members")


async def test_who_was_moved_here_has_paid_nothing_unless_the_plan_says_so(w: World) -> None:
    await w.plan(grace_days=3)
    await moved(w)
    await w.lacks("Members")
    assert "keep access until" not in await messages(w)


async def test_on_telegram_a_plan_lets_people_in_at_once(club: Salon) -> None:
    words = "/plan create name:Pro price:9.99 currency:eur period:every_months first_payment:at_once"
    assert "is in at once" in (await club.writes(OLGA, words)).text
    assert "count as paid" in (await club.writes(OLGA, "/plan edit plan:Pro moved_here:counts_as_paid")).text
    link = await club.writes(MIA_THERE, "/subscribe Pro")
    await club.world.play.pay(next(url for url in link.buttons.values() if "/checkout/" in url), SEPA)
    told = await club.reads(MIA_THERE, "Ask to join")
    await club.joins(MIA_THERE, next(url for url in told.buttons.values() if url.startswith("https://t.me/+")))
    await club.reads(MIA_THERE, "You now have access to")

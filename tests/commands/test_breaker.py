"""`/breaker`: what is held back, go on, forget."""

from payments.core.access import Reason
from payments.flows.access.desired import sync_desired_access
from tests.commands.conftest import ADA, BEN, DAY, MIA, Town, action_of


async def _held_back(town: Town, *names: str) -> None:
    """These members would lose their role, and the breaker has stopped it."""
    if not (await town.ask(ADA, "plan list")).text.startswith("**Pro**"):
        await town.plan()
    for name in names:
        await town.customer(name)
        await town.access(name, "Members", wanted=False, reason=Reason.CANCELED)
    community = await town.community()
    async with town.store.transaction() as tx:
        await tx.communities.trip_breaker(community.id, town.clock.now())


async def test_nothing_held_back_is_said_so(town: Town) -> None:
    assert "Nothing is held back" in (await town.ask(ADA, "breaker")).text


async def test_the_list_names_members_targets_and_reasons(town: Town) -> None:
    await _held_back(town, MIA, BEN)
    shown = (await town.ask(ADA, "breaker")).text
    assert "**2 removals have been held back** since Jan 1, 2090" in shown
    assert "· Mia · Members: cancelled" in shown
    assert "· Ben · Members: cancelled" in shown
    german = (await town.ask(ADA, "breaker", reader="de")).text
    assert "2 Zugänge sollen entzogen werden" in german


async def test_the_list_names_the_plan_and_says_nothing_that_is_meant_for_the_member(town: Town) -> None:
    await town.plan(name="Season", period="once_days", every=30)
    await town.buys(plan="Season")
    mia, community = await town.person(MIA), await town.community()
    town.clock.at += 31 * DAY
    await town.access(MIA, "Members")
    (season,) = await town.entitlements(MIA)
    async with town.store.transaction() as tx:
        await tx.entitlements.foresee(season.id, None)  # an end that was told beforehand would not be held back
        await sync_desired_access(town.app, tx, [mia])
        await tx.communities.trip_breaker(community.id, town.clock.now())
    assert "· Mia · Members: Season, the time is over" in (await town.ask(ADA, "breaker")).text
    german = (await town.ask(ADA, "breaker", reader="de")).text
    assert "· Mia · Members: Season, die Zeit ist um" in german
    assert "/subscribe" not in german


async def test_going_on_releases_the_removals_that_were_seen(town: Town) -> None:
    await _held_back(town, MIA, BEN)
    shown = await town.ask(ADA, "breaker")
    done = await town.press(ADA, action_of(shown, "Go ahead"))
    assert done.text == "Going ahead with 2 removals."
    assert (await town.community()).breaker_tripped_at is None
    assert "Nothing is held back any more" in (await town.press(ADA, action_of(shown, "Go ahead"))).text


async def test_a_list_that_has_grown_is_shown_again_instead(town: Town) -> None:
    await _held_back(town, MIA)
    shown = await town.ask(ADA, "breaker")
    await _held_back(town, BEN)
    again = await town.press(ADA, action_of(shown, "Go ahead"))
    assert "The list has grown" in again.text
    assert "Ben" in again.text
    assert (await town.community()).breaker_tripped_at is not None


async def test_forgetting_asks_stripe_about_each_of_them_anew(town: Town) -> None:
    await _held_back(town, MIA, BEN)
    shown = await town.ask(ADA, "breaker")
    done = await town.press(ADA, action_of(shown, "Discard"))
    assert "asking Stripe about 2 customers again" in done.text
    async with town.store.transaction() as tx:
        assert await tx.customers.unsettled() == 2
    assert (await town.community()).breaker_tripped_at is None
    assert "Nothing is held back any more" in (await town.press(ADA, action_of(shown, "Discard"))).text


async def test_a_few_removals_on_their_way_hold_nothing_back(town: Town) -> None:
    await town.plan()
    await town.access(MIA, "Members", wanted=False, reason=Reason.CANCELED)
    shown = await town.ask(ADA, "breaker")
    assert "1 removal is on its way" in shown.text
    assert shown.buttons == ()


async def test_a_long_list_is_cut_and_says_how_many_more(town: Town) -> None:
    await _held_back(town, *(f"member{number}" for number in range(17)))
    shown = (await town.ask(ADA, "breaker")).text
    assert "17 removals have been held back" in shown
    assert "and 2 more" in shown


async def test_a_member_can_not_release_removals(town: Town) -> None:
    await _held_back(town, MIA)
    shown = await town.ask(ADA, "breaker")
    assert "for the community's team" in (await town.press(MIA, action_of(shown, "Go ahead"))).text
    assert (await town.community()).breaker_tripped_at is not None


async def test_a_held_back_member_is_explained_as_such(town: Town) -> None:
    from tests.commands.conftest import member

    await _held_back(town, MIA)
    assert "held back: decide with `/breaker`" in (await town.ask(ADA, "member", member=member(MIA))).text

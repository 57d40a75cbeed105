"""A place that is served no longer: nobody comes by it into a community that others run, and nothing is sold there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.catalog import Plan
from payments.core.community import Community, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import PersonId, TargetId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.access import presence
from payments.flows.catalog import offers, plans
from payments.flows.catalog.plans import change_targets
from payments.flows.checkout import subscribe
from payments.flows.checkout.subscribe import CheckoutLink, NotSold, Subscribed
from payments.flows.communities import claim
from payments.flows.communities.claim import BadClaim, Claimed, Served
from payments.flows.communities.stop_serving import Stopped, end_unserved, stop
from payments.flows.rights.belonging import Elsewhere, belonging
from payments.flows.runtime.places import find_served
from storage.store import SqlStore
from tests.core.builders import PRO
from tests.flows.club_fixture import CLUB, PLACE, Club
from tests.flows.shop_fixture import COMMUNITY, Shop
from tests.flows.shop_fixture import PLACE as SERVER
from tests.flows.two_platforms import ANN, CHAT, LOUNGE, TINA, BothSides, open_both_sides

DEN = Place(Platform.TELEGRAM, "-666")
EVE, OLGA = Identity(Platform.TELEGRAM, "tg-eve"), Identity(Platform.TELEGRAM, "tg-olga")


@pytest.fixture
async def both(store: SqlStore) -> BothSides:
    """On both engines."""
    return await open_both_sides(store)


async def joined(club: Club, place: Place = DEN) -> Community:
    """A chat that Olga brought into the club, which she owns there; no plan opens anything in it."""
    async with club.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.add(community, place, "Den")
        await tx.team.put(TeamEntry(CLUB, Platform.DISCORD, TeamKind.ACCOUNT, "ada", "100", "Ada", Rank.OWNER, 0))
        await tx.team.put(owner(OLGA, place))
    return community


def owner(who: Identity, place: Place) -> TeamEntry:
    return TeamEntry(CLUB, who.platform, TeamKind.ACCOUNT, who.user_id, place.external_id, "Olga", Rank.OWNER, 0)


async def claims(club: Club, place: Place, who: Identity = EVE) -> Claimed | Served | BadClaim:
    code = await claim.new_code(club.store, club.machine.at)
    return await claim.redeem(club.app, code, who, "Eve", "en", place, "Den")


async def club_of(club: Club) -> tuple[Community | None, set[str]]:
    async with club.store.transaction() as tx:
        return await tx.communities.get(CLUB), {entry.subject_id for entry in await tx.team.of(CLUB)}


async def test_whoever_claims_a_stopped_chat_gets_nothing_of_the_club_that_is_served(any_club: Club) -> None:
    before = await joined(any_club)
    assert await stop(any_club.app, DEN) == Stopped(0, shared=False)
    claimed = await claims(any_club, DEN)
    assert isinstance(claimed, Claimed)
    assert claimed.community.id != CLUB
    assert await club_of(any_club) == (before, {"ada"})
    async with any_club.store.transaction() as tx:
        assert [entry.subject_id for entry in await tx.team.of(claimed.community.id)] == [EVE.user_id]
        assert await tx.communities.places(CLUB) == [PLACE]


async def test_so_it_is_with_one_that_was_stopped_while_it_stayed_in_the_club(any_club: Club) -> None:
    before = await joined(any_club)
    async with any_club.store.transaction() as tx:
        await tx.communities.serve(DEN, served=False)
    claimed = await claims(any_club, DEN)
    assert isinstance(claimed, Claimed)
    assert claimed.community.id != CLUB
    assert await club_of(any_club) == (before, {"ada"})


async def test_a_chat_that_plans_of_a_served_club_open_is_nobody_elses_to_claim(both: BothSides) -> None:
    stopped = await stop(both.club.app, CHAT)
    assert stopped is not None
    assert stopped.shared
    assert not await find_served(both.club.app, [CHAT])
    before = await club_of(both.club)
    code = await claim.new_code(both.store, both.club.machine.at)
    for _ in range(2):  # the code stays good
        told = await claim.redeem(both.club.app, code, EVE, "Eve", "en", CHAT, "Den")
        assert told is BadClaim.SHARED
    assert await club_of(both.club) == before
    assert not await find_served(both.club.app, [CHAT])


async def test_an_owner_of_the_club_claims_its_stopped_chat_back_into_it(any_club: Club) -> None:
    await joined(any_club)
    await joined(any_club, Place(Platform.TELEGRAM, "-667"))  # Olga is an owner there, where it is served
    async with any_club.store.transaction() as tx:
        await tx.communities.serve(DEN, served=False)
    claimed = await claims(any_club, DEN, OLGA)
    assert isinstance(claimed, Claimed)
    assert claimed.community.id == CLUB


async def test_so_does_one_whose_other_account_is_the_owner_there(both: BothSides) -> None:
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    async with both.store.transaction() as tx:
        await tx.team.put(TeamEntry(CLUB, ANN.platform, TeamKind.ACCOUNT, ANN.user_id, "100", "Ann", Rank.OWNER, 0))
        await tx.team.put(owner(TINA, CHAT))
    stopped = await stop(both.club.app, CHAT)
    assert stopped is not None
    assert stopped.shared
    assert await claims(both.club, CHAT, TINA) is BadClaim.SHARED
    await both.links(ANN, TINA)
    claimed = await claims(both.club, CHAT, TINA)
    assert isinstance(claimed, Claimed)
    assert claimed.community.id == CLUB
    assert (await club_of(both.club))[1] == {ANN.user_id, TINA.user_id}


async def test_former_members_are_strangers_to_whoever_claims_a_stopped_chat(both: BothSides) -> None:
    await both.pays("tina", TINA)
    assert both.in_lounge(TINA)
    await change_targets(both.club.app, PRO, PersonId("prs_tina"), take=[LOUNGE], keep_members=False)
    await both.work()
    assert not both.in_lounge(TINA)
    del both.telegram.servers[CHAT.external_id].members[TINA.user_id]
    stopped = await stop(both.club.app, CHAT)
    assert stopped is not None
    assert not stopped.shared
    claimed = await claims(both.club, CHAT)
    assert isinstance(claimed, Claimed)
    assert isinstance(await belonging(both.club.app, claimed.community, CHAT, TINA), Elsewhere)
    async with both.store.transaction() as tx:
        theirs = await tx.accesses.of([PersonId("prs_tina")])
    assert LOUNGE not in [access.target_id for access in theirs]


async def test_a_team_that_came_by_the_stopped_chat_alone_leaves_the_club_no_administrators(any_club: Club) -> None:
    await joined(any_club)
    async with any_club.store.transaction() as tx:
        await tx.team.remove(CLUB, Platform.DISCORD, TeamKind.ACCOUNT, "ada")
    await stop(any_club.app, DEN)
    assert (await club_of(any_club))[1] == {OLGA.user_id}


async def test_where_nothing_is_served_any_more_the_team_is_over_however_it_is_served_again(any_club: Club) -> None:
    async with any_club.store.transaction() as tx:
        await tx.team.put(TeamEntry(CLUB, Platform.DISCORD, TeamKind.ACCOUNT, "max", "100", "Max", Rank.OWNER, 0))
    assert await stop(any_club.app, PLACE) is not None
    assert await stop(any_club.app, PLACE) is None
    settings = any_club.app.settings
    any_club.app.settings = replace(settings, named_places=frozenset({PLACE}))
    assert (await club_of(any_club))[1] == set()


@pytest.mark.parametrize("others", [True, False])
async def test_the_team_of_a_stopped_chat_ends_also_where_the_chat_stays_in_the_club(
    both: BothSides, others: bool
) -> None:
    manager = replace(owner(EVE, CHAT), rank=Rank.MANAGER)
    ada = TeamEntry(CLUB, Platform.DISCORD, TeamKind.ACCOUNT, "ada", "100", "Ada", Rank.OWNER, 0)
    async with both.store.transaction() as tx:
        for entry in (owner(OLGA, CHAT), manager, *([ada] if others else [])):
            await tx.team.put(entry)
    stopped = await stop(both.club.app, CHAT)
    assert stopped is not None
    assert stopped.shared
    named = frozenset({CHAT})
    both.club.app.settings = replace(both.club.app.settings, named_places=named)
    # With nobody in the team, the server's Administrators would be owners.
    assert (await club_of(both.club))[1] == ({"ada"} if others else {OLGA.user_id})


async def test_a_place_that_is_not_served_names_no_community(any_club: Club) -> None:
    await stop(any_club.app, PLACE)
    assert await presence.renamed(any_club.app, PLACE, "Free money", {}) == 0


async def test_a_link_that_was_given_out_can_not_be_paid_once_the_place_is_stopped(any_shop: Shop) -> None:
    shop = any_shop
    plan, mia = await shop.plan(), await shop.member()
    link = await subscribe.subscribe(shop.app, person_id=mia, plan_id=plan.id, name="Mia")
    assert isinstance(link, CheckoutLink)
    assert await stop(shop.app, SERVER) == Stopped(0, shared=False)
    await shop.redrive()
    assert [one["status"] for one in shop.stripe("checkout.session")] == ["expired"]


async def test_what_opens_only_a_stopped_server_is_sold_no_more_though_a_chat_beside_it_is_served(
    any_shop: Shop,
) -> None:
    shop = any_shop
    plan, mia, ben = await shop.plan(), await shop.member("mia"), await shop.member("ben")
    await beside(shop)
    assert isinstance(await subscribed(shop, plan, mia), CheckoutLink)
    stopped = await stop(shop.app, SERVER)
    assert stopped is not None
    assert stopped.shared
    await shop.redrive()
    assert [one["status"] for one in shop.stripe("checkout.session")] == ["expired"]
    for who in (mia, ben):
        assert await subscribed(shop, plan, who) is NotSold.UNSERVED
    (offer,) = await offers.offers(shop.app, COMMUNITY)
    assert not offer.sold
    async with shop.app.store.transaction() as tx:
        await tx.communities.serve(SERVER, served=True)
    assert isinstance(await subscribed(shop, plan, ben), CheckoutLink)


async def test_what_also_opens_a_chat_that_is_served_is_sold_on_and_says_nothing_of_the_server(any_shop: Shop) -> None:
    shop = any_shop
    plan, mia, admin = await shop.plan(), await shop.member("mia"), await shop.member("admin")
    await beside(shop)
    async with shop.app.store.transaction() as tx:
        lounge = Target(
            TargetId("tgt_lounge"), COMMUNITY, DEN.platform, DEN.external_id, TargetKind.CHAT, "-666", "Den"
        )
        den = await tx.communities.put_target(lounge)
    await plans.change_targets(shop.app, plan.id, admin, add=[den.id])
    link = await subscribed(shop, plan, mia)
    assert isinstance(link, CheckoutLink)
    await stop(shop.app, SERVER)
    await shop.redrive()
    assert await subscribed(shop, plan, mia) == link
    (offer,) = await offers.offers(shop.app, COMMUNITY)
    assert [target.name for target in offer.offered] == ["Den"]
    await plans.change_targets(shop.app, plan.id, admin, take=[den.id])
    await shop.redrive()
    assert [one["status"] for one in shop.stripe("checkout.session")] == ["expired"]
    assert await subscribed(shop, plan, mia) is NotSold.UNSERVED


async def beside(shop: Shop) -> None:
    """A chat is in the community of the server."""
    async with shop.app.store.transaction() as tx:
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.add(community, DEN, "Den")


async def subscribed(shop: Shop, plan: Plan, who: PersonId) -> Subscribed:
    return await subscribe.subscribe(shop.app, person_id=who, plan_id=plan.id, name="Somebody")


async def test_links_end_at_the_next_start_where_a_place_was_taken_out_of_the_configuration(any_shop: Shop) -> None:
    shop = any_shop
    plan, mia = await shop.plan(), await shop.member("mia")
    assert isinstance(await subscribed(shop, plan, mia), CheckoutLink)
    await end_unserved(shop.app)
    await shop.redrive()
    assert [one["status"] for one in shop.stripe("checkout.session")] == ["open"]
    async with shop.app.store.transaction() as tx:
        await tx.communities.serve(SERVER, served=False)
    await end_unserved(shop.app)
    await shop.redrive()
    assert [one["status"] for one in shop.stripe("checkout.session")] == ["expired"]


async def test_the_only_owner_who_came_by_the_stopped_chat_claims_it_back(both: BothSides) -> None:
    async with both.store.transaction() as tx:
        await tx.team.put(owner(OLGA, CHAT))
    await stop(both.club.app, CHAT)
    claimed = await claims(both.club, CHAT, OLGA)
    assert isinstance(claimed, Claimed)
    assert claimed.community.id == CLUB

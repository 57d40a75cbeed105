"""What can't be given to anybody is not sold, also by links that are open, and the contact hears of it once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from payments.core.billing import CheckoutState
from payments.core.community import Place, Platform, Target, TargetKind
from payments.core.ids import TargetId
from payments.flows.access import faults, presence
from payments.flows.catalog import offers, plans
from payments.flows.checkout import subscribe
from payments.flows.checkout.subscribe import CheckoutLink, NotSold, Subscribed
from payments.flows.communities import stop_serving
from payments.ports.chat import Blocked, Busy, Done, Failed
from payments.ports.providers import ProviderUnavailable
from tests.fakes.platform import FakePlatform, FakeRole, FakeServer
from tests.flows.shop_fixture import COMMUNITY, DAY, PLACE, Shop

GONE = Blocked("target_gone", "the role is gone")


class Counter:
    """A shop whose plan Pro opens the role "1" of a server, with Olga as the contact; Mia asks for it."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.app = shop, shop.app
        self.platform = FakePlatform()
        self.server = self.platform.servers[PLACE.external_id] = FakeServer(roles={"1": FakeRole()})
        shop.app.platforms = {Platform.DISCORD: self.platform}

    async def open(self) -> None:
        self.olga, self.mia = await self.shop.member("olga"), await self.shop.member("mia")
        async with self.app.store.transaction() as tx:
            club = await tx.communities.get(COMMUNITY)
            assert club is not None
            await tx.communities.update(replace(club, contact_id=self.olga))
        self.plan = await self.shop.plan()

    async def asks(self) -> Subscribed:
        return await subscribe.subscribe(self.app, person_id=self.mia, plan_id=self.plan.id, name="Mia")

    async def sold(self) -> bool:
        (offer,) = await offers.offers(self.app, COMMUNITY)
        return offer.sold

    async def link(self) -> CheckoutLink:
        found = await self.asks()
        assert isinstance(found, CheckoutLink)
        return found

    def sessions(self) -> list[str]:
        return [session["status"] for session in self.shop.stripe("checkout.session")]

    async def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """What the contact was told, oldest first."""
        lease = self.app.lease()
        async with self.app.store.transaction() as tx:
            found = await tx.notices.claim(lease, self.app.machine.now() + 100 * DAY, 50)
            await tx.notices.release(lease)
        kinds = ("not_sold", "sold_again")
        return [(one.kind, json.loads(one.params)) for one in found if one.kind in kinds]

    async def told(self) -> list[str]:
        return [kind for kind, _ in await self.notices()]

    async def checked(self) -> None:
        await presence.recheck_blocked(self.app, PLACE)

    async def learns(self, answer: Blocked | Done | Busy | Failed, *, dies: bool = False) -> None:
        async with self.app.store.transaction() as tx:
            here = await tx.communities.targets_in(PLACE)
            await faults.learn(self.app, tx, PLACE, dict.fromkeys(here, answer))
            if dies:
                raise RuntimeError("the process dies before the commit")


@pytest.fixture
async def counter(any_shop: Shop) -> Counter:
    made = Counter(any_shop)
    await made.open()
    return made


async def test_a_deleted_role_ends_the_links_and_is_told_once_with_what_to_do(counter: Counter) -> None:
    await counter.link()
    del counter.server.roles["1"]
    await presence.role_deleted(counter.app, PLACE, "1")
    assert await counter.asks() is NotSold.BROKEN
    assert not await counter.sold()
    await counter.shop.redrive()
    assert counter.sessions() == ["expired"]
    await presence.role_deleted(counter.app, PLACE, "1")
    await counter.checked()
    ((kind, params),) = await counter.notices()
    assert kind == "not_sold"
    assert (params["targets"], params["plans"], params["code"]) == (["1"], ["Pro"], "target_gone")
    counter.server.roles["1"] = FakeRole()
    await counter.checked()
    assert isinstance(await counter.asks(), CheckoutLink)
    assert await counter.told() == ["not_sold", "sold_again"]


@pytest.mark.parametrize("lost", ["rank", "rights", "managed", "bot"])
async def test_whatever_takes_a_role_out_of_reach_stops_the_sale_until_it_is_back(counter: Counter, lost: str) -> None:
    server, role = counter.server, counter.server.roles["1"]

    def reach(*, there: bool) -> None:
        server.rank = 0 if lost == "rank" and not there else 100
        server.may_manage = there or lost != "rights"
        server.bot_inside = there or lost != "bot"
        role.managed = lost == "managed" and not there

    reach(there=False)
    await counter.checked()
    assert await counter.asks() is NotSold.BROKEN
    reach(there=True)
    await counter.checked()
    assert isinstance(await counter.asks(), CheckoutLink)
    assert await counter.told() == ["not_sold", "sold_again"]


@pytest.mark.parametrize("answer", [Busy(1_000, "503"), Failed("500")])
async def test_what_is_unknown_stops_no_sale_and_ends_none(counter: Counter, answer: Busy | Failed) -> None:
    counter.platform.answers = [answer]
    await counter.checked()
    assert await counter.sold()
    await counter.learns(GONE)
    counter.platform.answers = [answer]
    await counter.checked()
    assert not await counter.sold()


async def test_of_several_things_one_is_enough_until_it_is_taken_off(counter: Counter) -> None:
    counter.server.roles["2"] = FakeRole()
    second = await counter.shop.target("2")
    await plans.change_targets(counter.app, counter.plan.id, counter.olga, add=[second])
    await counter.link()
    await presence.role_deleted(counter.app, PLACE, "2")
    assert await counter.asks() is NotSold.BROKEN
    (offer,) = await offers.offers(counter.app, COMMUNITY)
    assert [target.name for target in offer.broken] == ["2"]
    await plans.change_targets(counter.app, counter.plan.id, counter.olga, take=[second])
    assert isinstance(await counter.asks(), CheckoutLink)
    await counter.shop.redrive()
    assert counter.sessions()[-1] == "open"
    await plans.change_targets(counter.app, counter.plan.id, counter.olga, add=[second])
    await counter.shop.redrive()
    assert "open" not in counter.sessions(), "a link of before it was put back promises what can't be given"


async def test_the_bot_put_out_is_one_cause_for_all_that_is_there(counter: Counter) -> None:
    counter.server.roles["2"] = FakeRole()
    second = await counter.shop.target("2")
    await plans.change_targets(counter.app, counter.plan.id, counter.olga, add=[second])
    counter.server.bot_inside = False
    await presence.put_out(counter.app, PLACE)
    await counter.checked()
    ((_, params),) = await counter.notices()
    assert (params["targets"], params["code"]) == (["1", "2"], "no_access")
    counter.server.bot_inside = True
    await counter.checked()
    assert await counter.told() == ["not_sold", "sold_again"]


async def test_what_stays_so_is_told_again_once_a_day(counter: Counter) -> None:
    del counter.server.roles["1"]
    await counter.checked()
    await counter.shop.advance(DAY / 1000 - 60)
    await counter.checked()
    assert await counter.told() == ["not_sold"]
    await counter.shop.advance(120)
    await counter.checked()
    await counter.checked()
    (_, first), (_, again) = await counter.notices()
    assert "since" not in first
    assert again["since"] > 0
    await counter.shop.advance(DAY / 1000)
    await counter.checked()
    assert await counter.told() == ["not_sold"] * 3


async def test_a_check_that_began_before_the_role_was_deleted_sells_nothing_again(counter: Counter) -> None:
    async with counter.app.store.transaction() as tx:
        (before,) = await tx.communities.targets_in(PLACE)
    await counter.learns(GONE)
    async with counter.app.store.transaction() as tx:
        await faults.learn(counter.app, tx, PLACE, {before: Done()})
    assert not await counter.sold()


async def test_a_death_in_the_commit_leaves_neither_a_fault_nor_an_ended_link(counter: Counter) -> None:
    await counter.link()
    with pytest.raises(RuntimeError):
        await counter.learns(GONE, dies=True)
    assert await counter.sold()
    assert await counter.shop.redrive() == 0
    assert await counter.told() == []
    await counter.learns(GONE)
    assert await counter.shop.redrive() == 1, "what ends the links is stored with the fault"
    assert counter.sessions() == ["expired"]


async def test_a_link_that_is_being_made_meanwhile_is_not_handed_out(counter: Counter) -> None:
    counter.shop.fault("/v1/checkout/sessions", status=500, times=3)
    with pytest.raises(ProviderUnavailable):
        await counter.asks()
    await counter.learns(GONE)
    assert await counter.asks() is NotSold.BROKEN
    await counter.shop.redrive()
    async with counter.app.store.transaction() as tx:
        current = await tx.checkouts.current(counter.mia, counter.plan.id)
    assert current is None or current.state is not CheckoutState.OPEN
    assert "open" not in counter.sessions()


async def test_in_a_place_that_is_served_no_longer_nothing_is_told(counter: Counter) -> None:
    await stop_serving.stop(counter.app, PLACE)
    counter.server.bot_inside = False
    await counter.checked()
    assert await counter.asks() is NotSold.UNSERVED
    assert await counter.told() == []


async def test_a_chat_of_another_platform_is_a_part_of_it_too(counter: Counter) -> None:
    den = Place(Platform.TELEGRAM, "-666")
    async with counter.app.store.transaction() as tx:
        community = await tx.communities.get(COMMUNITY)
        assert community is not None
        await tx.communities.add(community, den, "Den")
        chat = await tx.communities.put_target(
            Target(TargetId("tgt_den"), COMMUNITY, den.platform, den.external_id, TargetKind.CHAT, "-666", "Den")
        )
    await plans.change_targets(counter.app, counter.plan.id, counter.olga, add=[chat.id])
    async with counter.app.store.transaction() as tx:
        await faults.all_broken(counter.app, tx, den, Blocked("chat_no_access", "the bot was removed"))
    assert await counter.asks() is NotSold.BROKEN
    async with counter.app.store.transaction() as tx:
        await faults.all_well(counter.app, tx, den)
    assert isinstance(await counter.asks(), CheckoutLink)

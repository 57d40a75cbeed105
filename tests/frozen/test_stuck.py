"""Work that a released version had begun, held back or given up is finished by this one."""

from __future__ import annotations

from payments.core.access import EffectState
from payments.core.catalog import PriceState
from payments.core.community import Platform
from payments.core.ids import PersonId
from payments.flows.access import breaker as breaking
from payments.flows.access import presence
from payments.flows.access.breaker import Released
from payments.flows.jobs.replay import replay
from payments.flows.settlement import webhooks as ingest
from payments.ports.stores import Transaction
from tests.core.builders import refund
from tests.flows.club_fixture import PLACE, stripe_id
from tests.flows.two_platforms import BothSides, on_discord
from tests.frozen.month import PATRON
from tests.frozen.neighbours import CAVE, DIVER
from tests.frozen.steps import catch_up, customer, effect, has, redrive


async def test_open_and_leased_deliveries_are_made(frozen: BothSides) -> None:
    assert not has(frozen, "ella")
    assert not has(frozen, "leo")
    await frozen.work()
    assert has(frozen, "ella")
    assert not has(frozen, "leo"), "another process is still at it"
    await catch_up(frozen)
    assert has(frozen, "leo")
    assert await effect(frozen, "leo") is EffectState.DONE


async def test_what_was_given_up_is_replayed(frozen: BothSides) -> None:
    assert await effect(frozen, "dag") is EffectState.DEAD
    replayed = await replay(frozen.club.app)
    assert (replayed.customers, replayed.events, replayed.requests, replayed.updates) == (1, 1, 1, 1)
    await catch_up(frozen)
    await redrive(frozen)
    await catch_up(frozen)  # what was ended at the provider is settled
    assert has(frozen, "dag")
    assert await frozen.club.unsettled() == 0
    lease, now = frozen.club.app.lease(), frozen.club.machine.at
    async with frozen.store.transaction() as tx:
        assert await price_state(tx, "Gone") is PriceState.ACTIVE
        assert "ch_dead" in {event.object_id for event in await tx.events.claim_unresolved(lease, now, 50)}
        assert "upd_dead" in {update.id for update in await tx.inbox.claim(Platform.TELEGRAM, lease, now, 50)}
        assert "told_dead" in {notice.key for notice in await tx.notices.claim(lease, now, 50)}


async def test_blocked_and_waiting_members_are_let_in_once_they_can_be(frozen: BothSides) -> None:
    assert await effect(frozen, "bruno", PATRON) is EffectState.BLOCKED
    frozen.discord.servers["100"].roles["role-tgt_patron"].position = 1
    frozen.discord.servers["100"].members["user-wanda"] = set()
    assert await presence.recheck_blocked(frozen.club.app, PLACE) == 2
    assert await presence.member_joined(frozen.club.app, on_discord("wanda"), PLACE) == 1
    await frozen.work()
    assert has(frozen, "bruno", "role-tgt_patron")
    assert not has(frozen, "cora", "role-tgt_patron"), "her week was over before the role came into reach"
    assert has(frozen, "wanda")


async def test_the_breaker_still_holds_back_a_removal_until_it_is_released(frozen: BothSides) -> None:
    app = frozen.club.app
    await catch_up(frozen)
    assert has(frozen, "moll", "role-diver", "300"), "held back"
    assert not has(frozen, "max", "role-diver", "300"), "released before"
    async with frozen.store.transaction() as tx:
        cave = await tx.communities.at(CAVE)
    assert cave is not None
    seen = (await breaking.view(app, cave.id)).count
    assert seen == 1
    assert isinstance(await breaking.release(app, cave.id, seen=seen, actor=PersonId("prs_eve")), Released)
    await catch_up(frozen)
    assert not has(frozen, "moll", "role-diver", "300")
    assert has(frozen, "emil", "role-diver", "300")
    access = await frozen.club.access("moll", DIVER)
    assert access is not None
    assert (access.wanted, access.applied) == (False, False)


async def test_pending_prices_are_made(frozen: BothSides) -> None:
    await catch_up(frozen)
    assert "price" in await redrive(frozen)
    async with frozen.store.transaction() as tx:
        states = {name: await price_state(tx, name) for name in ("Later", "Soon", "Gone")}
    assert states == {"Later": PriceState.ACTIVE, "Soon": PriceState.ACTIVE, "Gone": PriceState.PENDING}
    assert sorted(frozen.club.provider.products.values()).count("Later") == 1


async def price_state(tx: Transaction, plan: str) -> PriceState:
    community = await tx.communities.at(PLACE)
    assert community is not None
    found = await tx.plans.by_name(community.id, plan)
    assert found is not None
    (price,) = await tx.plans.prices(found.id)
    return price.state


async def test_an_unresolved_webhook_finds_its_customer(frozen: BothSides) -> None:
    rob = await customer(frozen, "rob")
    frozen.club.provider.put_refund(stripe_id(rob), refund("re_rob", of="in_sub_rob", charge="ch_rob"))
    await catch_up(frozen)
    assert has(frozen, "rob"), "nobody has read yet that the rest was refunded too"
    app, lease = frozen.club.app, frozen.club.app.lease()
    async with frozen.store.transaction() as tx:
        found = await tx.events.claim_unresolved(lease, frozen.club.machine.at, 50)
    assert {event.object_id for event in found} == {"ch_rex", "ch_rob"}
    for event in found:
        await ingest.resolve_event(app, event, lease)
    await catch_up(frozen)
    assert not has(frozen, "rob")
    async with frozen.store.transaction() as tx:
        assert [row.amount for row in await tx.billing.refunds(rob.id)] == [900]


async def test_waiting_updates_and_messages_are_claimed(frozen: BothSides) -> None:
    frozen.club.pass_time(120_000)
    lease, now = frozen.club.app.lease(), frozen.club.machine.at
    async with frozen.store.transaction() as tx:
        assert [update.id for update in await tx.inbox.claim(Platform.TELEGRAM, lease, now, 50)] == [
            "upd_leased",
            "upd_open",
        ]
        notices = {notice.key for notice in await tx.notices.claim(lease, now, 50)}
    assert "told_now" in notices
    assert "told_dead" not in notices

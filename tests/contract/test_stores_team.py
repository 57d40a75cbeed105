"""Which places are served, the codes that claim them, and the team (invariant 18)."""

import asyncio
from dataclasses import replace

from payments.core.access import Source
from payments.core.billing import Purchase, PurchaseState
from payments.core.community import Community, Place, Platform
from payments.core.ids import CheckoutId, CommunityId, PersonId, PurchaseId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.ports.stores import AuditEntry, Claim, ClaimState
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ACCOUNT, ADA, BEN, CAVE, MONTHLY, NOW, PRO, SERVER

HOUR = 3_600_000
CHAT = Place(Platform.TELEGRAM, "-100")
MAX = TeamEntry(CAVE, Platform.DISCORD, TeamKind.ACCOUNT, "max", SERVER.external_id, "Max", Rank.MANAGER, NOW)
MODS = replace(MAX, kind=TeamKind.ROLE, subject_id="mods", name="Mods", rank=Rank.SUPPORT)


async def test_a_code_is_redeemed_once_however_many_try_at_once(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.claims.add("h1", NOW + HOUR, NOW)

    async def redeem(who: str) -> bool:
        async with store.transaction() as tx:
            return await tx.claims.redeem("h1", who, SERVER)

    assert sum(await asyncio.gather(*(redeem(f"eve{n}") for n in range(5)))) == 1
    async with store.transaction() as tx:
        found = await tx.claims.get("h1")
        assert found is not None
        assert (found.state, found.place) == (ClaimState.REDEEMED, SERVER)
        assert await tx.claims.get("h2") is None


async def test_a_code_that_somebody_holds_is_theirs(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.claims.add("h1", NOW + HOUR, NOW)
        assert await tx.claims.held_by(["7"], NOW) == []
        assert await tx.claims.hold("h1", "7")
        assert not await tx.claims.hold("h1", "8")
        assert await tx.claims.held_by(["7", "8"], NOW) == [Claim("h1", ClaimState.HELD, NOW + HOUR, "7")]
        assert await tx.claims.held_by(["7"], NOW + HOUR) == []
        assert await tx.claims.held_by([], NOW) == []
        assert not await tx.claims.redeem("h1", "8", CHAT)
        assert await tx.claims.redeem("h1", "7", CHAT)
        assert await tx.claims.held_by(["7"], NOW) == []


async def test_a_place_is_served_until_it_is_not(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "The Cave")
        assert list(await tx.communities.served([SERVER, CHAT])) == [SERVER]
        assert list(await tx.communities.served([])) == []
        assert not await tx.communities.serve(CHAT, served=True)
        assert await tx.communities.serve(SERVER, served=False)
        assert not await tx.communities.serve(SERVER, served=False)
        assert list(await tx.communities.served([SERVER])) == []
        assert await tx.communities.all_served() == {}
        assert await tx.communities.serve(SERVER, served=True)
        assert await tx.communities.all_served() == {SERVER: "The Cave"}


async def test_the_team_is_listed_by_rank_then_name(store: SqlStore) -> None:
    zoe = replace(MAX, subject_id="zoe", name="Zoe", rank=Rank.OWNER)
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "The Cave")
        for entry in (MODS, MAX, zoe):
            await tx.team.put(entry)
        assert await tx.team.of(CAVE) == [zoe, MAX, MODS]
        await tx.team.put(replace(MAX, rank=Rank.SUPPORT))
        assert {e.name: e.rank for e in await tx.team.of(CAVE)} == {
            "Zoe": Rank.OWNER,
            "Max": Rank.SUPPORT,
            "Mods": Rank.SUPPORT,
        }
        assert await tx.team.remove(CAVE, Platform.DISCORD, TeamKind.ACCOUNT, "max")
        assert not await tx.team.remove(CAVE, Platform.DISCORD, TeamKind.ACCOUNT, "max")
        assert await tx.team.of(CAVE) == [zoe, MODS]


async def test_a_role_is_suspended_and_counts_again(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "The Cave")
        await tx.team.put(MODS)
        await tx.team.put(MAX)
        assert await tx.team.roles() == [MODS]
        assert await tx.team.suspend(MODS, NOW)
        assert not await tx.team.suspend(MODS, NOW + 1)
        assert await tx.team.roles() == [replace(MODS, suspended_at=NOW)]
        assert await tx.team.suspend(MODS, None)
        assert not await tx.team.suspend(MODS, None)


async def test_joined_communities_have_one_team_and_part_with_theirs(store: SqlStore) -> None:
    salon = CommunityId("com_salon")
    theirs = replace(MAX, community_id=salon, platform=Platform.TELEGRAM, subject_id="7", place_id="-100", name="Tina")
    twice = replace(MAX, community_id=salon, rank=Rank.OWNER)
    async with store.transaction() as tx:
        cave = await tx.communities.add(builders.community(), SERVER, "The Cave")
        await tx.communities.add(replace(cave, id=salon, name="Salon"), CHAT, "Salon")
        for entry in (MAX, theirs, twice):
            await tx.team.put(entry)
        await tx.communities.join(salon, CAVE)
        assert await tx.team.of(CAVE) == [MAX, replace(theirs, community_id=CAVE)]
        own: Community = replace(cave, id=CommunityId("com_own"), name="Salon")
        await tx.communities.take_out(CHAT, own)
        assert await tx.team.of(CAVE) == [MAX]
        assert await tx.team.of(own.id) == [replace(theirs, community_id=own.id)]


async def test_a_group_that_moves_takes_its_team_along(store: SqlStore) -> None:
    tina = replace(MAX, platform=Platform.TELEGRAM, subject_id="7", place_id="-1", name="Tina")
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "The Cave")
        await tx.team.put(tina)
        await tx.chat_rooms.migrate(Place(Platform.TELEGRAM, "-1"), "-1001", "supergroup")
        assert await tx.team.of(CAVE) == [replace(tina, place_id="-1001")]


async def test_who_bought_had_or_was_billed_something_in_a_community_dealt_there(store: SqlStore) -> None:
    other = replace(builders.community("com_other"), name="Other")
    zoe = PersonId("prs_zoe")
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.communities.add(other, Place(Platform.DISCORD, "server-2"), "Other")
        await builders.person(tx, zoe)
        for person_id in (ADA, BEN, zoe):
            assert not await tx.identities.dealt(person_id, CAVE)
        await tx.entitlements.put(replace(builders.entitlement(BEN), source=Source.COMP, payer_id=ADA))
        assert await tx.identities.dealt(BEN, CAVE)
        assert not await tx.identities.bought(BEN, CAVE)
        assert not await tx.identities.dealt(ADA, CAVE)  # who gives a comp has bought nothing
        await tx.billing.put_subscription(
            replace(builders.subscription(await builders.customer(tx)), beneficiary_id=BEN)
        )
        assert await tx.identities.dealt(ADA, CAVE)
        assert await tx.identities.bought(ADA, CAVE)
        billed = AuditEntry("aud_1", NOW, CAVE, zoe, None, "guestlist", "invoice_sent", "25")
        await tx.audit_log.add(replace(billed, id="aud_2", community_id=other.id))
        await tx.audit_log.add(replace(billed, id="aud_3", action="wanted"))
        assert not await tx.identities.dealt(zoe, CAVE)
        await tx.audit_log.add(billed)
        assert await tx.identities.dealt(zoe, CAVE)
        assert await tx.identities.bought(zoe, CAVE)
        assert not await tx.identities.dealt(ADA, other.id)
        assert not await tx.identities.dealt(BEN, other.id)


async def test_who_holds_a_role_of_a_community_dealt_there(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.accesses.want(builders.access(), NOW)
        assert await tx.identities.dealt(ADA, CAVE)
        assert not await tx.identities.dealt(BEN, CAVE)


async def test_a_one_off_purchase_counts_once_it_is_paid(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        await tx.checkouts.add(builders.checkout(customer))
        bought = Purchase(
            id=PurchaseId("pur_1"),
            checkout_id=CheckoutId("chk_1"),
            account_id=ACCOUNT,
            customer_id=customer.id,
            payer_id=ADA,
            beneficiary_id=BEN,
            plan_id=PRO,
            price_id=MONTHLY,
            total=500,
            currency="eur",
            state=PurchaseState.OPEN,
            invoice_id=None,
            paid_at=None,
            created_at=NOW,
        )
        await tx.billing.put_purchase(bought)
        assert not await tx.identities.dealt(ADA, CAVE)
        await tx.billing.put_purchase(replace(bought, state=PurchaseState.PAID, paid_at=NOW))
        assert await tx.identities.dealt(ADA, CAVE)

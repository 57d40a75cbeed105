"""Communities, people, plans, accounts: the same on both engines."""

from dataclasses import replace

import pytest

from payments.core.access import Access, EffectState
from payments.core.billing import Customer, SnapshotPart
from payments.core.calendar import Unit
from payments.core.catalog import PlanState, PlanTarget, Price, PriceKind, PriceState
from payments.core.community import Identity, Place, Platform, Target, TargetKind
from payments.core.ids import AccountId, CommunityId, PersonId, PlanId, PriceId, TargetId
from payments.ports.stores import Retry, Store, StoredAccount, Stuck, Transaction
from storage.database import ConstraintViolated
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ACCOUNT, ADA, BEN, CAVE, MONTHLY, NOW, PRO, ROLE, SERVER


def test_the_sql_store_is_a_store(sqlite_url: str) -> None:
    def flows_take(store: Store) -> type[Store]:
        return type(store)

    assert flows_take.__annotations__["store"] is Store
    assert all(hasattr(SqlStore, name) for name in ("transaction", "ingest", "healthy", "counts", "close"))


async def test_a_place_has_one_community(store: SqlStore) -> None:
    async with store.transaction() as tx:
        made = await tx.communities.add(builders.community(), SERVER, "server")
        again = await tx.communities.add(builders.community("com_other"), SERVER, "server")
        assert made == again == builders.community()
        assert await tx.communities.get(CommunityId("com_other")) is None
        assert await tx.communities.at(Place(Platform.DISCORD, "elsewhere")) is None


async def test_a_community_may_have_chats_beside_its_server(store: SqlStore) -> None:
    chat = Place(Platform.TELEGRAM, "-100")
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "server")
        assert await tx.communities.add(builders.community(), chat, "chat") == builders.community()
        assert await tx.communities.places(CAVE) == [SERVER, chat]
        assert await tx.communities.all() == [builders.community()]


async def test_settings_of_a_community_are_stored(store: SqlStore) -> None:
    changed = replace(builders.community(), name="Höhle", locale="de", currency="usd", grace_ms=5, contact_id=ADA)
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "server")
        await tx.communities.update(changed)
    async with store.transaction() as tx:
        assert await tx.communities.get(CAVE) == changed


async def test_a_community_follows_the_place_it_is_named_after(store: SqlStore) -> None:
    chat, named = Place(Platform.TELEGRAM, "-100"), replace(builders.community(), name="Cave")
    async with store.transaction() as tx:
        await tx.communities.add(named, SERVER, "Cave")
        await tx.communities.add(named, chat, "chat")
        assert await tx.communities.rename_place(SERVER, "Grotto")
        assert not await tx.communities.rename_place(SERVER, "Grotto")
        assert await tx.communities.rename_place(chat, "Small talk")
        assert not await tx.communities.rename_place(Place(Platform.DISCORD, "elsewhere"), "Grotto")
        assert await tx.communities.get(CAVE) == replace(named, name="Grotto")


async def test_when_a_webhook_last_came_is_remembered(store: SqlStore) -> None:
    fresh = StoredAccount(ACCOUNT, False, "eur", None, None, None)
    async with store.transaction() as tx:
        assert await tx.provider_accounts.ensure(fresh, NOW) == fresh
        await tx.provider_accounts.set_webhook(ACCOUNT, NOW + 2)
        assert await tx.provider_accounts.ensure(fresh, NOW + 3) == replace(fresh, webhook_at=NOW + 2)


async def test_the_breaker_trips_once_until_it_is_reset(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "server")
        assert await tx.communities.trip_breaker(CAVE, NOW)
        assert not await tx.communities.trip_breaker(CAVE, NOW + 1)
        assert await tx.communities.get(CAVE) == replace(builders.community(), breaker_tripped_at=NOW)
        await tx.communities.reset_breaker(CAVE)
        assert await tx.communities.trip_breaker(CAVE, NOW + 2)


async def test_a_role_is_one_target_whatever_its_name(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "server")
        assert await tx.communities.put_target(builders.target()) == builders.target()
        renamed = await tx.communities.put_target(replace(builders.target("tgt_new"), name="Gold"))
        assert renamed == replace(builders.target(), name="Gold")
        assert renamed.kind is TargetKind.ROLE
        assert await tx.communities.target(ROLE) == renamed
        assert await tx.communities.target(TargetId("tgt_new")) is None
        assert await tx.communities.targets(CAVE) == [renamed]


async def test_a_fault_of_a_target_has_one_cause_and_is_told_once_a_while(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "server")
        role = await tx.communities.put_target(builders.target())
        assert await tx.communities.targets_in(SERVER) == [role]
        assert await tx.communities.places_with_targets() == [SERVER]
        assert not await tx.communities.tell_fault(role.id, NOW, NOW)
        assert await tx.communities.set_fault(role.id, "hierarchy", "50013", NOW)
        assert not await tx.communities.set_fault(role.id, "hierarchy", "again", NOW + 1)
        assert await tx.communities.tell_fault(role.id, NOW, NOW)
        assert not await tx.communities.tell_fault(role.id, NOW + 5, NOW - 1)
        broken = await tx.communities.target(role.id)
        assert broken == replace(role, fault="hierarchy", fault_detail="50013", fault_at=NOW, fault_told_at=NOW)
        assert await tx.communities.put_target(replace(builders.target(), name="other")) == replace(
            broken, name="other"
        )
        assert not await tx.communities.end_fault(role)
        assert await tx.communities.set_fault(role.id, "target_gone", "10011", NOW + 9)
        assert not await tx.communities.end_fault(broken), "another cause than the one that was seen to end"
        gone = await tx.communities.target(role.id)
        assert gone is not None
        assert gone.fault_told_at is None
        assert await tx.communities.end_fault(gone)
        assert await tx.communities.target(role.id) == replace(role, name="other")


async def test_a_person_is_known_by_identity_and_kept_up_to_date(store: SqlStore) -> None:
    identity = Identity(Platform.DISCORD, "42")
    async with store.transaction() as tx:
        assert await tx.identities.of(identity) is None
        assert await tx.identities.ensure(identity, "ada", "en", ADA, NOW) == ADA
        assert await tx.identities.ensure(identity, "Ada L.", "de", BEN, NOW + 1) == ADA
        assert await tx.identities.of(identity) == ADA
        assert (await tx.identities.name(ADA, [Platform.DISCORD]), await tx.identities.locale(ADA)) == ("Ada L.", "de")


async def test_a_person_may_have_an_identity_on_each_platform(store: SqlStore) -> None:
    discord, telegram = Identity(Platform.DISCORD, "42"), Identity(Platform.TELEGRAM, "7")
    async with store.transaction() as tx:
        await tx.identities.ensure(discord, "ada", "en", ADA, NOW)
        assert await tx.identities.ensure(telegram, "countess", "en", ADA, NOW + 1) == ADA
        assert await tx.identities.identities(ADA) == [discord, telegram]
        assert await tx.identities.name(ADA, [Platform.DISCORD, Platform.TELEGRAM]) == "ada"
        assert await tx.identities.name(ADA, [Platform.TELEGRAM, Platform.DISCORD]) == "countess"
        assert await tx.identities.name(ADA, [Platform.TELEGRAM]) == "countess"
        assert await tx.identities.name(ADA, []) is None


async def test_somebody_unknown_has_no_name_and_is_spoken_to_in_english(store: SqlStore) -> None:
    async with store.transaction() as tx:
        assert await tx.identities.name(PersonId("prs_nobody"), list(Platform)) is None
        assert await tx.identities.locale(PersonId("prs_nobody")) == "en"


@pytest.mark.parametrize(("name", "same"), [("Pro", "pRO"), ("Füße", "FÜSSE"), ("Кофе", "КОФЕ")])
async def test_two_active_plans_never_share_a_name(store: SqlStore, name: str, same: str) -> None:
    first, second = builders.plan("pln_1", name), builders.plan("pln_2", same)
    async with store.transaction() as tx:
        await tx.communities.add(builders.community(), SERVER, "server")
        assert await tx.plans.add(first)
        assert not await tx.plans.add(second)
        assert await tx.plans.by_name(CAVE, same) == first
        assert await tx.plans.update(replace(first, state=PlanState.ARCHIVED))
        assert await tx.plans.add(second)
        assert await tx.plans.by_name(CAVE, name) == second
        assert not await tx.plans.update(first)
        assert await tx.plans.get(first.id) == replace(first, state=PlanState.ARCHIVED)


async def test_a_plan_is_edited(store: SqlStore) -> None:
    changed = replace(
        builders.plan(),
        name="Gold",
        description="all of it",
        grace_ms=0,
        trial_days=7,
        pause_keeps_access=True,
        refund_ends_access=False,
        dispute_ends_access=False,
    )
    async with store.transaction() as tx:
        await builders.cave(tx)
        assert await tx.plans.update(changed)
        assert await tx.plans.get(PRO) == changed
        assert await tx.plans.by_name(CAVE, "pro") is None


async def test_plans_are_listed_oldest_first_and_archived_ones_on_request(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        old = replace(builders.plan("pln_old", "Old", NOW - 5), state=PlanState.ARCHIVED)
        await tx.plans.add(old)
        assert await tx.plans.of_community(CAVE) == [builders.plan()]
        assert await tx.plans.of_community(CAVE, archived=True) == [old, builders.plan()]


async def test_a_target_is_taken_off_for_newcomers_or_for_all_and_put_back(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.plans.close_target(PRO, ROLE, closed_at=NOW)
        assert await tx.plans.targets([PRO]) == [PlanTarget(PRO, ROLE, NOW)]
        await tx.plans.open_target(PRO, ROLE)
        assert await tx.plans.targets([PRO]) == [PlanTarget(PRO, ROLE, None)]
        await tx.plans.close_target(PRO, ROLE, closed_at=None)
        assert await tx.plans.targets([PRO]) == []
        assert await tx.plans.targets([]) == []


async def test_targets_of_more_plans_than_one_statement_may_name(store: SqlStore) -> None:
    many = [PlanId(f"pln_{number:04}") for number in range(1100)]
    async with store.transaction() as tx:
        await builders.cave(tx)
        assert await tx.plans.targets([*many, PRO]) == [PlanTarget(PRO, ROLE, None)]


async def test_members_are_counted_by_who_has_access_now(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.entitlements.put(builders.entitlement(ADA, 1))
        await tx.entitlements.put(builders.entitlement(ADA, 2))
        await tx.entitlements.put(replace(builders.entitlement(BEN, 3), access_until=NOW + 10))
        assert await tx.plans.members(PRO, NOW) == 2
        assert await tx.plans.members(PRO, NOW + 10) == 1
        assert await tx.plans.members(PRO, NOW - 1) == 0
        assert await tx.plans.sources(PRO, NOW + 10) == {"subscription": 1}
        assert await tx.plans.sources(PRO, NOW - 1) == {}
        assert await tx.plans.beneficiaries(PRO) == [ADA, BEN]


async def test_a_new_price_retires_the_former_one(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        dearer = PriceId("prc_dearer")
        await tx.plans.add_price(builders.price(dearer, 900))
        (former,) = await tx.plans.on_sale(PRO)
        assert (former.id, former.state, former.provider_product_id) == (MONTHLY, PriceState.ACTIVE, "prod_1")
        await tx.plans.activate_price(dearer, "prod_1", "price_2", [MONTHLY])
        await tx.plans.activate_price(dearer, "prod_1", "price_2", [MONTHLY])  # again, after an unclear answer
        (current,) = await tx.plans.on_sale(PRO)
        assert current == await tx.plans.price(dearer)
        assert [current] == await tx.plans.prices_at_provider(ACCOUNT, ["price_2"])
        assert [price.state for price in await tx.plans.prices(PRO)] == [PriceState.ACTIVE, PriceState.RETIRED]
        both = {price.id for price in await tx.plans.prices(PRO)}
        assert {price.id for price in await tx.plans.prices_at_provider(ACCOUNT, ["prod_1", "price_2"])} == both
        assert await tx.plans.prices_at_provider(ACCOUNT, ["price_9", "prod_9"]) == []
        assert await tx.plans.prices_at_provider(ACCOUNT, []) == []
        assert await tx.plans.prices_at_provider(AccountId("acct_other"), ["price_2", "prod_1"]) == []


SLOTS: list[dict[str, object]] = [
    {"currency": "usd"},
    {"unit": Unit.YEAR},
    {"count": 3},
    {"kind": PriceKind.FIXED_TIME},
    {"kind": PriceKind.LIFETIME, "unit": None, "count": None},
    {"kind": PriceKind.FIXED_DATE, "unit": None, "count": None, "until_at": NOW + 1},
    {"kind": PriceKind.FIXED_DATE, "unit": None, "count": None, "until_at": NOW + 2},
]
"""By what two prices of one plan are two ways to pay."""


def another(number: int, **how: object) -> Price:
    price = builders.price(f"prc_{number}", 900)
    return replace(price, **how)  # type: ignore[arg-type]  # the tests name fields of Price


async def test_a_plan_is_sold_at_one_price_for_each_way_to_pay(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        for number, how in enumerate(SLOTS):
            await tx.plans.add_price(another(number, **how))
            await tx.plans.activate_price(PriceId(f"prc_{number}"), "prod_1", f"price_of_{number}")
        assert {price.id for price in await tx.plans.on_sale(PRO)} == {
            MONTHLY,
            *(f"prc_{n}" for n in range(len(SLOTS))),
        }
        await tx.plans.retire_price(PriceId("prc_0"))
        await tx.plans.retire_price(PriceId("prc_0"))
        assert PriceId("prc_0") not in {price.id for price in await tx.plans.on_sale(PRO)}


@pytest.mark.parametrize("how", [{}, *SLOTS])
async def test_the_schema_allows_no_second_price_for_one_way_to_pay(store: SqlStore, how: dict[str, object]) -> None:
    """Also where nothing tells them apart but what neither has: a unit, a count, a last day."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.plans.retire_price(MONTHLY)
        for number in (1, 2):  # one waits for Stripe while the other is sold
            await tx.plans.add_price(another(number, **how))
            if number == 1:
                await tx.plans.activate_price(PriceId("prc_1"), "prod_1", "price_of_1")
    with pytest.raises(ConstraintViolated):
        async with store.transaction() as tx:
            await tx.plans.activate_price(PriceId("prc_2"), "prod_1", "price_of_2")
    with pytest.raises(ConstraintViolated):
        async with store.transaction() as tx:
            await tx.plans.add_price(another(3, **how))
    async with store.transaction() as tx:
        await tx.plans.activate_price(PriceId("prc_2"), "prod_1", "price_of_2", [PriceId("prc_1")])
        assert [price.id for price in await tx.plans.on_sale(PRO)] == ["prc_2"]


async def test_links_are_unsold_that_are_for_none_of_the_prices(store: SqlStore) -> None:
    year = another(1, unit=Unit.YEAR)
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.plans.add_price(year)
        for who, price_id in ((ADA, MONTHLY), (BEN, year.id)):
            link = builders.checkout(await builders.customer(tx, who), f"chk_{who}")
            await tx.checkouts.add(replace(link, price_id=price_id))
        found = {
            sold: {link.price_id for link in await tx.checkouts.unsold(PRO, sold, None, 9)}
            for sold in ((), (MONTHLY,), (MONTHLY, year.id))
        }
    assert found == {(): {MONTHLY, year.id}, (MONTHLY,): {year.id}, (MONTHLY, year.id): set()}


async def test_a_refused_price_is_dropped_and_a_sold_one_never(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        refused = replace(
            builders.price("prc_refused"), kind=PriceKind.FIXED_DATE, unit=None, count=None, until_at=NOW + 9
        )
        await tx.plans.add_price(refused)
        assert await tx.plans.price(refused.id) == refused
        await tx.plans.drop_pending_price(refused.id)
        await tx.plans.drop_pending_price(MONTHLY)
        assert [price.id for price in await tx.plans.prices(PRO)] == [MONTHLY]


@pytest.mark.parametrize(
    "broken",
    [
        replace(builders.price("prc_x"), unit=None),
        replace(builders.price("prc_x"), kind=PriceKind.LIFETIME),
        replace(builders.price("prc_x"), unit_amount=-1),
        replace(builders.price("prc_x"), currency="eu"),
        replace(builders.price("prc_x"), state=PriceState.ACTIVE),
        replace(builders.price("prc_x"), plan_id=PlanId("pln_none")),
        builders.price(MONTHLY),
    ],
)
async def test_the_schema_refuses_a_price_that_makes_no_sense(store: SqlStore, broken: object) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
    with pytest.raises(ConstraintViolated):
        async with store.transaction() as tx:
            await tx.plans.add_price(broken)  # type: ignore[arg-type]  # parametrize has no types
    async with store.transaction() as tx:
        assert len(await tx.plans.prices(PRO)) == 1


async def test_an_account_keeps_its_cursors(store: SqlStore) -> None:
    fresh = StoredAccount(ACCOUNT, False, "eur", None, None, None)
    async with store.transaction() as tx:
        assert await tx.provider_accounts.get(ACCOUNT) is None
        assert await tx.provider_accounts.ensure(fresh, NOW) == fresh
        await tx.provider_accounts.set_portal_configuration(ACCOUNT, "bpc_1")
        await tx.provider_accounts.set_login_url(ACCOUNT, "https://pay.example/login")
        await tx.provider_accounts.set_event_cursor(ACCOUNT, NOW)
        await tx.provider_accounts.set_compared(ACCOUNT, NOW + 1)
        kept = StoredAccount(ACCOUNT, False, "eur", "bpc_1", NOW, NOW + 1, login_url="https://pay.example/login")
        assert await tx.provider_accounts.ensure(fresh, NOW + 2) == kept
        assert await tx.provider_accounts.all() == [kept]
        assert await tx.provider_accounts.get(ACCOUNT) == kept
        await tx.provider_accounts.set_portal_configuration(ACCOUNT, "bpc_2")
        other = await tx.provider_accounts.get(ACCOUNT)
        assert other is not None
        assert other.login_url is None, "another configuration has another page"


# Communities that become one


CHAT = Place(Platform.TELEGRAM, "-100")


async def two_communities(store: SqlStore) -> None:
    """The cave, and a chat with a community of its own: a plan of another name, a contact, a tripped breaker."""
    async with store.transaction() as tx:
        await builders.cave(tx)
        chat = replace(builders.community("com_chat"), name="Chat")
        await tx.communities.add(chat, CHAT, "Chat")
        await tx.communities.update(replace(chat, contact_id=ADA))
        await tx.communities.trip_breaker(chat.id, NOW + 7)
        await tx.plans.add(replace(builders.plan("pln_chat", "Chatter"), community_id=chat.id))
        await tx.communities.put_target(
            Target(TargetId("tgt_chat"), chat.id, CHAT.platform, "-100", TargetKind.CHAT, "-100", "Chat")
        )


async def test_a_community_that_joins_brings_everything_along(store: SqlStore) -> None:
    await two_communities(store)
    joined = CommunityId("com_chat")
    async with store.transaction() as tx:
        await tx.communities.lock([joined, CAVE])
        await tx.communities.join(joined, CAVE)
        assert await tx.communities.get(joined) is None
        cave = await tx.communities.at(CHAT)
        assert cave is not None
        assert (cave.id, cave.name, cave.contact_id, cave.breaker_tripped_at) == (CAVE, "The Cave", ADA, NOW + 7)
        assert {plan.name for plan in await tx.plans.of_community(CAVE)} == {"Pro", "Chatter"}
        assert {target.id for target in await tx.communities.targets(CAVE)} == {builders.ROLE, "tgt_chat"}


async def test_what_a_community_has_itself_it_keeps(store: SqlStore) -> None:
    await two_communities(store)
    async with store.transaction() as tx:
        await tx.communities.update(replace(builders.community(), contact_id=BEN))
        await tx.communities.join(CommunityId("com_chat"), CAVE)
        cave = await tx.communities.get(CAVE)
    assert cave is not None
    assert cave.contact_id == BEN


async def test_namesakes_are_told_regardless_of_case_while_both_are_sold(store: SqlStore) -> None:
    await two_communities(store)
    chat = CommunityId("com_chat")
    async with store.transaction() as tx:
        assert await tx.communities.namesakes(chat, CAVE) == []
        await tx.plans.add(replace(builders.plan("pln_pro2", "PRO"), community_id=chat))
        assert await tx.communities.namesakes(chat, CAVE) == ["PRO"]
        assert await tx.communities.namesakes(CAVE, chat) == ["Pro"]
        await tx.plans.update(replace(builders.plan(), state=PlanState.ARCHIVED))
        assert await tx.communities.namesakes(chat, CAVE) == []


async def test_a_place_is_in_use_while_a_plan_opens_or_somebody_has_something_there(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        assert not await tx.communities.in_use(CHAT)
        assert await tx.communities.in_use(SERVER)
        await tx.plans.close_target(PRO, builders.ROLE, closed_at=None)
        assert not await tx.communities.in_use(SERVER)
        assert await tx.communities.once_in(SERVER) == []
        await tx.accesses.want(builders.access(), NOW)
        assert await tx.communities.in_use(SERVER)
        await tx.accesses.want(replace(builders.access(), wanted=False), NOW)
        assert not await tx.communities.in_use(SERVER)
        assert await tx.communities.once_in(SERVER) == [builders.access().person_id]
        assert await tx.communities.once_in(CHAT) == []


async def test_a_place_that_is_taken_out_has_its_targets_along(store: SqlStore) -> None:
    await two_communities(store)
    async with store.transaction() as tx:
        await tx.communities.join(CommunityId("com_chat"), CAVE)
        await tx.communities.take_out(CHAT, replace(builders.community("com_own"), name="Own"))
        own = await tx.communities.at(CHAT)
        assert own is not None
        assert own.name == "Own"
        assert [target.id for target in await tx.communities.targets(own.id)] == ["tgt_chat"]
        assert await tx.communities.places(CAVE) == [SERVER]


async def den(tx: Transaction) -> None:
    """Another community, whose plan opens a role there."""
    other = CommunityId("com_den")
    place = Place(Platform.DISCORD, "server-2")
    await tx.communities.add(builders.community(other), place, "The Den's server")
    await tx.communities.put_target(replace(builders.target("tgt_den", "role-2", place), community_id=other))
    await tx.plans.add(replace(builders.plan("pln_den", "Den"), community_id=other))


async def park(tx: Transaction, access: Access, state: EffectState) -> None:
    await tx.accesses.want(access, NOW)
    [effect] = await tx.accesses.claim(Platform.DISCORD, builders.lease(), NOW, 1)
    await tx.accesses.park(effect, builders.lease(), state, "hierarchy")


async def test_what_is_stuck_is_counted_by_community(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await den(tx)
        assert await tx.communities.stuck(CAVE) == Stuck(0, 0, 0)
        await park(tx, builders.access(ADA), EffectState.BLOCKED)
        await park(tx, builders.access(BEN), EffectState.DEAD)
        await park(tx, builders.access(BEN, target_id=TargetId("tgt_den")), EffectState.BLOCKED)
        assert await tx.communities.stuck(CAVE) == Stuck(blocked=1, dead=1, customers=0)
        assert await tx.communities.stuck(CommunityId("com_den")) == Stuck(blocked=1, dead=0, customers=0)
        assert await tx.communities.stuck(CommunityId("com_none")) == Stuck(0, 0, 0)


async def gives_up(tx: Transaction, person_id: str) -> Customer:
    """A customer that something was heard about which could not be read."""
    customer = await builders.customer(tx, person_id)
    await tx.customers.mark([customer.id], SnapshotPart.ALL, NOW)
    [claimed] = await tx.customers.claim(builders.lease(), NOW, 1)
    await tx.customers.failed(claimed.customer.id, builders.lease(), Retry("no", NOW, dead=True))
    return customer


async def test_a_customer_that_could_not_be_read_is_counted_where_something_was_bought(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await den(tx)
        await gives_up(tx, BEN)  # who never bought here
        ada = await gives_up(tx, ADA)
        assert (await tx.communities.stuck(CAVE)).customers == 0
        await tx.checkouts.add(builders.checkout(ada))
        assert (await tx.communities.stuck(CAVE)).customers == 1
        assert (await tx.communities.stuck(CommunityId("com_den"))).customers == 0

"""The sweep repairs what no webhook told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from payments.core.billing import SnapshotPart, SubscriptionStatus
from payments.core.ids import CustomerRef, SubscriptionId
from payments.core.lines import Discount
from payments.flows.settlement import reconcile as sweep
from payments.ports.providers import ProviderUnavailable
from payments.ports.stores import Ingested, StoredAccount, StoreUnavailable
from storage.database import Delivery
from storage.store import SqlStore
from tests.core.builders import ACCOUNT, DAY, PRO, T0, invoice, item, subscription
from tests.flows.club_fixture import CLUB, Club, open_club

ANN = CustomerRef("cus_ann_usd")
S = SubscriptionStatus
MINUTE = 60_000


async def account(club: Club) -> StoredAccount:
    async with club.store.transaction() as tx:
        found = await tx.provider_accounts.get(ACCOUNT)
    assert found is not None
    return found


async def member(club: Club) -> None:
    """Ann has paid, and everybody knows."""
    customer = await club.customer("ann")
    club.provider.put_subscription(ANN, subscription())
    club.provider.put_invoice(ANN, invoice())
    await club.settle(customer)


async def test_a_loss_of_all_webhooks_repairs_itself(club: Club) -> None:
    await member(club)
    await sweep.read_events(club.app, ACCOUNT)
    club.pass_time(DAY)
    club.provider.put_subscription(ANN, subscription(S.CANCELED))
    club.provider.event("customer.subscription.deleted", "sub_1", ANN)  # nobody delivers it
    assert await club.inside("ann")
    read = await sweep.read_events(club.app, ACCOUNT)
    assert (read.listed, read.new, read.complete) == (1, 1, True)
    await club.settle()
    assert not await club.inside("ann")


async def test_events_that_came_by_webhook_too_are_stored_once(club: Club) -> None:
    await member(club)
    event = club.provider.event("invoice.paid", "in_1", ANN)
    await club.webhook(event)
    await club.settle()
    read = await sweep.read_events(club.app, ACCOUNT)
    assert (read.listed, read.new) == (1, 0)
    assert await club.unsettled() == 0


async def test_the_list_is_read_as_far_back_as_stripe_has_it(club: Club) -> None:
    await club.customer("ann")
    club.provider.event("invoice.paid", "in_0", ANN, at=T0 - 31 * DAY)
    club.provider.event("invoice.paid", "in_1", ANN, at=T0 - 29 * DAY)
    assert (await sweep.read_events(club.app, ACCOUNT)).listed == 1


async def test_an_account_that_sold_other_things_before_is_not_read_through_at_the_first_start(club: Club) -> None:
    """Nothing of ours is older than our knowing of the account."""
    for number in range(20):
        club.provider.event("invoice.paid", f"in_{number}", CustomerRef("cus_x"), at=T0 - (2 + number) * DAY)
    async with club.store.transaction() as tx:
        await tx.provider_accounts.set_event_cursor(ACCOUNT, sweep.first_cursor(T0))
    assert (await sweep.read_events(club.app, ACCOUNT)).listed == 0


async def test_the_cursor_follows_with_an_overlap(club: Club) -> None:
    club.provider.event("invoice.paid", "in_0", ANN, at=T0)
    await sweep.read_events(club.app, ACCOUNT)
    assert (await account(club)).event_cursor_at == T0 - sweep.OVERLAP_MS
    late = club.provider.event("invoice.paid", "in_1", ANN, at=T0 - MINUTE)  # appears in the list only now
    await club.customer("ann")
    club.pass_time(15 * MINUTE)
    assert (await sweep.read_events(club.app, ACCOUNT)).new == 1
    assert late.created_at < T0


async def test_where_nothing_happens_the_cursor_follows_all_the_same(club: Club) -> None:
    await sweep.read_events(club.app, ACCOUNT)
    assert (await account(club)).event_cursor_at == T0 - sweep.DOUBT_MS


@pytest.mark.parametrize("wrong_by", [-30 * MINUTE, 30 * MINUTE, 20 * 60 * MINUTE], ids=["behind", "ahead", "20 h"])
async def test_a_clock_that_is_wrong_misses_nothing(club: Club, wrong_by: int) -> None:
    await club.customer("ann")
    club.clock.at += wrong_by
    for number in range(4):
        club.provider.event("invoice.paid", f"in_{number}", ANN)
        assert (await sweep.read_events(club.app, ACCOUNT)).new == 1
        club.pass_time(15 * MINUTE)


async def test_a_clock_that_was_set_back_does_not_stop_the_reading(club: Club) -> None:
    """A sandbox that was restarted is back in the present, and the cursor in what was the future."""
    await club.customer("ann")
    club.provider.event("invoice.paid", "in_0", ANN, at=T0 + 31 * DAY)
    await sweep.read_events(club.app, ACCOUNT)
    club.provider.happened.clear()
    club.provider.event("invoice.paid", "in_1", ANN, id_="evt_new", at=T0 + MINUTE)
    assert (await sweep.read_events(club.app, ACCOUNT)).new == 1


async def test_a_list_that_breaks_off_moves_no_cursor(club: Club) -> None:
    await club.customer("ann")
    club.provider.page = 2
    for number in range(5):
        club.provider.event("invoice.paid", f"in_{number}", ANN, at=T0 - (5 - number) * MINUTE)
    club.provider.calls.clear()

    pages = iter([None, None, ProviderUnavailable("down")])
    original = club.provider.begin

    def begin(call: str) -> None:
        failure = next(pages, None)
        if failure is not None:
            raise failure
        original(call)

    club.provider.begin = begin  # type: ignore[method-assign]  # the third page fails
    with pytest.raises(ProviderUnavailable):
        await sweep.read_events(club.app, ACCOUNT)
    assert (await account(club)).event_cursor_at is None
    read = await sweep.read_events(club.app, ACCOUNT)
    assert (read.listed, read.new) == (5, 1)  # four were stored before it broke off


async def test_a_long_list_is_stored_whole(store: SqlStore) -> None:
    club = await open_club(store)
    await club.customer("ann")
    club.provider.page = 30
    for number in range(200):
        club.provider.event("invoice.paid", f"in_{number}", ANN, id_=f"evt_{number}", at=T0 - (200 - number) * 1_000)
    read = await sweep.read_events(club.app, ACCOUNT)
    assert (read.listed, read.new, read.complete) == (200, 200, True)
    assert (await account(club)).event_cursor_at == T0 - 1_000 - sweep.OVERLAP_MS
    async with club.store.transaction() as tx:
        seen = await tx.events.seen(ACCOUNT, "invoice.paid", [f"in_{n}" for n in range(200)])
    assert len(seen) == 200


async def test_a_page_shares_its_commits(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    await club.customer("ann")
    for number in range(100):
        club.provider.event("invoice.paid", f"in_{number}", ANN, id_=f"evt_{number}", at=T0 - number * 1_000)
    assert isinstance(club.store, SqlStore)
    database = club.store._database
    sizes: list[int] = []
    write = database.write_events

    async def counted(batch: Sequence[Delivery]) -> Sequence[Ingested]:
        sizes.append(len(batch))
        return await write(batch)

    monkeypatch.setattr(database, "write_events", counted)
    await sweep.read_events(club.app, ACCOUNT)
    assert sum(sizes) == 100
    assert len(sizes) <= 3


async def test_a_database_that_goes_while_reading_moves_no_cursor(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    await club.customer("ann")
    for number in range(10):
        club.provider.event("invoice.paid", f"in_{number}", ANN, id_=f"evt_{number}", at=T0 - number * 1_000)
    with monkeypatch.context() as away:

        async def full(_event: object, _parts: object) -> Ingested:
            raise StoreUnavailable("full")

        away.setattr(club.store, "ingest", full)
        with pytest.raises(StoreUnavailable):
            await sweep.read_events(club.app, ACCOUNT)
    assert (await account(club)).event_cursor_at is None
    assert (await sweep.read_events(club.app, ACCOUNT)).new == 10


async def test_a_list_longer_than_any_bound_is_made_up_for_by_comparing_everything(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    await member(club)
    monkeypatch.setattr(sweep, "PAGES_MAX", 2)
    club.provider.page = 1
    club.provider.put_subscription(ANN, subscription(S.CANCELED))
    for number in range(4):
        club.provider.event("invoice.paid", f"in_{number}", CustomerRef("cus_x"))
    read = await sweep.read_events(club.app, ACCOUNT)
    assert (read.listed, read.complete) == (2, False)
    await club.settle()
    assert not await club.inside("ann")


# -- the nightly comparison --------------------------------------------------------------------------------------------


async def test_when_all_is_as_stored_nobody_is_asked_about(club: Club) -> None:
    await member(club)
    compared = await sweep.compare_all(club.app, ACCOUNT)
    assert (compared.listed, compared.marked) == (1, 0)
    assert (await account(club)).compared_at == T0


@pytest.mark.parametrize(
    "now",
    [
        subscription(S.CANCELED),
        subscription(cancel_at=T0 + DAY),
        subscription(pause="void"),
        replace(subscription(), items=(item("price_other"),)),
        replace(subscription(), quantity=2),
        replace(subscription(), discounts=(Discount("di_1"),)),
        replace(subscription(), period_end_at=T0 + 60 * DAY),
        subscription(latest=invoice("in_2").id),
        subscription(id_=SubscriptionId("sub_new")),
    ],
    ids=["status", "cancel_at", "pause", "price", "quantity", "discount", "period", "invoice", "unknown"],
)
async def test_what_differs_is_asked_about_with_all_its_parts(club: Club, now: object) -> None:
    from payments.core.snapshot import SubscriptionFact

    assert isinstance(now, SubscriptionFact)
    await member(club)
    club.provider.put_subscription(ANN, now)
    assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 1
    (claimed,), _ = await club.claim()
    assert claimed.parts == SnapshotPart.ALL


async def test_a_status_we_do_not_know_is_nothing_new(club: Club) -> None:
    await member(club)
    club.provider.put_subscription(ANN, subscription(S.UNKNOWN))
    assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 0


async def test_what_else_the_account_sells_is_left_alone(club: Club) -> None:
    club.provider.put_subscription(CustomerRef("cus_stranger"), subscription(id_=SubscriptionId("sub_9")))
    assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 0


async def test_what_goes_on_here_and_is_not_in_the_list_is_asked_about_never_concluded_upon(club: Club) -> None:
    await member(club)
    club.provider.customer(ANN).subscriptions.clear()
    assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 1
    await club.settle()
    assert await club.inside("ann")


async def test_many_stored_subscriptions_are_looked_through_page_by_page(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    club = await open_club(store)
    monkeypatch.setattr(sweep, "BATCH", 2)
    customer = await club.customer("ann")
    for number in range(5):
        club.provider.put_subscription(ANN, subscription(id_=SubscriptionId(f"sub_{number}")))
    await club.settle(customer)
    club.provider.customer(ANN).subscriptions.pop(SubscriptionId("sub_4"))
    assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 1


async def test_a_list_that_was_not_read_to_its_end_accuses_nobody(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PAGES_MAX", 1)
    club.provider.page = 1
    await member(club)
    club.provider.put_subscription(CustomerRef("cus_stranger"), subscription(id_=SubscriptionId("sub_9")))
    assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 0
    assert (await account(club)).compared_at == club.clock.at, "else it would begin again at once"


async def test_the_comparison_finds_a_cancellation_that_no_event_told(club: Club) -> None:
    await member(club)
    club.provider.put_subscription(ANN, subscription(S.CANCELED))
    await sweep.compare_all(club.app, ACCOUNT)
    await club.settle()
    assert not await club.inside("ann")


async def test_subscriptions_that_belong_to_nobody_here_are_counted_and_the_contact_is_told_once(club: Club) -> None:
    """An older backup was restored: Stripe goes on charging customers who are not in it."""
    await member(club)
    contact = await club.person("zoe")
    async with club.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        await tx.communities.update(replace(community, contact_id=contact))

    def lost(name: str, status: S = S.ACTIVE, plan: str = PRO, started_at: int = T0) -> None:
        fact = subscription(
            status, id_=SubscriptionId(f"sub_{name}"), metadata={"guestlist_plan": plan}, started_at=started_at
        )
        club.provider.put_subscription(CustomerRef(f"cus_{name}"), fact)

    async def told() -> list[dict[str, object]]:
        return [params for who, kind, params in await club.notices() if kind == "subscriptions_of_nobody"]

    lost("mia")
    lost("ben", S.PAST_DUE)
    lost("gone", S.CANCELED)
    lost("never_paid", S.INCOMPLETE)
    lost("elsewhere", plan="pln_of_another_guestlist")
    for _ in range(2):
        club.pass_time(DAY)
        assert (await sweep.compare_all(club.app, ACCOUNT)).marked == 0
        assert club.app.of_nobody == {ACCOUNT: 2}
        assert await told() == [{"community": "The Club", "count": 2, "id": "com_1", "contact_of": "com_1"}]
    lost("cid", started_at=T0 + DAY)
    await sweep.compare_all(club.app, ACCOUNT)
    assert [params["count"] for params in await told()] == [2, 3], "there is one more"
    for name in ("mia", "ben", "cid"):
        lost(name, S.CANCELED)
    await sweep.compare_all(club.app, ACCOUNT)
    assert club.app.of_nobody == {ACCOUNT: 0}
    assert len(await told()) == 2

"""What is old and needed by nobody is forgotten; what something may still ask for stays, however old it is."""

from dataclasses import replace

import pytest

from payments.core.billing import CheckoutState, Purchase, PurchaseState
from payments.core.community import Identity, Place, Platform
from payments.core.ids import CheckoutId, CommunityId, CustomerId, PurchaseId, RequestId
from payments.ports.stores import (
    Aged,
    AuditEntry,
    JoiningState,
    JoinRequest,
    ProviderRequest,
    RequestState,
    Retry,
    Transaction,
)
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ACCOUNT, ADA, MONTHLY, NOW, PRO, lease

LATER = NOW + 1


async def forget(store: SqlStore, what: Aged, before: int = LATER, limit: int = 100) -> int:
    count, after = 0, None
    while True:
        async with store.transaction() as tx:
            found = await tx.attic.forget(what, before, after, limit)
        count, after = count + found.count, found.after
        if after is None:
            return count


async def test_a_look_is_bounded_and_the_next_goes_on_behind_it(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for number in range(7):
            await tx.audit_log.add(line(f"aud_{number}", NOW if number % 2 else LATER))
        first = await tx.attic.forget(Aged.AUDIT, LATER, None, 3)
        assert (first.count, first.after) == (1, "aud_2")
    assert await forget(store, Aged.AUDIT, limit=2) == 2
    async with store.transaction() as tx:
        assert [entry.id for entry in await tx.audit_log.of_person(ADA, 10)] == ["aud_6", "aud_4", "aud_2", "aud_0"]


def line(audit_id: str, at: int) -> AuditEntry:
    return AuditEntry(audit_id, at, CommunityId("com_1"), ADA, None, "guestlist", "granted", "given")


async def test_attempts_at_codes_are_forgotten_by_the_account(store: SqlStore) -> None:
    old, new = Identity(Platform.DISCORD, "1"), Identity(Platform.TELEGRAM, "1")
    async with store.transaction() as tx:
        await tx.codes.try_one(old, NOW, 1000)
        await tx.codes.try_one(new, LATER, 1000)
    assert await forget(store, Aged.GUESSES, limit=1) == 1
    async with store.transaction() as tx:
        assert await tx.codes.try_one(old, NOW, 1000) == (1, NOW)
        assert await tx.codes.try_one(new, LATER, 1000) == (2, LATER)


async def test_wishes_to_join_are_forgotten_when_their_time_is_long_over(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for name, expires_at in (("joi_old", NOW), ("joi_new", LATER)):
            await tx.codes.add_joining(joining(name, expires_at))
    assert await forget(store, Aged.JOININGS) == 1
    async with store.transaction() as tx:
        assert await tx.codes.joining("joi_old") is None
        assert await tx.codes.joining("joi_new") is not None


def joining(joining_id: str, expires_at: int) -> JoinRequest:
    return JoinRequest(
        id=joining_id,
        place=Place(Platform.TELEGRAM, "-1"),
        place_name="Chess",
        requester=Identity(Platform.TELEGRAM, "1"),
        host=Place(Platform.DISCORD, "2"),
        host_requester=Identity(Platform.DISCORD, "2"),
        state=JoiningState.OPEN,
        expires_at=expires_at,
    )


async def test_only_who_never_used_the_bot_is_forgotten_on_telegram_and_only_when_not_seen_since(
    store: SqlStore,
) -> None:
    async with store.transaction() as tx:
        for user_id, username, at in (("1", None, NOW), ("2", "max", NOW), ("3", "mia", LATER), ("4", "tom", NOW)):
            await tx.contacts.seen(Identity(Platform.TELEGRAM, user_id), username, "Max", at)
        await tx.contacts.choose(Identity(Platform.TELEGRAM, "2"), "-100")
        await tx.identities.ensure(Identity(Platform.TELEGRAM, "4"), "Tom", "en", ADA, NOW)
    assert await forget(store, Aged.TALKERS) == 2
    async with store.transaction() as tx:
        assert [await tx.contacts.get(Identity(Platform.TELEGRAM, user_id)) is not None for user_id in "1234"] == [
            False,
            False,
            True,
            True,
        ]
        assert await tx.contacts.called(Platform.TELEGRAM, "max") is None


async def test_to_be_seen_again_is_to_be_kept(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for at in (NOW, LATER):
            await tx.contacts.seen(Identity(Platform.TELEGRAM, "1"), "max", "Max", at)
    assert await forget(store, Aged.TALKERS) == 0


async def test_codes_of_claims_are_forgotten_long_after_they_were_good_used_or_not(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for name, expires_at in (("used", NOW), ("held", NOW), ("open", NOW), ("good", LATER)):
            await tx.claims.add(name, expires_at, NOW)
        await tx.claims.redeem("used", "1", Place(Platform.TELEGRAM, "-1"))
        await tx.claims.hold("held", "1")
    assert await forget(store, Aged.CLAIMS) == 3
    async with store.transaction() as tx:
        assert [await tx.claims.get(name) is not None for name in ("used", "held", "open", "good")] == [False] * 3 + [
            True
        ]


@pytest.mark.parametrize(
    ("kind", "forgotten"),
    [
        ("access_ended", True),
        ("invoice_sent", True),
        ("payment_failed", False),  # asked for at each settlement while the bill is unpaid
        ("paid_twice", False),
        ("come_in", False),
        ("access_opened", False),
        ("not_there", False),
        ("one_of_a_later_version", False),
    ],
)
async def test_a_message_is_forgotten_unless_its_row_keeps_it_from_being_told_again(
    store: SqlStore, kind: str, forgotten: bool
) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        for key in ("done", "dead", "open", "new"):
            await tx.notices.add(replace(builders.notice(key, LATER if key == "new" else NOW), kind=kind))
        for notice in await tx.notices.claim(lease(), NOW, 10):
            if notice.key in ("done", "new"):
                await tx.notices.done(notice.key, lease())
            if notice.key == "dead":
                await tx.notices.failed(notice.key, lease(), Retry("nobody there", NOW, dead=True))
    assert await forget(store, Aged.NOTICES) == (2 if forgotten else 0)
    async with store.transaction() as tx:
        for key in ("done", "dead"):
            assert await tx.notices.add(builders.notice(key)) is forgotten, "told again only if it was forgotten"
        for key in ("open", "new"):
            assert not await tx.notices.add(builders.notice(key))


async def old_checkout(tx: Transaction, name: str, state: CheckoutState, created_at: int = NOW) -> None:
    """A link in this state, whose call was made. Each is of another buyer: only one may be open."""
    person_id = f"prs_{name}"
    made = replace(builders.checkout(await builders.customer(tx, person_id), name), created_at=created_at)
    await tx.checkouts.add(made)
    await tx.checkouts.update(replace(made, state=state))
    await call(tx, builders.request(name, created_at=created_at))


def purchase(customer_id: CustomerId, checkout_id: CheckoutId) -> Purchase:
    return Purchase(
        id=PurchaseId("pur_1"),
        checkout_id=checkout_id,
        account_id=ACCOUNT,
        customer_id=customer_id,
        payer_id=ADA,
        beneficiary_id=ADA,
        plan_id=PRO,
        price_id=MONTHLY,
        total=500,
        currency="eur",
        state=PurchaseState.OPEN,
        invoice_id=None,
        paid_at=None,
        created_at=NOW,
    )


async def call(tx: Transaction, request: ProviderRequest, state: RequestState = RequestState.MADE) -> None:
    stored = await tx.requests.add(replace(request, id=RequestId(f"req_{request.kind}_{request.object_id}")))
    if state is RequestState.MADE:
        await tx.requests.made(stored.id, "cs_1")
    else:
        await tx.requests.set_state(stored.id, state, None)


async def test_links_that_ended_unpaid_go_with_their_calls_and_all_others_stay(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await old_checkout(tx, "chk_ended", CheckoutState.EXPIRED)
        await call(tx, builders.request("chk_ended", "link_end"))
        await old_checkout(tx, "chk_complete", CheckoutState.COMPLETE)
        await old_checkout(tx, "chk_open", CheckoutState.OPEN)
        await old_checkout(tx, "chk_new", CheckoutState.EXPIRED, LATER)
        await old_checkout(tx, "chk_being_ended", CheckoutState.EXPIRED)
        await call(tx, builders.request("chk_being_ended", "link_end"), RequestState.PENDING)
        await call(tx, builders.request("prc_1", "price"))
        await old_checkout(tx, "chk_bought", CheckoutState.EXPIRED)
        checkout = await tx.checkouts.get(CheckoutId("chk_bought"))
        assert checkout is not None
        await tx.billing.put_purchase(purchase(checkout.customer_id, checkout.id))
    assert await forget(store, Aged.CHECKOUTS, limit=2) == 1
    async with store.transaction() as tx:
        assert await tx.checkouts.get(CheckoutId("chk_ended")) is None
        assert await tx.requests.get("checkout", "chk_ended") is None
        assert await tx.requests.get("link_end", "chk_ended") is None
        for name in ("chk_complete", "chk_open", "chk_new", "chk_being_ended", "chk_bought"):
            assert await tx.checkouts.get(CheckoutId(name)) is not None, name
            assert await tx.requests.get("checkout", name) is not None, name
        assert await tx.requests.get("price", "prc_1") is not None


async def test_rounds_of_ending_links_are_forgotten_once_they_are_over(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await call(tx, builders.request("lnk_1", "links"))
        await call(tx, builders.request("lnk_2", "links"), RequestState.PENDING)
        await call(tx, builders.request("bil_1", "bill"))
    assert await forget(store, Aged.LINK_ENDINGS) == 1
    async with store.transaction() as tx:
        assert await tx.requests.get("links", "lnk_1") is None
        assert await tx.requests.get("links", "lnk_2") is not None
        assert await tx.requests.get("bill", "bil_1") is not None, "a command that comes again must find its bill"

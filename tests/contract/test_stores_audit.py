"""The audit: appended to alone, once for each act, and read community by community."""

from payments.core.community import Identity, Place, Platform
from payments.core.ids import CommunityId, InvoiceId, PersonId
from payments.ports.stores import AuditEntry, Transaction
from storage.store import SqlStore
from tests.contract import builders
from tests.contract.builders import ADA, BEN, CAVE, NOW

CHANGES = '{"plan": ["Pro", "Pro"]}'
ATTIC = CommunityId("com_attic")


def act(
    number: int, community: CommunityId = CAVE, actor: str = ADA, person: PersonId | None = None, at: int | None = None
) -> AuditEntry:
    time = NOW + number if at is None else at
    return AuditEntry(
        f"aud_{number}", time, community, person, None, actor, "comp_given", "", '{"plan": ["Pro", "Pro"]}'
    )


async def written(tx: Transaction, *entries: AuditEntry) -> None:
    for entry in entries:
        assert await tx.audit_log.add(entry)


async def test_an_act_is_written_once_for_its_id(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        assert await tx.audit_log.add(act(1))
        assert not await tx.audit_log.add(act(1, actor=BEN))
        assert await tx.audit_log.acts(CAVE, 10) == [act(1)]


async def test_acts_are_read_page_by_page_newest_first(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await written(tx, *(act(number, at=NOW + number // 2) for number in range(1, 8)))
        pages = [await tx.audit_log.acts(CAVE, 3)]
        while len(pages[-1]) == 3:
            pages.append(await tx.audit_log.acts(CAVE, 3, before=pages[-1][-1].id))
    assert [entry.id for page in pages for entry in page] == [f"aud_{number}" for number in range(7, 0, -1)]


async def test_acts_of_others_and_of_guestlist_itself_are_not_among_them(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        await tx.communities.add(builders.community(ATTIC), Place(Platform.DISCORD, "server-2"), "The Attic")
        await written(tx, act(1), act(2, community=ATTIC), act(3, actor="guestlist"), act(4, actor="stripe"))
        assert [entry.id for entry in await tx.audit_log.acts(CAVE, 10)] == ["aud_4", "aud_1"]
        assert await tx.audit_log.acts(CAVE, 10, before="aud_2") == [], "a line of another community leads nowhere"


async def test_acts_by_and_about_one_person_are_found_also_after_a_merge(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        cleo = await tx.identities.ensure(Identity(Platform.TELEGRAM, "9"), "Cleo", "en", PersonId("prs_cleo"), NOW)
        await written(tx, act(1), act(2, actor=BEN), act(3, actor=BEN, person=cleo), act(4, actor=cleo))
        assert [entry.id for entry in await tx.audit_log.acts(CAVE, 10, about=cleo)] == ["aud_4", "aud_3"]
        await tx.person_merges.merge(cleo, ADA)
        assert [entry.id for entry in await tx.audit_log.acts(CAVE, 10, about=ADA)] == ["aud_4", "aud_3", "aud_1"]


async def test_a_line_without_changes_is_as_readable_as_before(store: SqlStore) -> None:
    old = AuditEntry("aud_1", NOW, CAVE, None, None, ADA, "plan_created", "Plan Pro was made.")
    async with store.transaction() as tx:
        await builders.cave(tx)
        await written(tx, old)
        assert await tx.audit_log.acts(CAVE, 1) == [old]


async def test_an_invoice_leads_to_the_bill_it_was_made_for_and_a_customer_to_since_when_we_have_it(
    store: SqlStore,
) -> None:
    async with store.transaction() as tx:
        await builders.cave(tx)
        customer = await builders.customer(tx)
        request = await tx.requests.add(builders.request("bil_1", "bill"))
        await tx.requests.made(request.id, "in_1")
        found = await tx.requests.bill_of(builders.ACCOUNT, InvoiceId("in_1"))
        assert found is not None
        assert found.id == request.id
        assert await tx.requests.bill_of(builders.ACCOUNT, InvoiceId("in_2")) is None
        assert await tx.customers.known_since(customer.id) == NOW

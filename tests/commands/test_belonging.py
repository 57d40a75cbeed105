"""An invoice, a comp or a look-up is for those who are here, or had something here; what `/member` shows stays here."""

import pytest

from bot.commands.model import Value
from payments.core.access import Reason
from payments.core.changes import Amount, dump, same
from payments.core.community import Identity, Platform
from payments.core.rights import Rank
from payments.ports.stores import AuditEntry
from tests.commands.conftest import ADA, BEN, MIA, OTHER_SERVER, SERVER, START, Town, member
from tests.fakes.platform import FakeServer

EVE = "eve"
TABLES = ("person", "identity", "customer", "request", "entitlement", "notice")


async def eves(town: Town) -> None:
    """Eve has a served server of her own, in which she sells something to herself."""
    town.platform.servers[OTHER_SERVER.external_id] = FakeServer(members={EVE: set()}, admins={EVE})
    await town.ask(EVE, "settings", place=OTHER_SERVER, admin=True)


async def rows(town: Town) -> dict[str, int]:
    found = {}
    async with town.store._database.transaction() as tx:
        for table in TABLES:
            row = await tx.fetch_one(f"SELECT COUNT(*) AS n FROM {table}")
            assert row is not None
            found[table] = row["n"]
    return found


ASKED: list[tuple[str, dict[str, Value]]] = [
    ("member", {}),
    ("invoice create", {"amount": "500", "currency": "eur", "what": "Chess club"}),
]


@pytest.mark.parametrize(("command", "options"), ASKED)
@pytest.mark.parametrize("who", [MIA, "nobody-ever-met"])
async def test_a_stranger_is_refused_in_words_that_tell_nothing(
    town: Town, command: str, options: dict[str, Value], who: str
) -> None:
    await eves(town)
    await town.plan()
    await town.subscribed()
    before = await rows(town)
    told = await town.ask(EVE, command, {"member": member(who), **options}, place=OTHER_SERVER, admin=True)
    assert told.text.startswith("I can only look up, bill or give something to people who are here")
    assert who.capitalize() not in told.text
    assert await rows(town) == before


async def test_a_comp_is_for_those_who_are_here(town: Town) -> None:
    await town.plan()
    before = await rows(town)
    told = await town.ask(ADA, "member", member=member("zoe"), give="Pro")
    assert told.text.startswith("I can only look up, bill or give")
    assert await rows(town) == before


async def test_who_had_something_here_and_left_can_still_be_looked_up_and_billed(town: Town) -> None:
    await town.plan()
    await town.subscribed(access_until=START - 1, reason=Reason.CANCELED)
    del town.platform.servers[SERVER.external_id].members[MIA]
    assert (
        "❌ **Pro:** Out since December 31, 2089: cancelled."
        in (await town.ask(ADA, "member", member=member(MIA))).text
    )
    billed = await town.ask(ADA, "invoice create", ASKED[1][1], member=member(MIA))
    assert "I can only" not in billed.text


async def test_what_the_platform_does_not_say_is_refused(town: Town) -> None:
    await town.plan()
    town.platform.servers[SERVER.external_id].bot_inside = False
    assert "can't find out right now who is here" in (await town.ask(ADA, "member", member=member(BEN))).text


async def test_lines_of_no_community_are_shown_where_the_person_had_something_and_name_nobody(town: Town) -> None:
    await town.plan()
    await town.subscribed()
    mia = await town.person(MIA)
    async with town.store.transaction() as tx:
        detail = "discord mia and telegram Secretname are one person"
        await tx.audit_log.add(AuditEntry("aud_1", START, None, mia, None, mia, "linked", detail))
        parted = dump({"linked": (("Secretname",), None)})
        await tx.audit_log.add(AuditEntry("aud_2", START, None, mia, None, mia, "parted", changes=parted))
    await eves(town)
    town.platform.servers[OTHER_SERVER.external_id].members[MIA] = set()
    there = (await town.ask(EVE, "member", member=member(MIA), place=OTHER_SERVER, admin=True)).text
    assert "linked" not in there
    assert "Secretname" not in there
    here = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "two accounts were linked" in here
    assert "an admin unlinked two accounts" in here
    assert "Secretname" not in here


async def test_who_pays_a_gift_is_named_as_they_are_called_here(town: Town) -> None:
    await town.plan()
    await town.subscribed(MIA, payer=BEN)
    assert "Paid by Ben" in (await town.ask(ADA, "member", member=member(MIA))).text
    async with town.store.transaction() as tx:
        ben = await tx.identities.of(Identity(Platform.DISCORD, BEN))
        assert ben is not None
    database = town.store._database
    async with database.transaction() as tx:
        await tx.execute("UPDATE identity SET platform = 'telegram', name = 'Secretname' WHERE user_id = 'ben'")
    told = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "Paid by somebody else" in told
    assert "Secretname" not in told


async def test_support_sees_no_amounts(town: Town) -> None:
    await town.plan()
    await town.ranked(BEN, Rank.SUPPORT)
    mia, community = await town.person(MIA), await town.community()
    async with town.store.transaction() as tx:
        detail = "Invoice A-1 over 2500 eur (minor units) was sent."
        await tx.audit_log.add(AuditEntry("aud_1", START, community.id, mia, None, mia, "invoice_sent", detail))
        sent = dump({"what": same("Coaching"), "amount": (None, Amount(2500, "eur"))})
        await tx.audit_log.add(AuditEntry("aud_2", START, community.id, mia, None, mia, "invoice_sent", changes=sent))
    shown = (await town.ask(BEN, "member", member=member(MIA))).text
    assert shown.count("an invoice was sent") == 2
    assert "2500" not in shown
    assert "25.00" not in shown
    full = (await town.ask(ADA, "member", member=member(MIA))).text
    assert "2500" in full
    assert "25.00" in full
    choices = await town.complete(BEN, "member", "give", "")
    assert [choice.label for choice in choices] == ["Pro"]
    assert "9.99" in (await town.complete(MIA, "subscribe", "plan", ""))[0].label
    for command in ("plan list", "settings", "breaker", "connect", "team"):
        assert "owner" in (await town.ask(BEN, command)).text.lower(), command
    assert "managers" in (await town.ask(BEN, "invoice create", ASKED[1][1], member=member(MIA))).text


async def test_support_parts_no_accounts(town: Town) -> None:
    await town.plan()
    await town.ranked(BEN, Rank.SUPPORT)
    assert "managers" in (await town.press(BEN, f"part_yes:{await town.person(MIA)}")).text

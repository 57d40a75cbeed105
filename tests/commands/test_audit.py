"""`/audit`: what was done in this community, who did it, who it was about, before and after; of no other one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from payments.core.access import Reason
from payments.core.community import Place, Platform
from payments.core.ids import PersonId
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.messages import TEAM_ACT
from payments.flows.runtime.context import new_id
from payments.ports.stores import AuditEntry
from tests.commands.conftest import (
    ADA,
    BEN,
    EXTRA,
    MIA,
    OTHER_SERVER,
    SERVER,
    Town,
    action_of,
    identity,
    member,
)

EVE = "eve"
"""Manager of the book club, and owner of another server."""


async def with_manager(town: Town) -> None:
    """Eve becomes a manager, Ada is the contact and stays the owner."""
    community = await town.community()
    async with town.store.transaction() as tx:
        await tx.team.put(
            TeamEntry(
                community.id,
                Platform.DISCORD,
                TeamKind.ACCOUNT,
                EVE,
                SERVER.external_id,
                "Eve",
                Rank.MANAGER,
                town.clock.now(),
            )
        )


async def test_a_changed_price_is_told_with_before_and_after_in_the_readers_language(town: Town) -> None:
    await town.plan()
    await with_manager(town)
    town.clock.at += 60_000
    await town.ask(EVE, "plan edit", plan="Pro", price="19.99")
    told = (await town.ask(ADA, "audit")).text
    assert "Jan 1, 2090, 12:01" in told.replace("\u202f", " ")
    assert "**Eve** changed the price of **Pro** for new members" in told
    assert "· price: €9.99 a month → €19.99 a month" in told
    assert told.index("changed the price") < told.index("**Ada** created the plan **Pro**"), "the newest stands first"
    german = (await town.ask(ADA, "audit", reader="de")).text
    assert "**Eve** hat den Preis von **Pro** für neue Mitglieder geändert" in german
    assert "· Preis: 9,99\xa0€ im Monat → 19,99\xa0€ im Monat" in german


async def test_every_act_has_its_sentence(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "plan edit", plan="Pro", name="Gold", trial_days=7, description="Two books")
    await town.ask(ADA, "plan edit", plan="Gold", add_role=EXTRA)
    await town.ask(ADA, "plan edit", plan="Gold", remove_role="Extra", members_keep="lose")
    await town.ask(ADA, "member", member=member(BEN), give="Gold", days=3)
    await town.press(ADA, action_of(await town.ask(ADA, "member", member=member(BEN)), "End free"))
    await town.ask(ADA, "invoice create", member=member(MIA), amount="25", what="Coaching")
    await town.ask(ADA, "settings", grace_days=5, locale="de", currency="usd")
    await town.press(ADA, action_of(await town.ask(ADA, "plan archive", plan="Gold"), "Stop"))
    first = await town.ask(ADA, "audit")
    told = first.text + "\n" + (await town.press(ADA, action_of(first, "Earlier"))).text
    for words in (
        "**Ada** created the plan **Pro**",
        "· price: €9.99 a month",
        "· includes: Members",
        "**Ada** changed the plan **Pro**",
        "· name: Pro → Gold",
        "· free trial: 7 days",
        "· description: Two books",
        "**Ada** changed what **Gold** includes",
        "· includes: Members → Extra, Members",
        "· current members: lose it too",
        "**Ada** gave **Ben** the plan **Gold** for free",
        "· until: Jan 4, 2090",
        "**Ada** ended **Ben**'s free membership **Gold**",
        "**Ada** billed **Mia** for **Coaching**",
        "· amount: €25.00",
        "**Ada** changed the settings",
        "· grace period: 3 days → 5 days",
        "· language: English → German",
        "· currency: EUR → USD",
        "**Ada** stopped selling the plan **Gold**",
        "· on sale: yes → no",
    ):
        assert words in told, (words, told)
    assert "Ada**: " not in told, "no act is without its sentence"


async def test_what_an_admin_decides_about_the_breaker_is_told(town: Town) -> None:
    await town.plan()
    for name in (MIA, BEN):
        await town.customer(name)
        await town.access(name, "Members", wanted=False, reason=Reason.CANCELED)
    community = await town.community()
    for decision in ("Discard", "Go ahead"):
        async with town.store.transaction() as tx:
            await tx.communities.trip_breaker(community.id, town.clock.now())
        await town.press(ADA, action_of(await town.ask(ADA, "breaker"), decision))
    told = (await town.ask(ADA, "audit")).text
    assert "**Ada** let the removals that were held back go ahead\n· held back: 2 → 0" in told
    assert "**Ada** discarded the removals that were held back\n· held back: 2 → 0" in told


async def test_a_long_trail_is_read_page_by_page_and_every_line_once(town: Town) -> None:
    await town.plan()
    for number in range(30):
        town.clock.at += 1000
        name, text = f"No {number} ".ljust(80, "x"), f"{number}".ljust(400, "_")
        await town.ask(
            ADA,
            "plan edit",
            plan=(await town.complete(ADA, "plan edit", "plan", ""))[0].value,
            name=name,
            description=text,
        )
    reply, seen = await town.ask(ADA, "audit"), ""
    while True:
        assert len(reply.text) <= 3_900
        assert not reply.text.endswith("\n…"), "nothing was cut"
        seen += reply.text + "\n"
        if not reply.buttons:
            break
        action = action_of(reply, "Earlier")
        assert len(action) <= 64
        reply = await town.press(ADA, action)
    assert seen.count("**Ada** changed the plan") == 30
    assert seen.count("created the plan") == 1


async def test_only_what_one_person_did_or_what_concerns_them_is_shown_on_demand(town: Town) -> None:
    await town.plan()
    await with_manager(town)
    server = town.platform.servers[SERVER.external_id]
    server.members[EVE] = set()
    server.role_managers.add(EVE)
    await town.ask(EVE, "member", member=member(BEN), give="Pro", days=3)
    await town.ask(ADA, "member", member=member(MIA), give="Pro", days=3)
    of_ben = (await town.ask(ADA, "audit", member=member(BEN))).text
    assert "gave **Ben**" in of_ben
    assert "Mia" not in of_ben
    of_eve = (await town.ask(ADA, "audit", member=member(EVE))).text
    assert "**Eve** gave **Ben**" in of_eve
    assert "**Ada**" not in of_eve
    assert (
        await town.ask(ADA, "audit", member=member("nobody"))
    ).text == "There are no changes here by Nobody, and none that affect them."
    for _ in range(9):
        town.clock.at += 1000
        await town.ask(EVE, "plan edit", plan="Pro", description=f"At {town.clock.at}")
    action = action_of(await town.ask(ADA, "audit", member=member(EVE)), "Earlier")
    assert len(action) <= 64
    earlier = await town.press(ADA, action)
    assert "**Eve** gave **Ben**" in earlier.text
    assert "by Eve or affecting them" in earlier.text
    assert "**Ada**" not in earlier.text


async def test_only_managers_and_owners_may_read_it(town: Town) -> None:
    await town.plan()
    await with_manager(town)
    town.clock.at += 1000
    await town.ask(EVE, "plan edit", plan="Pro", trial_days=7)
    assert "created the plan" in (await town.ask(EVE, "audit")).text
    community = await town.community()
    async with town.store.transaction() as tx:
        (eve,) = await tx.team.of(community.id)
        await tx.team.put(replace(eve, rank=Rank.SUPPORT))
        (line,) = await tx.audit_log.acts(community.id, 1)
    assert "created the plan" not in (await town.ask(EVE, "audit")).text
    assert "created the plan" not in (await town.press(EVE, f"audit:{line.id}")).text
    assert "created the plan" not in (await town.ask(MIA, "audit")).text
    assert "created the plan" not in (await town.ask(ADA, "audit", place=None)).text


async def test_another_communitys_owner_sees_nothing_of_it_whatever_button_she_sends(town: Town) -> None:
    await town.plan()
    await town.ask(ADA, "member", member=member(BEN), give="Pro", days=3)
    community = await town.community()
    async with town.store.transaction() as tx:
        newest, oldest = await tx.audit_log.acts(community.id, 9)
    await town.ask(EVE, "plan list", place=OTHER_SERVER, admin=True)
    ben = await town.person(BEN)
    for action in (f"audit:{newest.id}", f"audit:{newest.id}:{ben}", f"audit::{ben}", f"audit:{oldest.id}:", "audit"):
        told = (await town.press(EVE, action, place=OTHER_SERVER, admin=True)).text
        for name in ("Ada", "Ben", "Pro"):
            assert name not in told, (action, told)
    for given, nothing in (({}, "Nothing has been changed here"), ({"member": member(BEN)}, "no changes here by Ben")):
        assert nothing in (await town.ask(EVE, "audit", given, place=OTHER_SERVER, admin=True)).text


async def test_a_persons_own_lines_and_what_guestlist_does_by_itself_are_not_shown(town: Town) -> None:
    await town.plan()
    community, mia = await town.community(), await town.person(MIA)
    async with town.store.transaction() as tx:
        for place, actor in ((None, mia), (community.id, "guestlist")):
            entry = AuditEntry(new_id("aud"), town.clock.now(), place, mia, None, actor, "linked", "secret detail")
            await tx.audit_log.add(entry)
    assert "secret" not in (await town.ask(ADA, "audit")).text
    assert "secret" not in (await town.ask(ADA, "audit", member=member(MIA))).text


async def test_lines_of_an_older_version_and_of_a_newer_one_are_still_told(town: Town) -> None:
    await town.plan()
    community, ada = await town.community(), await town.person(ADA)
    async with town.store.transaction() as tx:
        for action, changes in (
            ("plan_targets", None),
            ("from_the_future", '{"shoe_size": [1, 2], "grace": [{"ms": 86400000}, {"ms": 0}]}'),
            ("plan_edited", '{"grace": [{"parsecs": 1}, 2]}'),
        ):
            entry = AuditEntry(
                new_id("aud"), town.clock.now(), community.id, None, None, ada, action, f"told of {action}", changes
            )
            await tx.audit_log.add(entry)
    told = (await town.ask(ADA, "audit")).text
    assert "**Ada**: plan targets. told of plan" in told
    assert "**Ada**: from the future. told of from" in told
    assert "**Ada**: plan edited. told of plan" in told


async def test_a_person_is_called_by_the_account_they_have_here_and_by_no_other(town: Town) -> None:
    await town.plan()
    async with town.store.transaction() as tx:
        old = await tx.identities.ensure(
            replace(identity("x"), platform=Platform.TELEGRAM), "Doctor Secret", "en", PersonId(new_id("prs")), 1
        )
    await town.ask(ADA, "member", member=member(BEN), give="Pro", days=3)
    async with town.store.transaction() as tx:
        ben = await tx.identities.of(identity(BEN))
        assert ben is not None
        await tx.person_merges.merge(ben, old)
        assert await tx.identities.name(ben, [Platform.TELEGRAM]) == "Doctor Secret"
    told = (await town.ask(ADA, "audit")).text
    assert "gave **Ben**" in told
    assert "Secret" not in told


async def test_who_was_dealt_with_in_the_chat_is_not_called_by_a_linked_account_elsewhere(town: Town) -> None:
    """Tina's account on Discord is not in the server, and nobody there has heard of it."""
    await town.plan()
    chat = Place(Platform.TELEGRAM, "-1001")
    await town.has_chat(chat.external_id, "Reading room")
    town.chats.chats[chat.external_id].members |= {"tina", "max"}
    await town.ranked("max", Rank.MANAGER, Platform.TELEGRAM)
    there = {name: replace(identity(name), platform=Platform.TELEGRAM) for name in ("tina", "max")}
    async with town.store.transaction() as tx:
        for name, who in there.items():
            here = await tx.identities.ensure(who, name.capitalize(), "en", PersonId(f"prs_{name}"), 1)
            secret = await tx.identities.ensure(
                identity(f"d-{name}"), f"Secret {name}", "en", PersonId(f"prs_d_{name}"), 1
            )
            await tx.person_merges.merge(here, secret)
            await tx.person_merges.set_side([here, secret], Platform.DISCORD)
    how: dict[str, Any] = {"place": chat, "platform": Platform.TELEGRAM}
    await town.ask("max", "invoice create", member=member("tina"), amount="5", currency="eur", what="Fee", **how)
    await town.ask("max", "settings", locale="de", **how)
    for told in (await town.ask("max", "audit", **how), await town.ask(ADA, "audit")):
        assert "**Max** billed **Tina**" in told.text
        assert "Secret" not in told.text
    async with town.store.transaction() as tx:
        notices = await tx.notices.claim(town.app.lease(), town.clock.now(), 9)
    shown = [town.app.render(one, "en", Platform.DISCORD).text for one in notices if one.kind == TEAM_ACT]
    assert ["**Max** billed **Tina**" in text for text in shown] == [True]
    assert "Secret" not in "".join(shown)


async def test_what_people_call_themselves_and_their_plans_does_no_harm(town: Town) -> None:
    await town.plan()
    async with town.store.transaction() as tx:
        await tx.identities.ensure(
            identity(BEN), "@everyone **x** [a](https://evil.example)", "en", PersonId("prs_x"), 1
        )
    await town.ask(ADA, "plan edit", plan="Pro", description="see https://evil.example [now](x)")
    ben = replace(member(BEN), name="@everyone **x** [a](https://evil.example)")
    await town.ask(ADA, "member", member=ben, give="Pro", days=3)
    told = (await town.ask(ADA, "audit")).text
    assert "@everyone" not in told
    assert "https://" not in told


async def test_nothing_done_is_said_so(town: Town) -> None:
    assert (await town.ask(ADA, "audit")).text == "Nothing has been changed here yet."
    place = Place(Platform.TELEGRAM, "-100")
    assert "Nothing has been changed" in (await town.ask(ADA, "audit", place=place, platform=Platform.TELEGRAM)).text

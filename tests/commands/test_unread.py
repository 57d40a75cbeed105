"""Closed private messages: what could not be told is read with the person's own next command, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.model import Reply
from bot.commands.unread import BUTTONS_MAX, with_unread
from bot.texts import render
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.core.notices import PlannedNotice
from payments.flows.jobs import unread
from payments.flows.jobs.deliver_notices import Told, deliver_notice
from payments.flows.messages import CONTACT_OF, enqueue_planned_notices
from payments.ports.chat import ActionButton, LinkButton
from payments.ports.stores import Notice
from tests.commands.conftest import ADA, DAY, MIA, START, Town
from tests.fakes.door import notice

URL = "https://invoice.example/1"


async def told(town: Town, *notices: Notice) -> list[Told]:
    """The worker takes these, and whatever comes of them."""
    outcomes = []
    async with town.store.transaction() as tx:
        for one in notices:
            assert await tx.notices.add(replace(one, created_at=START))
    for _ in range(3):
        lease = town.app.lease()
        async with town.store.transaction() as tx:
            found = await tx.notices.claim(lease, town.clock.now(), 10)
        outcomes += [await deliver_notice(town.app, one, lease) for one in found]
    return outcomes


@pytest.fixture
async def closed(town: Town) -> Town:
    town.platform.closed.add(MIA)
    await town.person(MIA)
    return town


async def failed(town: Town, key: str = "n1", **params: object) -> Notice:
    about = {"plan": "Pro", "community": "Book Club", "url": URL, "grace_until_at": START + DAY, **params}
    return notice(key, await town.person(MIA), "payment_failed", **about)


async def test_it_is_read_with_the_next_command_by_them_alone_and_once(closed: Town) -> None:
    assert await told(closed, await failed(closed)) == [Told.CLOSED]
    assert "reach you" not in (await closed.ask("ben", "help")).text
    for _ in range(2):  # until it has arrived
        reply = await closed.ask(MIA, "help")
        assert reply.text.startswith("**While I couldn't reach you:**\n• ")
        assert "Your payment for **Pro** in Book Club didn't go through" in reply.text
        assert LinkButton("Pay now", URL) in reply.buttons
    await unread.shown(closed.app, reply.unread)
    reply = await closed.ask(MIA, "help")
    assert "reach you" not in reply.text
    assert not reply.unread


async def test_what_is_refused_or_opens_a_form_is_answered_alone(closed: Town) -> None:
    await told(closed, await failed(closed))
    assert "reach you" not in (await closed.ask(MIA, "plan list")).text
    assert "reach you" in (await closed.ask(MIA, "help")).text


async def test_what_is_for_one_account_is_read_there_and_the_other_hears_only_that_it_is_there(closed: Town) -> None:
    there = Identity(Platform.TELEGRAM, "77")
    async with closed.store.transaction() as tx:
        person = await tx.identities.of(Identity(Platform.DISCORD, MIA))
        assert person is not None
        await tx.identities.ensure(there, "Mia", "en-US", PersonId("prs_there"), START)
        await tx.person_merges.give_account(there, person)
    assert await told(closed, await failed(closed, only="discord")) == [Told.CLOSED, Told.DONE]
    (said,) = closed.chats.messages["77"]
    assert "There is a message about **Pro** in Book Club for your Discord account" in said.text
    assert not said.buttons
    assert await unread.unread(closed.app, there) == []
    assert "didn't go through" in (await closed.ask(MIA, "help")).text


async def test_news_of_the_team_are_not_kept_for_who_may_not_be_in_it_any_more(closed: Town) -> None:
    await closed.plan()
    community = await closed.community()
    assert community.contact_id is not None
    closed.platform.closed.add(ADA)
    news = notice("n1", community.contact_id, "not_sold", **{CONTACT_OF: community.id})
    assert Told.CLOSED in await told(closed, news)
    assert "reach you" not in (await closed.ask(ADA, "help")).text


async def test_nothing_of_the_reply_is_cut_and_what_does_not_fit_comes_next_time(closed: Town) -> None:
    await told(closed, *[await failed(closed, f"n{n}") for n in range(3)])
    request = closed.request(MIA, "help")
    one = len(render(await failed(closed), "en-US").text)
    answer = Reply("x" * 500)
    first = await with_unread(closed.app, request, answer, 500 + 2 * one)
    assert len(first.unread) == 1
    assert first.text.endswith("x" * 500)
    full = Reply("x", tuple(LinkButton("x", URL) for _ in range(BUTTONS_MAX)))
    assert await with_unread(closed.app, request, full, 3_900) == full


async def test_what_two_messages_and_the_reply_offer_is_one_button(closed: Town) -> None:
    person = await closed.person(MIA)
    opened = {"plan": "Pro", "community": "Book Club", "targets": ["VIP"]}
    await told(closed, *[notice(f"n{n}", person, "access_opened", **opened) for n in range(2)])
    (button,) = render(notice("n", person, "access_opened", **opened), "en-US").buttons
    for own in ((), (button,)):
        reply = await with_unread(closed.app, closed.request(MIA, "help"), Reply("x", own), 3_900)
        assert len(reply.unread) == 2
        assert reply.buttons == (button,)


async def test_a_question_is_never_put_above_another(closed: Town) -> None:
    """Whoever answers "Yes, unlink" must not link the next account."""
    person = await closed.person(MIA)
    asks = {"id": "lnk_1", "account": "Moe", "platform": "telegram", "leaving": None}
    await told(closed, notice("asked", person, "link_asked", **asks))
    own = Reply("Unlink?", (ActionButton("Yes, unlink", "unlink_yes"),))
    assert await with_unread(closed.app, closed.request(MIA, "unlink"), own, 3_900) == own
    assert (await with_unread(closed.app, closed.request(MIA, "help"), Reply("x"), 3_900)).buttons


async def test_what_a_payer_was_not_told_is_not_read_by_an_account_that_is_linked_later(closed: Town) -> None:
    await told(closed, await failed(closed))
    there, mia = Identity(Platform.TELEGRAM, "77"), await closed.person(MIA)
    async with closed.store.transaction() as tx:
        await tx.identities.ensure(there, "Moe", "en-US", PersonId("prs_there"), START)
        survivor = await tx.identities.of(there)
        assert survivor is not None
        await tx.person_merges.merge(mia, survivor)
        await tx.person_merges.set_side([mia], Platform.DISCORD)
        await tx.person_merges.set_side([survivor], Platform.TELEGRAM)
    assert await unread.unread(closed.app, there) == []
    assert "didn't go through" in (await closed.ask(MIA, "help")).text


async def test_a_first_failure_of_one_plan_does_not_take_the_place_of_anothers_reminder(town: Town) -> None:
    await town.plan()
    await town.plan("Two")
    pro, two, mia = await town.stored_plan(), await town.stored_plan("Two"), await town.person(MIA)
    news = [
        PlannedNotice("failed", mia, "payment_failed", pro.id, {"url": URL, "grace_until_at": START + DAY}),
        *(PlannedNotice(one.name, mia, "grace_ending", one.id, {"url": URL, "at": START + DAY}) for one in (pro, two)),
    ]
    async with town.store.transaction() as tx:
        await enqueue_planned_notices(tx, news, {pro.id: pro, two.id: two}, START)
        left = await tx.notices.claim(town.app.lease(), town.clock.now(), 10)
    assert {one.key for one in left} >= {"failed", "Two"}
    assert "Pro" not in {one.key for one in left}

"""Who comes in and who goes: invite links, join requests, bans, administrators, migration, by the real library."""

import datetime
from collections.abc import AsyncIterator

import pytest
import telegram
from telegram.ext import ExtBot

from sandbox.play import NotTaken, Play
from sandbox.server import Sandbox
from tests.sandbox.telegram_bot import CLUB, MIA, OLD, OLGA, SEED, TOM, connect, polling, refused

NOWHERE = -1009


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.telegram.seed(SEED)
        yield made


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[ExtBot[None]]:
    async with connect(sandbox.url) as made:
        yield made


async def status(bot: ExtBot[None], user: int, chat: int = CLUB) -> str:
    return (await bot.get_chat_member(chat, user)).status


# -- links ------------------------------------------------------------------------------------------------
async def test_a_link_with_a_limit_is_full_and_comes_alive_again_when_somebody_leaves(
    play: Play, bot: ExtBot[None]
) -> None:
    link = await bot.create_chat_invite_link(CLUB, member_limit=1, name="one seat")
    assert (link.member_limit, link.name, link.is_primary, link.is_revoked) == (1, "one seat", False, False)
    assert (await play.telegram.join(MIA, link.invite_link)).status == "member"
    assert (await play.telegram.join(TOM, link.invite_link)).status == "full"
    await play.telegram.leave(MIA, CLUB)
    assert (await play.telegram.join(TOM, link.invite_link)).status == "member"
    assert (await play.telegram.members(CLUB)).keys() == {OLGA, bot.id, TOM}


async def test_a_link_expires_in_the_sandboxs_time_and_can_be_revoked(play: Play, bot: ExtBot[None]) -> None:
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    link = await bot.create_chat_invite_link(CLUB, expire_date=tomorrow)
    await play.advance("2d")
    assert (await play.telegram.join(MIA, link.invite_link)).status == "expired"
    link = await bot.edit_chat_invite_link(CLUB, link, name="for good")
    assert (link.expire_date, link.name) == (None, "for good"), "what is left out is back at its default"
    revoked = await bot.revoke_chat_invite_link(CLUB, link)
    assert revoked.is_revoked
    assert (await play.telegram.join(MIA, link.invite_link)).status == "revoked"
    with pytest.raises(NotTaken, match="There is no invite link"):
        await play.telegram.join(MIA, "https://t.me/+nothing")


async def test_each_administrator_has_one_standing_link(play: Play, bot: ExtBot[None]) -> None:
    first = await bot.export_chat_invite_link(CLUB)
    assert (await bot.get_chat(CLUB)).invite_link == first
    second = await bot.export_chat_invite_link(CLUB)
    assert second != first
    assert (await play.telegram.join(MIA, first)).status == "revoked"
    assert (await play.telegram.join(MIA, second)).status == "member"


async def test_what_can_not_be_in_a_link_is_refused(play: Play, bot: ExtBot[None]) -> None:
    both = bot.create_chat_invite_link(CLUB, member_limit=1, creates_join_request=True)
    assert await refused(both) == "Member limit can't be specified for links requiring administrator approval"
    assert await refused(bot.create_chat_invite_link(CLUB, member_limit=100_000)) == "Usage_limit_invalid"
    assert await refused(bot.create_chat_invite_link(CLUB, expire_date=1)) == "Expire_date_invalid"
    assert await refused(bot.revoke_chat_invite_link(CLUB, "https://t.me/+nothing")) == "Invite_hash_expired"
    hers = await play.telegram.create_link(CLUB)
    assert await refused(bot.revoke_chat_invite_link(CLUB, hers)) == "Chat_admin_required"
    await play.telegram.start(MIA, wait=0)
    assert await refused(bot.create_chat_invite_link(MIA)) == "Can't invite members to a private chat"


async def test_without_the_rights_nothing_is_done(play: Play, bot: ExtBot[None]) -> None:
    asked = (await bot.create_chat_invite_link(CLUB, creates_join_request=True)).invite_link
    await play.telegram.join(MIA, asked, wait=0)
    await play.telegram.bot(CLUB, "promote", rights=["delete_messages"])
    assert await refused(bot.create_chat_invite_link(CLUB)) == "Not enough rights to manage chat invite link"
    requests = "Not enough rights to manage chat join requests"
    assert await refused(bot.approve_chat_join_request(CLUB, MIA)) == requests
    assert await refused(bot.decline_chat_join_request(CLUB, MIA)) == requests
    restricting = "Not enough rights to restrict/unrestrict chat member"
    assert await refused(bot.ban_chat_member(CLUB, TOM)) == restricting
    await play.telegram.bot(CLUB, "demote")
    assert await refused(bot.unban_chat_member(CLUB, TOM)) == restricting


# -- join requests -------------------------------------------------------------------------------------------
async def test_who_asks_to_join_is_written_to_and_let_in(sandbox: Sandbox, play: Play) -> None:
    async with polling(connect(sandbox.url)) as live:

        async def welcome(update: telegram.Update) -> None:
            if (asked := update.chat_join_request) is not None:
                assert asked.user_chat_id == MIA
                assert asked.invite_link is not None
                assert asked.invite_link.pending_join_request_count == 1
                await live.bot.send_message(asked.user_chat_id, "Welcome.")
                await asked.approve()

        live.handlers.append(welcome)
        link = await live.bot.create_chat_invite_link(CLUB, creates_join_request=True)
        joined = await play.telegram.join(MIA, link.invite_link)
        assert (joined.status, joined.said.text) == ("member", "Welcome.")
        change = await live.hears("chat_member")
        assert (change.old_chat_member.status, change.new_chat_member.status) == ("left", "member")
        assert change.via_join_request
        assert change.invite_link.invite_link == link.invite_link
        assert change.from_user.id == live.bot.id
        service = await live.hears("message")
        assert [user.id for user in service.new_chat_members] == [MIA]
        assert await refused(live.bot.approve_chat_join_request(CLUB, MIA)) == "User_already_participant"
        assert await refused(live.bot.approve_chat_join_request(CLUB, TOM)) == "Hide_requester_missing"
    assert await play.telegram.log(CLUB, MIA) == ["join_request", "approve"]


async def test_the_bot_may_write_to_an_asker_for_five_minutes_or_until_it_is_decided(
    play: Play, bot: ExtBot[None]
) -> None:
    link = (await bot.create_chat_invite_link(CLUB, creates_join_request=True)).invite_link
    shut = "Forbidden: bot can't initiate conversation with a user"
    assert (await play.telegram.join(TOM, link, wait=0)).status == "pending"
    assert (await play.telegram.join(TOM, link, wait=0)).status == "pending", "she asks once"
    await bot.send_message(TOM, "You are not on the list.")
    await bot.decline_chat_join_request(CLUB, TOM)
    assert await refused(bot.send_message(TOM, "Hello?")) == "Chat not found", "they have never met"
    await play.telegram.join(MIA, link, wait=0)
    await play.advance("4m")
    await bot.send_message(MIA, "Patience.")
    await play.advance("2m")
    assert await refused(bot.send_message(MIA, "Hello?")) == shut
    assert await play.telegram.pending(CLUB) == {MIA}
    assert [said.text for said in await play.telegram.private_messages(TOM)] == ["You are not on the list."]
    assert await play.telegram.log(CLUB, TOM) == ["join_request", "decline"]


async def test_human_administrators_decide_too(play: Play, bot: ExtBot[None]) -> None:
    link = (await bot.create_chat_invite_link(CLUB, creates_join_request=True)).invite_link
    await play.telegram.join(MIA, link, wait=0)
    await play.telegram.request(CLUB, MIA, "decline")
    await play.telegram.join(TOM, link, wait=0)
    await play.telegram.request(CLUB, TOM, "approve", by="olga")
    assert await status(bot, TOM) == "member"
    assert await refused(bot.decline_chat_join_request(CLUB, MIA)) == "Hide_requester_missing"
    with pytest.raises(NotTaken, match="Tom is no administrator of Chess club"):
        await play.telegram.request(CLUB, MIA, "approve", by="Tom")


# -- bans -------------------------------------------------------------------------------------------------------
async def test_a_kick_is_a_ban_and_its_end(sandbox: Sandbox, play: Play) -> None:
    async with polling(connect(sandbox.url)) as live:
        await play.telegram.member(CLUB, MIA, "add")
        await live.bot.ban_chat_member(CLUB, MIA)
        assert await status(live.bot, MIA) == "kicked"
        link = (await live.bot.create_chat_invite_link(CLUB)).invite_link
        assert (await play.telegram.join(MIA, link)).status == "banned"
        await live.bot.unban_chat_member(CLUB, MIA, only_if_banned=True)
        assert await status(live.bot, MIA) == "left"
        await live.hears("chat_member", 3)
        changes = [one.chat_member for one in live.heard if one.chat_member]
        assert [(c.old_chat_member.status, c.new_chat_member.status) for c in changes] == [
            ("left", "member"),
            ("member", "kicked"),
            ("kicked", "left"),
        ]
        assert (await live.hears("message", 2)).left_chat_member.id == MIA
        assert (await play.telegram.join(MIA, link)).status == "member"
        await live.bot.unban_chat_member(CLUB, MIA, only_if_banned=True)
        assert await status(live.bot, MIA) == "member", "she was not banned"
        await live.bot.unban_chat_member(CLUB, MIA)
        assert await status(live.bot, MIA) == "left", "without only_if_banned a member is put out"
    log = await play.telegram.log(CLUB, MIA)
    assert log == ["add", "ban", "unban", "join", "remove"]


async def test_a_ban_ends_at_its_date_unless_that_is_too_near_or_too_far(play: Play, bot: ExtBot[None]) -> None:
    now = datetime.datetime.now(datetime.UTC)
    for user, ahead in ((MIA, 3600), (TOM, 10)):
        await bot.ban_chat_member(CLUB, user, until_date=now + datetime.timedelta(seconds=ahead))
    await play.advance("2h")
    assert await status(bot, MIA) == "left"
    assert await status(bot, TOM) == "kicked", "a date within 30 seconds is for ever"
    await bot.unban_chat_member(CLUB, TOM)
    await bot.ban_chat_member(CLUB, TOM, until_date=now + datetime.timedelta(days=400))
    await play.advance("401d")
    assert await status(bot, TOM) == "kicked", "so is one after more than 366 days"


async def test_owner_and_administrators_can_not_be_put_out(play: Play, bot: ExtBot[None]) -> None:
    await play.telegram.member(CLUB, MIA, "promote", rights=["invite_users"])
    assert await refused(bot.ban_chat_member(CLUB, OLGA)) == "Can't remove chat owner"
    assert await refused(bot.ban_chat_member(CLUB, MIA)) == "User is an administrator of the chat"
    assert await refused(bot.unban_chat_member(CLUB, MIA)) == "User is an administrator of the chat"
    assert await refused(bot.ban_chat_member(CLUB, bot.id)) == "Can't restrict self"
    admins = {one.user.id: one.status for one in await bot.get_chat_administrators(CLUB)}
    assert admins == {OLGA: "creator", MIA: "administrator", bot.id: "administrator"}
    await play.telegram.member(CLUB, MIA, "demote")
    await bot.ban_chat_member(CLUB, MIA)
    assert await bot.get_chat_member_count(CLUB) == 2


async def test_a_basic_group_puts_out_but_keeps_nobody_out(play: Play, bot: ExtBot[None]) -> None:
    await bot.ban_chat_member(OLD, MIA)
    assert await status(bot, MIA, OLD) == "left"
    only = "Method is available for supergroup and channel chats only"
    assert await refused(bot.unban_chat_member(OLD, MIA)) == only
    assert await refused(bot.ban_chat_member(OLD, MIA)) == "User_not_participant"
    await play.telegram.bot(OLD, "ban")
    assert await refused(bot.send_message(OLD, "x")) == "Forbidden: bot was kicked from the group chat"


async def test_a_group_that_becomes_a_supergroup_has_another_id(sandbox: Sandbox, play: Play) -> None:
    async with polling(connect(sandbox.url)) as live:
        link = (await live.bot.create_chat_invite_link(OLD)).invite_link
        asking = (await live.bot.create_chat_invite_link(OLD, creates_join_request=True)).invite_link
        await play.telegram.join(TOM, asking, wait=0)
        new = await play.telegram.migrate(OLD)
        await live.bot.approve_chat_join_request(new, TOM)
        with pytest.raises(telegram.error.ChatMigrated) as caught:
            await live.bot.send_message(OLD, "Hello?")
        assert caught.value.new_chat_id == new
        await live.hears("message", 2)
        messages = [one.message for one in live.heard if one.message]
        assert [(m.chat.id, m.migrate_to_chat_id, m.migrate_from_chat_id) for m in messages[:2]] == [
            (OLD, new, None),
            (new, None, OLD),
        ]
        assert await status(live.bot, MIA, new) == "member"
        assert (await live.bot.get_chat(new)).type == "supergroup"
        await play.telegram.leave(TOM, new)
        assert (await play.telegram.join(TOM, link)).chat == new
    assert (await play.telegram.chat(OLD))["migrated_to"] == new


# -- the bot's own place -------------------------------------------------------------------------------------------
async def test_the_bot_hears_of_its_own_place_in_a_chat(sandbox: Sandbox, play: Play) -> None:
    async with polling(connect(sandbox.url)) as live:
        await live.hears("my_chat_member", 2)
        for action in ("demote", "remove", "add", "promote", "ban"):
            await play.telegram.bot(CLUB, action)
        await live.hears("my_chat_member", 7)
        mine = [one.my_chat_member for one in live.heard if one.my_chat_member]
        assert [(m.chat.id, m.old_chat_member.status, m.new_chat_member.status) for m in mine] == [
            (CLUB, "left", "administrator"),
            (OLD, "left", "administrator"),
            (CLUB, "administrator", "member"),
            (CLUB, "member", "left"),
            (CLUB, "left", "member"),
            (CLUB, "member", "administrator"),
            (CLUB, "administrator", "kicked"),
        ]
        assert mine[0].from_user.id == OLGA
        kicked = "Forbidden: bot was kicked from the supergroup chat"
        assert await refused(live.bot.send_message(CLUB, "Hello?")) == kicked
        assert await refused(live.bot.ban_chat_member(CLUB, MIA)) == kicked
        await play.telegram.bot(CLUB, "promote")
        await live.bot.leave_chat(CLUB)
        outside = "Forbidden: bot is not a member of the supergroup chat"
        assert await refused(live.bot.get_chat_member(CLUB, MIA)) == outside
        assert (await live.hears("my_chat_member", 9)).from_user.id == live.bot.id


async def test_chats_and_people_that_the_bot_never_met_do_not_exist_for_it(
    sandbox: Sandbox, play: Play, bot: ExtBot[None]
) -> None:
    sandbox.telegram.seed({"chats": [{"id": NOWHERE, "title": "Elsewhere", "bot": False}]})
    for chat in (NOWHERE, -99, 999, "@nobody"):
        assert await refused(bot.get_chat(chat)) == "Chat not found"
    assert await refused(bot.get_chat_member(CLUB, 999)) == "Participant_id_invalid"
    assert await status(bot, TOM) == "left"


async def test_a_channel_has_administrators_posts_and_no_service_messages(sandbox: Sandbox, play: Play) -> None:
    news = {"id": -1007, "type": "channel", "title": "News", "username": "club_news", "owner": "olga"}
    async with polling(connect(sandbox.url)) as live:
        sandbox.telegram.seed({"chats": [news]})
        link = await live.bot.create_chat_invite_link("@club_news", creates_join_request=True)
        await play.telegram.join(MIA, link.invite_link, wait=0)
        await live.bot.approve_chat_join_request(-1007, MIA)
        assert (await live.hears("chat_member")).chat.type == "channel"
        post = await live.bot.send_message(-1007, "news")
        assert post.sender_chat is not None
        await post.edit_text("newer")
        await play.telegram.message("olga", "hers", chat="News", wait=0)
        assert (await live.hears("channel_post")).text == "hers"
        assert "message" not in live.kinds()
        with pytest.raises(NotTaken, match="only these write in a channel"):
            await play.telegram.message(MIA, "mine", chat="News")
        await play.telegram.bot("News", "promote", rights=["invite_users"])
        assert await refused(live.bot.send_message(-1007, "x")) == "Not enough rights to send text messages to the chat"
        await play.telegram.bot("News", "demote")
        outside = "Forbidden: bot is not a member of the channel chat"
        assert await refused(live.bot.get_chat_member(-1007, MIA)) == outside

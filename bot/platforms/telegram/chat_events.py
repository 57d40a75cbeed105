"""What Telegram tells of chats: the bot's own standing, people who come, go and ask to be let in, moves and titles."""

import logging
from dataclasses import replace

from bot.commands.allowance import Allowance
from bot.commands.model import Request
from bot.platforms.telegram import markup
from bot.platforms.telegram.api_types import MANAGED_CHATS, SUPERGROUP, JoinRequest, MemberUpdated, Message
from bot.platforms.telegram.api_types import Chat as There
from bot.platforms.telegram.calls import NO, outcome_of
from bot.platforms.telegram.command_runner import CommandRunner, Who
from bot.platforms.telegram.community_choice import Rights, place_of
from bot.platforms.telegram.invite_links import BotClient, InviteLinks
from bot.platforms.telegram.replies import Replies, TryAgain
from bot.texts import Safe, label, lines, plain, say
from payments.core.community import Place, Platform
from payments.flows.access import faults, presence
from payments.flows.checkout import banned
from payments.flows.communities import claim
from payments.flows.communities.claim import BadClaim
from payments.flows.jobs.unread import shown
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.places import served_in
from payments.ports.chat import Blocked, Busy, LinkButton
from payments.ports.chat import Message as Said
from payments.ports.stores import ChatRoom, Transaction

log = logging.getLogger("guestlist.telegram")

OUT = ("left", "kicked")

KNOCKS, KNOCK_MS = 3, 60_000
"""So many times in a row, then once a minute, somebody who is not on the list is told so and declined."""


class ChatEvents:
    """Each method handles one kind of update, and may be called again with the same. They raise `TryAgain` and
    `StoreUnavailable`."""

    def __init__(
        self, wire: BotClient, links: InviteLinks, rights: Rights, replies: Replies, runner: CommandRunner
    ) -> None:
        self._wire = wire
        self._links = links
        self._rights = rights
        self._replies = replies
        self._runner = runner
        self._knocks = Allowance(KNOCKS, KNOCK_MS)

    # -- the bot itself ----------------------------------------------------------------------------------------------

    async def own_standing(self, changed: MemberUpdated, key: str) -> None:
        """`my_chat_member`: the bot was added, got or lost rights, was put out, is back."""
        if changed.chat.type not in MANAGED_CHATS:
            return
        app, own, there = self._wire.app, changed.new_chat_member, changed.chat
        chat_id, who = str(there.id), Who(changed.from_, key)
        admin = own.status == "administrator"
        if not await self._served(who, place_of(chat_id), _title(there), came=own.inside):
            return
        async with app.store.transaction() as tx:
            await tx.contacts.seen(who.identity, who.username, who.name, app.business.now())
            known = await tx.chat_rooms.get(place_of(chat_id))
            out, was_out = own.status in OUT, changed.old_chat_member.status in OUT
            now = ChatRoom(
                platform=Platform.TELEGRAM,
                id=chat_id,
                kind=there.type,
                title=_title(there),
                can_invite=admin and own.can_invite_users is True,
                can_ban=admin and own.can_restrict_members is True,
                added_by=who.id if was_out and not out else known.added_by if known is not None else None,
                removed_at=app.business.now() if out else None,
                link=None if out or known is None else known.link,
            )
            await tx.chat_rooms.put(now)
            if out and not was_out:
                await self._lost(tx, now, key)
            else:
                back = was_out and not out and known is not None and known.removed_at is not None
                await self._reached(tx, now, who, key, came=was_out, back=back)
        faults.wake(app)
        self._links.doubt(chat_id)
        if out:
            log.warning("telegram: no longer in %s (%s); add the bot again to go on there", now.title, chat_id)
            return
        await presence.renamed(app, place_of(chat_id), now.title, {chat_id: now.title})
        await presence.recheck_blocked(app, place_of(chat_id))
        if was_out and known is not None:
            await presence.invite_changed(app, place_of(chat_id))
        old = changed.old_chat_member
        gained = (now.can_invite, now.can_ban) != (old.can_invite_users is True, old.can_restrict_members is True)
        if (was_out or gained) and not who.user.is_bot:
            await self._welcome(who, now)

    async def _served(self, who: Who, place: Place, title: str, *, came: bool) -> bool:
        """Whether the chat is served, or is from now on, since who brought the bot holds a claim code."""
        app = self._wire.app
        async with app.store.transaction() as tx:
            if await served_in(app, tx, [place]):
                return True
            held = await tx.claims.held_by([who.id], app.machine.now()) if came else ()
        if not held:
            return False
        identity = who.identity
        claimed = await claim.redeem_held(app, held[0], identity, who.name, who.locale, place, title)
        if isinstance(claimed, BadClaim):  # else a notice tells them
            await self._replies.private(who.user.id, Said(say(who.locale, f"claim.{claimed}")))
        return not isinstance(claimed, BadClaim)

    async def _lost(self, tx: Transaction, chat: ChatRoom, key: str) -> None:
        """Nothing that opens the chat is sold any more. The contact is told of both, in one message."""
        cause = Blocked("chat_no_access", "the bot was removed from the chat")
        changed = await faults.all_broken(self._wire.app, tx, place_of(chat.id), cause, faults.Tell.OTHERWISE)
        key = f"chat_lost:{chat.id}:{key}"
        await self._tell_contact(tx, "chat_lost", chat, key, plans=[plan.name for plan in changed.stopped])

    async def _reached(self, tx: Transaction, chat: ChatRoom, who: Who, key: str, *, came: bool, back: bool) -> None:
        """The bot's rights in a chat are known for certain: what they allow is sold. The contact is told once that the
        bot is back, unless it is they who added it again and are welcomed."""
        app, place, ready = self._wire.app, place_of(chat.id), chat.can_invite and chat.can_ban
        community = await tx.communities.at(place)
        back = back and community is not None and await tx.identities.of(who.identity) != community.contact_id
        if ready:
            tell = faults.Tell.OTHERWISE if back else faults.Tell.NOW
            changed = await faults.all_well(app, tx, place, tell)
        else:  # who adds the bot without rights reads what it needs
            tell = faults.Tell.OTHERWISE if came else faults.Tell.NOW
            cause = Blocked("chat_no_rights", "the bot may not invite and ban users")
            changed = await faults.all_broken(app, tx, place, cause, tell)
        if back:
            alarm = await faults.alarm_of(tx, place, "chat_no_access")
            key = f"chat_back:{chat.id}:{key}" if alarm is None else faults.over_key(alarm)
            plans = [plan.name for plan in changed.again]
            await self._tell_contact(tx, "chat_back", chat, key, ready=ready, plans=plans)

    async def _tell_contact(self, tx: Transaction, kind: str, chat: ChatRoom, key: str, **more: object) -> None:
        """The contact is told once that what is to be done there has to wait, and that it need not any more."""
        community = await tx.communities.at(place_of(chat.id))
        if community is None:
            return
        params = {"chat": chat.title, "community": community.name, **more}
        await enqueue_contact_notice(tx, self._wire.app.business.now(), community, kind, key, params)

    async def _welcome(self, who: Who, chat: ChatRoom) -> None:
        """Who added or promoted the bot is told in private what to do next, if the bot may write to them."""
        locale = who.locale
        if chat.kind == "group":
            text = say(locale, "chat.basic", chat=chat.title)
        elif chat.can_invite and chat.can_ban:
            link = self._replies.deep_link(markup.start_payload(int(chat.id)))
            invite = "" if link is None else say(locale, "chat.ready_link", url=Safe(link))
            text = lines(say(locale, "chat.ready", chat=chat.title), invite)
        else:
            text = say(locale, "chat.needs_rights", chat=chat.title)
        async with self._wire.app.store.transaction() as tx:
            if chat.kind != "group":
                await tx.contacts.choose(who.identity, chat.id)
        await self._replies.private(who.user.id, Said(text))

    # -- moves and titles --------------------------------------------------------------------------------------------

    async def group_news(self, message: Message) -> None:
        """A group became a supergroup, or has another title."""
        there = message.chat
        if message.migrate_to_chat_id is not None:
            await self._moved(str(there.id), str(message.migrate_to_chat_id))
        elif message.new_chat_title is not None:
            await self._titled(there)

    async def _moved(self, old_id: str, new_id: str) -> None:
        async with self._wire.app.store.transaction() as tx:
            moved = await tx.chat_rooms.migrate(place_of(old_id), new_id, SUPERGROUP)
            known = await tx.communities.at(place_of(new_id))
        if known is not None:
            self._wire.app.unclaimed.arrived(place_of(new_id))
        if not moved:
            return
        log.info("telegram: the group %s became the supergroup %s", old_id, new_id)
        self._links.doubt(new_id)
        await presence.recheck_blocked(self._wire.app, place_of(new_id))
        await presence.invite_changed(self._wire.app, place_of(new_id))

    async def _titled(self, there: There) -> None:
        app, chat_id, title = self._wire.app, str(there.id), _title(there)
        async with app.store.transaction() as tx:
            known = await tx.chat_rooms.get(place_of(chat_id))
            if known is None or known.title == title:
                return
            await tx.chat_rooms.put(replace(known, title=title))
        await presence.renamed(app, place_of(chat_id), title, {chat_id: title})

    # -- people ------------------------------------------------------------------------------------------------------

    async def standing(self, changed: MemberUpdated) -> None:
        """`chat_member`: somebody came, left, was put out, or got other rights."""
        app, user, place = self._wire.app, changed.new_chat_member.user, place_of(changed.chat.id)
        chat_id, user_id = str(changed.chat.id), str(user.id)
        self._rights.changed(chat_id, user_id)
        who = Who(user, "")
        async with app.store.transaction() as tx:
            if not user.is_bot:
                await tx.contacts.seen(who.identity, who.username, who.name, app.business.now())
            if changed.new_chat_member.status == "kicked" and changed.from_.id != self._wire.own_id:
                await tx.chat_rooms.end_kick(place, user_id)  # an admin's ban, whatever we were about
        await self._titled(changed.chat)
        if changed.from_.id == self._wire.own_id:
            return  # what we do, its delivery looks at
        before, now = changed.old_chat_member.inside, changed.new_chat_member.inside
        identity = who.identity
        if changed.new_chat_member.status == "kicked":
            await banned.end_links(app, identity, place)
        if before and not now:
            await presence.member_left(app, identity, place)
        elif (now and not before) or changed.old_chat_member.status == "kicked":
            await presence.member_joined(app, identity, place)
        elif changed.old_chat_member.admin and not changed.new_chat_member.admin:
            await presence.recheck_blocked(app, place)  # who is no admin any more can be put out

    async def asks_in(self, asked: JoinRequest, key: str) -> None:
        """`chat_join_request`: on the list is let in; by our link and not on it is written to, then declined; by an
        admin's link is left to the admins.

        Those who ask again and again are left waiting: they can be let in as soon as they are on the list.
        """
        app, who, chat_id = self._wire.app, Who(asked.from_, key), str(asked.chat.id)
        async with app.store.transaction() as tx:
            talker = await tx.contacts.seen(who.identity, who.username, who.name, app.business.now())
        identity = who.identity
        link = asked.invite_link
        ours = link is not None and link.creator.id == self._wire.own_id
        if await presence.join_requested(app, identity, place_of(chat_id), ours=ours) or not ours:
            return
        now = app.machine.now()
        if self._knocks.wait_ms(identity, now):  # left open, and without a line in the log for each
            return
        chat = await self._links.chat(chat_id)
        if isinstance(chat, ChatRoom):
            if talker.chat_id is None:
                async with app.store.transaction() as tx:
                    await tx.contacts.choose(who.identity, chat_id)
            await self._offer(who, chat, asked.user_chat_id)
        declined = await self._wire.ask(lambda bot: bot.decline_chat_join_request(asked.chat.id, asked.from_.id))
        if isinstance(declined, NO) and isinstance(refused := outcome_of(declined), Busy):
            raise TryAgain(refused.retry_after_ms, refused.detail)
        self._knocks.take(identity, now)

    async def _offer(self, who: Who, chat: ChatRoom, user_chat_id: int) -> None:
        """Say why they are not let in, and what is for sale. First, since after the decision we may not write."""
        request: Request = await self._runner.request(who, "plans", chat)
        reply = await self._runner.command(request)
        text = lines(say(who.locale, "join.declined", chat=chat.title), "", reply.text)
        link = self._replies.deep_link(markup.start_payload(int(chat.id)))
        buttons = reply.buttons
        if link is not None:
            buttons = (*buttons, LinkButton(label(who.locale, "button.open_private"), link))
        if await self._replies.private(user_chat_id, Said(text, buttons), int(chat.id)) is not None:
            await shown(self._wire.app, reply.unread)


def _title(there: There) -> str:
    return plain(there.title or "") or str(there.id)

"""What happens in chats, whoever does it: people come, go and write; the log and the bot are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.telegram import wire
from sandbox.telegram.entities import Formatted
from sandbox.telegram.listeners import Listeners
from sandbox.telegram.markup import Markup
from sandbox.telegram.state import (
    OUTSIDE,
    Chat,
    JoinRequest,
    Json,
    Kind,
    Link,
    Member,
    Message,
    Status,
    User,
    World,
)
from sandbox.telegram.updates import Updates

BAN_SECONDS_MIN, BAN_SECONDS_MAX = 30, 366 * 86_400
BOT = "the bot"


class Membership:
    """The verbs that change a chat. `now` is the sandbox's clock: dates and the log are in business time."""

    def __init__(self, world: World, updates: Updates, ears: Listeners, now: Callable[[], float]) -> None:
        self.world = world
        self.updates = updates
        self.ears = ears
        self.now = now

    def log(self, chat: Chat, action: str, by: User, **more: Any) -> None:
        """Notes what somebody did in a chat."""
        name = BOT if by is self.world.bot.user else by.name
        chat.log.append({"at": round(self.now(), 3), "action": action, "by": name, **more})

    def standing(self, chat: Chat, user: User) -> Member:
        """How somebody stands in a chat now."""
        return chat.standing(user.id, self.now())

    # -- members ----------------------------------------------------------------------------------------
    def change(
        self,
        chat: Chat,
        user: User,
        new: Member,
        *,
        by: User,
        link: Link | None = None,
        via_join_request: bool = False,
    ) -> None:
        """Gives somebody another standing, and tells the bot: of itself always, of others where it is an admin."""
        old = self.standing(chat, user)
        if new == OUTSIDE:
            chat.members.pop(user.id, None)
        else:
            chat.members[user.id] = new
        if old.status.inside and not new.status.inside and old.via in chat.links:
            chat.links[old.via].joined.discard(user.id)
        mine = user is self.world.bot.user or chat.kind is Kind.PRIVATE
        if not mine and not self.world.bot_in(chat, self.now()).status.leads:
            return
        told: Json = {
            "chat": wire.chat(self.world, chat),
            "from": wire.user(by),
            "date": int(self.now()),
            "old_chat_member": wire.member(user, old, chat.kind),
            "new_chat_member": wire.member(user, new, chat.kind),
        }
        if link is not None:
            told["invite_link"] = wire.link(self.world, link, wire.pending_by(chat, link))
        if via_join_request:
            told["via_join_request"] = True
        self.updates.add("my_chat_member" if mine else "chat_member", told)

    def join(self, chat: Chat, user: User, *, by: User, link: Link | None = None, request: bool = False) -> None:
        """Somebody comes in: by herself (by a link or not), or added or let in by somebody."""
        # Whoever was let in by request says so herself in the chat, as at Telegram.
        if link is not None:
            link.joined.add(user.id)
        self._no_longer_asks(chat, user, "member")
        new = Member(Status.MEMBER, via=link.url if link is not None else None)
        self.change(chat, user, new, by=by, link=link, via_join_request=request)
        action = "approve" if request else "join" if by is user else "add"
        self.log(chat, action, by, user=user.id, user_name=user.name, link=link.url if link is not None else None)
        self.service(chat, user if request else by, new_chat_members=[wire.user(user)])

    def leave(self, chat: Chat, user: User) -> None:
        """Somebody goes by herself; the bot too."""
        self.change(chat, user, OUTSIDE, by=user)
        self.log(chat, "leave", user, user=user.id, user_name=user.name)
        self._gone(chat, user, user)

    def remove(self, chat: Chat, user: User, *, by: User) -> None:
        """Somebody is put out, and may come back."""
        self.change(chat, user, OUTSIDE, by=by)
        self.log(chat, "remove", by, user=user.id, user_name=user.name)
        self._gone(chat, user, by)

    def ban(self, chat: Chat, user: User, *, by: User, until: int = 0) -> None:
        """Somebody is put out and kept out, until a moment or for ever; a basic group can't keep anybody out."""
        inside = self.standing(chat, user).status.inside
        ahead = until - self.now()
        ends = until if BAN_SECONDS_MIN <= ahead <= BAN_SECONDS_MAX else 0
        self._no_longer_asks(chat, user, "banned")
        # Of itself a bot is told "kicked" in a basic group too, and gets 403 "was kicked" from then on.
        forgets = chat.kind is Kind.GROUP and user is not self.world.bot.user
        self.change(chat, user, OUTSIDE if forgets else Member(Status.KICKED, until=ends), by=by)
        self.log(chat, "ban", by, user=user.id, user_name=user.name, until=ends, was_inside=inside)
        if inside:
            self._gone(chat, user, by)

    def unban(self, chat: Chat, user: User, *, by: User) -> None:
        """A ban ends; she has to come back herself."""
        self.change(chat, user, OUTSIDE, by=by)
        self.log(chat, "unban", by, user=user.id, user_name=user.name)

    def promote(self, chat: Chat, user: User, rights: frozenset[str], *, by: User) -> None:
        """Somebody is an administrator from now on, with these rights."""
        via = self.standing(chat, user).via
        self.change(chat, user, Member(Status.ADMINISTRATOR, rights, via=via), by=by)
        self.log(chat, "promote", by, user=user.id, user_name=user.name, rights=sorted(rights))

    def demote(self, chat: Chat, user: User, *, by: User) -> None:
        """An administrator is an ordinary member again; a channel has no bots that are members only."""
        via = self.standing(chat, user).via
        if chat.kind is Kind.CHANNEL and user.is_bot:
            self.remove(chat, user, by=by)
            return
        self.change(chat, user, Member(Status.MEMBER, via=via), by=by)
        self.log(chat, "demote", by, user=user.id, user_name=user.name)

    def _gone(self, chat: Chat, user: User, by: User) -> None:
        if user is self.world.bot.user and chat.kind is not Kind.GROUP:
            return  # it is out already when the message is written
        self.service(chat, by, left_chat_member=wire.user(user))

    # -- join requests -----------------------------------------------------------------------------------
    def ask(self, chat: Chat, user: User, link: Link) -> JoinRequest:
        """Somebody asks to join; an administrator that may invite is told."""
        request = JoinRequest(user, link, self.now())
        chat.requests[user.id] = request
        self.log(chat, "join_request", user, user=user.id, user_name=user.name, link=link.url)
        if self.may(chat, "can_invite_users"):
            self.updates.add("chat_join_request", wire.join_request(self.world, chat, request))
        return request

    def approve(self, chat: Chat, request: JoinRequest, *, by: User) -> None:
        """She is let in."""
        self.join(chat, request.user, by=by, link=request.link, request=True)

    def decline(self, chat: Chat, request: JoinRequest, *, by: User) -> None:
        """She is turned away, and may ask again."""
        self._no_longer_asks(chat, request.user, "declined")
        self.log(chat, "decline", by, user=request.user.id, user_name=request.user.name)

    @staticmethod
    def _no_longer_asks(chat: Chat, user: User, outcome: str) -> None:
        if (request := chat.requests.pop(user.id, None)) is not None:
            request.decide(outcome)

    def may(self, chat: Chat, right: str) -> bool:
        """Whether the bot is an administrator here with this right."""
        own = self.world.bot_in(chat, self.now())
        return own.status is Status.CREATOR or (own.status is Status.ADMINISTRATOR and right in own.rights)

    # -- messages -----------------------------------------------------------------------------------------
    def write(
        self, chat: Chat, sender: User, text: Formatted, *, reply_to: Message | None = None
    ) -> tuple[Message, bool]:
        """A person writes. Answers the message, and whether the bot is told of it."""
        post = chat.kind is Kind.CHANNEL
        message = self.world.keep(chat, None if post else sender, int(self.now()))
        message.text, message.entities, message.reply_to = text.text, text.entities, reply_to
        if not self._sees(chat, message):
            return message, False
        kind = "channel_post" if post else "message"
        return message, self.updates.add(kind, wire.message(self.world, message))

    def rewrite(self, message: Message, text: Formatted) -> bool:
        """A person edits a message. Answers whether the bot is told of it."""
        message.text, message.entities, message.edited = text.text, text.entities, int(self.now())
        if not self._sees(message.chat, message):
            return False
        kind = "edited_channel_post" if message.chat.kind is Kind.CHANNEL else "edited_message"
        return self.updates.add(kind, wire.message(self.world, message))

    def _sees(self, chat: Chat, message: Message) -> bool:
        """In a group, a bot that is no admin sees commands, replies to it and what is written about members."""
        if chat.kind is Kind.PRIVATE:
            return True
        own = self.world.bot_in(chat, self.now())
        if not own.status.inside:
            return False
        if own.status.leads or not self.world.bot.privacy or message.service or chat.kind is Kind.CHANNEL:
            return True
        if message.reply_to is not None and message.reply_to.sender is self.world.bot.user:
            return True
        name = (self.world.bot.user.username or "").lower()
        commands = re.findall(r"(?<![\w/])/\w+(?:@(\w+))?", message.text)
        return any(not addressed or addressed.lower() == name for addressed in commands)

    def service(self, chat: Chat, by: User, **fields: Any) -> None:
        """A line that Telegram itself writes into a group; channels have none."""
        if chat.kind not in (Kind.GROUP, Kind.SUPERGROUP):
            return
        message = self.world.keep(chat, by, int(self.now()))
        message.service = fields
        leaving = fields.get("left_chat_member", {}).get("id") == self.world.bot.user.id
        if leaving or self._sees(chat, message):
            self.updates.add("message", wire.message(self.world, message))

    def say(
        self, chat: Chat, text: Formatted, markup: Markup, *, reply_to: Message | None, preview: Json | None
    ) -> Message:
        """The bot writes."""
        post = chat.kind is Kind.CHANNEL
        message = self.world.keep(chat, None if post else self.world.bot.user, int(self.now()))
        message.text, message.entities, message.reply_to = text.text, text.entities, reply_to
        message.inline_keyboard, message.keyboard, message.link_preview = markup.inline, markup.keyboard, preview
        self.ears.said(message)
        return message

    # -- private chats ----------------------------------------------------------------------------------------
    def block(self, user: User, *, blocked: bool) -> None:
        """A person blocks the bot, or lets it write again."""
        if user.blocked is blocked:
            return
        user.blocked = blocked
        chat, bot = self.world.private(user), self.world.bot.user
        self.change(chat, bot, Member(Status.KICKED) if blocked else Member(Status.MEMBER), by=user)

    # -- migration --------------------------------------------------------------------------------------------
    def migrate(self, old: Chat, *, by: User) -> Chat:
        """A basic group becomes a supergroup: all move to another id, the old one tells where to."""
        new = Chat(self.world.next_chat_id(Kind.SUPERGROUP), Kind.SUPERGROUP, old.title)
        new.members, new.links, new.requests = dict(old.members), old.links, old.requests
        old.links, old.requests = {}, {}
        self.world.chats[new.id] = new
        self.log(old, "migrate", by, to=new.id)
        self.log(new, "migrate", by, came_from=old.id)
        self.service(old, by, migrate_to_chat_id=new.id)
        old.migrated_to = new.id
        self.service(new, by, migrate_from_chat_id=old.id)
        return new

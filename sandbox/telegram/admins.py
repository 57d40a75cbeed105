"""Human administrators at work: members, requests, links, the bot's own place; and a person who blocks the bot."""

from __future__ import annotations

from sandbox.refused import Refused, only
from sandbox.telegram.links import Links
from sandbox.telegram.membership import Membership
from sandbox.telegram.seed import rights_of
from sandbox.telegram.state import Chat, Json, Kind, Status, User, World
from sandbox.telegram.updates import KINDS
from sandbox.telegram.views import chat_of, chat_view, link_view, person_view, user_of


class Admins:
    """Each verb one control request; all raise Refused when it can't be done."""

    def __init__(self, world: World, life: Membership, links: Links) -> None:
        self.world = world
        self.life = life
        self.links = links

    def _by(self, data: Json, chat: Chat) -> User:
        """Who does it: `by`, else the owner. Raises Refused for somebody who may not."""
        if data.get("by") is None:
            owner = next((u for u, member in chat.members.items() if member.status is Status.CREATOR), None)
            if owner is None:
                raise Refused(f'{chat.title} has no owner: say who does it, give "by".')
            return self.world.users[owner]
        user = user_of(self.world, data["by"], "by")
        if not self.life.standing(chat, user).status.leads:
            raise Refused(f"{user.name} is no administrator of {chat.title}: name one who is.")
        return user

    def _told(self, chat: Chat) -> Json:
        return chat_view(self.world, chat, self.life.now())

    def member(self, data: Json) -> Json:
        """add, remove, ban, unban, promote, demote a person."""
        only(data, "chat", "user", "action", "by", "rights", "until")
        chat, user = chat_of(self.world, data.get("chat")), user_of(self.world, data.get("user"))
        if user is self.world.bot.user:
            raise Refused("That is the bot: POST /sandbox/telegram/bot moves it.")
        self._move(chat, user, data)
        return self._told(chat)

    def bot(self, data: Json) -> Json:
        """add, remove, ban, unban, promote, demote the bot."""
        only(data, "chat", "action", "by", "rights", "until")
        chat = chat_of(self.world, data.get("chat"))
        action = data.get("action")
        if action == "add" and chat.kind is Kind.CHANNEL:
            raise Refused("In a channel a bot is an administrator: promote it instead.")
        self._move(chat, self.world.bot.user, data)
        return self._told(chat)

    def _move(self, chat: Chat, user: User, data: Json) -> None:
        action, by = data.get("action"), self._by(data, chat)
        standing = self.life.standing(chat, user)
        actions = ("add", "remove", "ban", "unban", "promote", "demote")
        if action not in actions:
            raise Refused(f'"action" is one of {", ".join(actions)}: give one.')
        if standing.status is Status.CREATOR:
            raise Refused(f"{user.name} owns {chat.title}: nobody can do that to the owner.")
        inside = standing.status.inside
        if action == "add" and inside:
            raise Refused(f"{user.name} is in {chat.title} already: there is nobody to add.")
        if action in ("remove", "demote") and not inside:
            raise Refused(f"{user.name} is not in {chat.title}: add her first.")
        if action == "unban" and standing.status is not Status.KICKED:
            raise Refused(f"{user.name} is not banned from {chat.title}: there is nothing to lift.")
        if action == "add":
            self.life.join(chat, user, by=by)
        elif action == "remove":
            self.life.remove(chat, user, by=by)
        elif action == "ban":
            until = data.get("until", 0)
            if type(until) is not int:
                raise Refused('"until" is a moment in unix seconds of the sandbox: give a whole number.')
            self.life.ban(chat, user, by=by, until=until)
        elif action == "unban":
            self.life.unban(chat, user, by=by)
        elif action == "promote":
            self.life.promote(chat, user, rights_of(data.get("rights")), by=by)
        else:
            self.life.demote(chat, user, by=by)

    def request(self, data: Json) -> Json:
        """approve, decline somebody who asks to join."""
        only(data, "chat", "user", "action", "by")
        chat, user = chat_of(self.world, data.get("chat")), user_of(self.world, data.get("user"))
        by, request = self._by(data, chat), chat.requests.get(user.id)
        if request is None:
            raise Refused(f"{user.name} does not ask to join {chat.title}: let her open a link that asks for approval.")
        if data.get("action") == "approve":
            self.life.approve(chat, request, by=by)
        elif data.get("action") == "decline":
            self.life.decline(chat, request, by=by)
        else:
            raise Refused('"action" is one of approve, decline: give one.')
        return self._told(chat)

    def link(self, data: Json) -> Json:
        """create, revoke an invite link."""
        only(data, "chat", "link", "action", "by", "name", "expire_date", "member_limit", "creates_join_request")
        if data.get("action") == "create":
            chat = chat_of(self.world, data.get("chat"))
            link = self.links.create(chat, self._by(data, chat))
            numbers = {key: data.get(key, 0) for key in ("expire_date", "member_limit")}
            if any(type(value) is not int for value in numbers.values()):
                raise Refused('"expire_date" and "member_limit" are whole numbers: give them so, or leave them out.')
            asks = bool(data.get("creates_join_request"))
            self.links.settings(link, name=str(data.get("name") or ""), creates_join_request=asks, **numbers)
            self.life.log(chat, "link_create", link.creator, link=link.url)
            return link_view(chat, link, self.life.now())
        if data.get("action") != "revoke":
            raise Refused('"action" is one of create, revoke: give one.')
        found = self.links.find(str(data.get("link") or ""))
        if found is None:
            raise Refused(
                f"There is no invite link {data.get('link')!r}: GET /sandbox/telegram/chats/{{id}} lists them."
            )
        chat, link = found
        self.links.revoke(chat, link, by=self._by(data, chat))
        return link_view(chat, link, self.life.now())

    def chat(self, data: Json) -> Json:
        """What the chat is like: `hidden_members` (only admins are told who is in it), `full` (nobody can come in),
        `members_add` (members may add others), `username` (public; none: private)."""
        only(data, "chat", "hidden_members", "full", "members_add", "username")
        chat = chat_of(self.world, data.get("chat"))
        chat.hidden_members = bool(data.get("hidden_members", chat.hidden_members))
        chat.full = bool(data.get("full", chat.full))
        chat.members_add = bool(data.get("members_add", chat.members_add))
        if "username" in data:
            chat.username = str(data["username"] or "") or None
        return self._told(chat) | {
            "hidden_members": chat.hidden_members,
            "full": chat.full,
            "members_add": chat.members_add,
            "username": chat.username,
        }

    def lose(self, data: Json) -> Json:
        """Updates of these kinds get lost from now on, as some do in big groups; an empty list ends it."""
        only(data, "lose")
        lost = data.get("lose")
        if not isinstance(lost, list) or not set(map(str, lost)) <= KINDS:
            raise Refused('"lose" is a list of kinds of updates: give some such as ["chat_member"], or none.')
        self.life.updates.lost = frozenset(map(str, lost))
        return {"lose": sorted(self.life.updates.lost)}

    def migrate(self, data: Json) -> Json:
        """A basic group becomes a supergroup. Answers the new chat."""
        only(data, "chat", "by")
        chat = chat_of(self.world, data.get("chat"))
        if chat.kind is not Kind.GROUP:
            raise Refused(f"{chat.title} is a {chat.kind} already: only a basic group can become a supergroup.")
        return self._told(self.life.migrate(chat, by=self._by(data, chat)))

    def block(self, data: Json) -> Json:
        """A person blocks the bot (`"blocked": true`, as it is without), or lets it write again (false)."""
        only(data, "user", "blocked")
        user = user_of(self.world, data.get("user"))
        self.life.block(user, blocked=data.get("blocked", True) is not False)
        return person_view(self.world, user)

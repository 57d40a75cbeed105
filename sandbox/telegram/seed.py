"""Makes chats and people from a short description; what is left out gets a sensible default."""

from __future__ import annotations

import re
from typing import Any

from sandbox.limit import set_limits
from sandbox.refused import Refused, known, listed
from sandbox.telegram import wire
from sandbox.telegram.membership import Membership
from sandbox.telegram.ratelimit import Limits
from sandbox.telegram.state import Bot, Chat, Json, Kind, Member, Status, User, World
from sandbox.telegram.views import member_view, user_view

BOT_RIGHTS = frozenset(
    [
        "can_manage_chat",
        "can_delete_messages",
        "can_restrict_members",
        "can_invite_users",
        "can_pin_messages",
        "can_change_info",
        "can_post_messages",
        "can_edit_messages",
    ]
)
"""What the bot may do where a seed says nothing about it."""


def apply(life: Membership, limits: Limits, data: Any) -> Json:
    """Adds what is described; a chat or user of a known id is replaced. Answers what was made.

    The bot is told of each chat it is in, as if the owner had just added it. Raises Refused with what to do when the
    description can't be read.
    """
    known(data, "telegram", "bot", "users", "chats", "rate_limits")
    world = life.world
    if data.get("bot") is not None:
        _bot(world, data["bot"])
    set_limits(limits, data.get("rate_limits") or {})
    users = [_user(world, item) for item in listed(data, "users")]
    chats = [_chat(life, item) for item in listed(data, "chats")]
    return {
        "bot": {"id": world.bot.user.id, "username": world.bot.user.username, "name": world.bot.user.first_name},
        "users": [user_view(user) for user in users],
        "chats": [described(world, chat, life.now()) for chat in chats],
    }


def described(world: World, chat: Chat, now: float) -> Json:
    """A chat with the ids that a script needs to go on."""
    owner = next((user_id for user_id, m in chat.members.items() if m.status is Status.CREATOR), None)
    return {
        "id": chat.id,
        "type": chat.kind.value,
        "title": chat.title,
        "owner": owner,
        "members": [
            member_view(world.users[user_id], chat.standing(user_id, now))
            for user_id, member in chat.members.items()
            if member.status.inside
        ],
    }


def rights_of(value: Any) -> frozenset[str]:
    """An administrator's rights by name, with or without `can_`. Raises Refused."""
    if value is None:
        return BOT_RIGHTS
    if not isinstance(value, list):
        raise Refused('"rights" is a list of names: give it as ["can_invite_users", "can_restrict_members"].')
    names = {name if str(name).startswith("can_") else f"can_{name}" for name in map(str, value)}
    if wrong := names - set(wire.ALL_RIGHTS):
        raise Refused(f"There is no right {min(wrong)!r}: use {', '.join(wire.ALL_RIGHTS)}.")
    return frozenset(names | {"can_manage_chat"})


def _id(value: Any, where: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", text) or not int(text):
        raise Refused(f"{where} is a Telegram id: give a whole number; {value!r} is none.")
    return int(text)


def _bot(world: World, data: Any) -> None:
    known(data, "bot", "id", "username", "name", "token", "privacy")
    now = world.bot
    token = data.get("token", now.token)
    if token is not None and not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]+", str(token)):
        raise Refused('bot.token is a number, a colon and letters: give one such as "1:sandbox", or leave it out.')
    if "id" in data:
        number = _id(data["id"], "bot.id")
    else:
        number = int(str(token).partition(":")[0]) if data.get("token") else now.user.id
    name = str(data.get("name") or now.user.first_name)
    username = str(data.get("username") or now.user.username).removeprefix("@")
    user = now.user if number == now.user.id else User(number, name, is_bot=True)
    user.first_name, user.username = name, username
    world.set_bot(Bot(user, token, bool(data.get("privacy", now.privacy))))


def _user(world: World, data: Any) -> User:
    if not isinstance(data, dict):
        data = {"id": data} if str(data).isdigit() else {"username": str(data)}
    known(data, "a user", "id", "username", "first_name", "language_code", "is_bot", "started", "blocked")
    found = None
    if "id" in data:
        found = world.users.get(_id(data["id"], "users.id"))
    elif data.get("username"):
        found = next((user for user in world.users.values() if user.username == data["username"]), None)
    if found is None:
        number = _id(data["id"], "users.id") if "id" in data else world.next_user_id()
        if number < 0:
            raise Refused(f"users.id is a positive number: {number} is a chat's.")
        name = data.get("first_name") or data.get("username") or f"user{number}"
        found = User(number, str(name))
        world.users[number] = found
    found.username = data.get("username", found.username)
    found.first_name = str(data.get("first_name") or found.first_name)
    found.language_code = data.get("language_code", found.language_code)
    found.is_bot = bool(data.get("is_bot", found.is_bot))
    found.started = bool(data.get("started", found.started))
    found.blocked = bool(data.get("blocked", found.blocked))
    return found


def _kind(value: Any) -> Kind:
    kinds = [kind.value for kind in Kind if kind is not Kind.PRIVATE]
    if value not in kinds:
        raise Refused(f"chats.type is one of {', '.join(kinds)}: give one; {value!r} is none.")
    return Kind(value)


def _chat(life: Membership, data: Any) -> Chat:
    known(data, "a chat", "id", "type", "title", "username", "owner", "admins", "members", "banned", "bot")
    world, kind = life.world, _kind(data.get("type", "supergroup"))
    number = _id(data["id"], "chats.id") if "id" in data else world.next_chat_id(kind)
    if number > 0:
        raise Refused(f"chats.id is negative, as Telegram's are: give {-number}.")
    chat = Chat(number, kind, str(data.get("title") or "Test group"), data.get("username"))
    owner = _user(world, data.get("owner", "owner"))
    chat.members[owner.id] = Member(Status.CREATOR)
    for item in listed(data, "members"):
        chat.members.setdefault(_user(world, item).id, Member(Status.MEMBER))
    for item in listed(data, "admins"):
        chat.members[_user(world, item).id] = Member(Status.ADMINISTRATOR, frozenset(wire.RIGHTS))
    for item in listed(data, "banned"):
        chat.members[_user(world, item).id] = Member(Status.KICKED)
    world.chats[number] = chat
    _enter(life, chat, owner, data.get("bot", {}))
    return chat


def _enter(life: Membership, chat: Chat, owner: User, data: Any) -> None:
    """The bot comes into a chat, added by its owner."""
    if data is False:
        return
    bot = life.world.bot.user
    if data == "member" and chat.kind is not Kind.CHANNEL:
        life.join(chat, bot, by=owner)
        return
    if data == "member":
        raise Refused('In a channel a bot is an administrator or not there: give "bot" its rights, or false.')
    known(data, "chats.bot", "rights")
    life.promote(chat, bot, rights_of(data.get("rights")), by=owner)

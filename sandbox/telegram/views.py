"""How the controls name chats, people and messages, and tell them."""

from __future__ import annotations

from typing import Any

from sandbox.refused import Refused
from sandbox.telegram import wire
from sandbox.telegram.state import Chat, Json, Kind, Link, Member, Message, Status, User, World


# -- finding ------------------------------------------------------------------------------------------------
def user_of(world: World, value: Any, what: str = "user") -> User:
    """A person by id, username or first name. Raises Refused."""
    if value is None:
        raise Refused(f'Say who: give "{what}" an id or a username.')
    text = str(value).removeprefix("@")
    people = world.users.values()
    found = next((user for user in people if text in (str(user.id), user.username)), None)
    found = found or next((user for user in people if user.first_name == text), None)
    if found is None:
        raise Refused(f"There is no user {value!r} on Telegram: seed her first, or use her id.")
    return found


def chat_of(world: World, value: Any) -> Chat:
    """A group, supergroup or channel by id, title or username; without a value the only one. Raises Refused."""
    chats = [chat for chat in world.chats.values() if chat.kind is not Kind.PRIVATE and chat.migrated_to is None]
    if value is None:
        if len(chats) == 1:
            return chats[0]
        raise Refused('Say which chat: give "chat" its id or its title.')
    text = str(value).removeprefix("@")
    found = next((chat for chat in chats if text in (str(chat.id), chat.title, chat.username)), None)
    if found is None:
        names = ", ".join(f"{chat.id} ({chat.title})" for chat in chats) or "none: seed one first"
        raise Refused(f"There is no chat {value!r}; there are: {names}.")
    return found


# -- telling --------------------------------------------------------------------------------------------------
def user_view(user: User) -> Json:
    """A person as the controls tell her."""
    return {
        "id": user.id,
        "username": user.username,
        "first_name": user.first_name,
        "language_code": user.language_code,
        "started": user.started,
        "blocked": user.blocked,
    }


def member_view(user: User, member: Member) -> Json:
    """A member as the controls tell her."""
    told: Json = {"id": user.id, "name": user.name, "bot": user.is_bot, "status": member.status.value}
    if member.status is Status.ADMINISTRATOR:
        told["rights"] = sorted(member.rights)
    return told


def message_view(world: World, message: Message) -> Json:
    """A message as a person reads it, with its buttons by what they do."""
    buttons = [button_view(button) for row in message.inline_keyboard or [] for button in row]
    keyboard = message.keyboard
    if keyboard is not None and "keyboard" in keyboard:
        keyboard = {**keyboard, "keyboard": [[key["text"] for key in row] for row in keyboard["keyboard"]]}
    return {
        "message": message.id,
        "chat": message.chat.id,
        "by": _name(world, message),
        "user": None if message.sender is None else message.sender.id,
        "at": message.date,
        "text": message.text,
        "entities": message.entities,
        "buttons": buttons,
        "keyboard": keyboard,
        "reply_to": None if message.reply_to is None else message.reply_to.id,
        "edited": message.edited is not None,
        "service": message.service or None,
    }


def _name(world: World, message: Message) -> str:
    if message.sender is None:
        return message.chat.title
    return "the bot" if message.sender is world.bot.user else message.sender.name


def button_view(button: Json) -> Json:
    """A button: its text, and a url or what the bot gets when it is pressed."""
    told: Json = {"text": button["text"]}
    if "url" in button:
        told["url"] = button["url"]
    elif "callback_data" in button:
        told["data"] = button["callback_data"]
    else:
        told |= {key: value for key, value in button.items() if key != "text"}
    return told


def link_view(chat: Chat, link: Link, now: float) -> Json:
    """A link with how it stands."""
    dead = link.is_revoked or bool(link.expire_date and link.expire_date <= now)
    full = bool(link.member_limit and len(link.joined) >= link.member_limit)
    return {
        "link": link.url,
        "name": link.name,
        "by": link.creator.id,
        "creates_join_request": link.creates_join_request,
        "member_limit": link.member_limit or None,
        "expire_date": link.expire_date or None,
        "is_primary": link.is_primary,
        "is_revoked": link.is_revoked,
        "joined": sorted(link.joined),
        "pending": wire.pending_by(chat, link),
        "usable": not dead and not full,
    }


def standing_view(world: World, chat: Chat, now: float) -> Json:
    """Who is in a chat, who is kept out, who waits: all that tells whether access is right."""
    standings = [(world.users[user_id], chat.standing(user_id, now)) for user_id in chat.members]
    own = world.bot_in(chat, now)
    return {
        "id": chat.id,
        "type": chat.kind.value,
        "title": chat.title,
        "migrated_to": chat.migrated_to,
        "bot": {"status": own.status.value, "rights": sorted(own.rights)},
        "members": [member_view(user, member) for user, member in standings if member.status.inside],
        "banned": [
            {"id": user.id, "name": user.name, "until": member.until}
            for user, member in standings
            if member.status is Status.KICKED
        ],
        "requests": [
            {"id": request.user.id, "name": request.user.name, "at": request.at, "link": request.link.url}
            for request in chat.requests.values()
        ],
        "links": [link_view(chat, link, now) for link in chat.links.values()],
        "log": list(chat.log),
    }


def chat_view(world: World, chat: Chat, now: float) -> Json:
    """All there is to see of a chat."""
    return {
        **standing_view(world, chat, now),
        "messages": [message_view(world, message) for message in chat.messages.values()],
    }


def person_view(world: World, user: User) -> Json:
    """A person, with what stands in her private chat with the bot."""
    chat = world.chats.get(user.id)
    messages = [] if chat is None else [message_view(world, message) for message in chat.messages.values()]
    return {**user_view(user), "messages": messages}

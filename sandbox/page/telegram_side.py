"""Telegram as one person sees it: the groups, what is written where she is in, her private chat with the bot."""

from __future__ import annotations

import json
from itertools import islice

from sandbox.services import Services
from sandbox.telegram.state import Chat, Json, Kind, Message, User
from sandbox.telegram.views import button_view, member_view, message_view

MESSAGES_SHOWN = 60


def telegram_side(sandbox: Services, user: User | None) -> Json:
    """The world's `telegram` for this person; None is somebody without an account there."""
    world = sandbox.telegram.world
    private = None if user is None else world.chats.get(user.id)
    groups = [c for c in world.chats.values() if c.kind is not Kind.PRIVATE and c.migrated_to is None]
    return {
        "chats": [_chat(sandbox, chat, user) for chat in groups],
        "private": [] if private is None else _messages(sandbox, private),
        "started": user is not None and user.started,
        "blocked": user is not None and user.blocked,
        "commands": _commands(sandbox, user),
        "username": world.bot.user.username,
    }


def _chat(sandbox: Services, chat: Chat, user: User | None) -> Json:
    world, now = sandbox.telegram.world, sandbox.clock.now()
    inside = user is not None and chat.standing(user.id, now).status.inside
    standings = [(world.users[user_id], chat.standing(user_id, now)) for user_id in chat.members]
    return {
        "id": chat.id,
        "title": chat.title,
        "type": chat.kind.value,
        "members": [
            {**member_view(one, standing), "name": one.first_name}
            for one, standing in standings
            if standing.status.inside
        ],
        "inside": inside,
        "asked": user is not None and user.id in chat.requests,
        "messages": _messages(sandbox, chat) if inside else None,
    }


def _messages(sandbox: Services, chat: Chat) -> list[Json]:
    newest = islice(reversed(chat.messages.values()), MESSAGES_SHOWN)
    return [_message(sandbox, message) for message in reversed(list(newest))]


def _message(sandbox: Services, message: Message) -> Json:
    world = sandbox.telegram.world
    return {
        **message_view(world, message),
        "name": message.chat.title if message.sender is None else message.sender.first_name,
        "bot": message.sender is world.bot.user,
        "rows": [[button_view(button) for button in row] for row in message.inline_keyboard or []],
    }


def _commands(sandbox: Services, user: User | None) -> list[Json]:
    """The bot's menu in a private chat, in this person's language where there is one."""
    menus = sandbox.telegram.world.commands
    languages = [user.language_code, ""] if user is not None and user.language_code else [""]
    for kind in ("all_private_chats", "default"):
        for language in languages:
            found = menus.get(json.dumps([{"type": kind}, language], sort_keys=True))
            if found:
                return found
    return []

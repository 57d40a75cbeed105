"""Discord as one person sees it: channels she may read, her own private replies, the commands she is offered."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from sandbox.discord import commands, permissions, wire
from sandbox.discord.state import LOADING, TEXT, Channel, Guild, Json, Member, Message, User
from sandbox.page.people import guild_of
from sandbox.refused import Refused
from sandbox.services import Services

MESSAGES_SHOWN = 60
"""The last of a channel; who wants more has a real Discord."""
READ = permissions.VIEW_CHANNEL


def discord_side(sandbox: Services, user: User | None) -> Json:
    """The world's `discord` for this person; None is somebody without an account there."""
    guild, world = guild_of(sandbox), sandbox.discord.world
    member = None if guild is None or user is None else guild.members.get(user.id)
    told: Json = {
        "guild": None if guild is None else _guild(guild, member, bot_online=sandbox.discord.gateway.connected),
        "messages": {},
        "direct": [],
        "commands": [] if guild is None or member is None else _commands(sandbox, guild, member),
        "inside": member is not None,
        "bot_online": sandbox.discord.gateway.connected,
    }
    kept: dict[str, deque[Json]] = defaultdict(lambda: deque(maxlen=MESSAGES_SHOWN))
    direct: deque[Json] = deque(maxlen=MESSAGES_SHOWN)
    for message in world.messages.values():
        if message.guild_id is None:
            if user is not None and message.channel_id == user.dm_channel:
                direct.append(_message(message, guild))
        elif guild is not None and member is not None and message.guild_id == guild.id:
            channel = guild.channels.get(message.channel_id)
            mine = message.visible_to in (None, member.user.id)
            if channel is not None and mine and _may_read(guild, member, channel):
                kept[str(channel.id)].append(_message(message, guild))
    told["messages"] = {channel: list(messages) for channel, messages in kept.items()}
    told["direct"] = list(direct)
    return told


def _may_read(guild: Guild, member: Member | None, channel: Channel) -> bool:
    return member is not None and bool(permissions.of_member(guild, member, channel) & READ)


def _guild(guild: Guild, member: Member | None, *, bot_online: bool) -> Json:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "roles": [
            {"id": str(r.id), "name": r.name, "color": colour(r.color), "position": r.position, "hoist": r.hoist}
            for r in sorted(guild.roles.values(), key=permissions.rank, reverse=True)
        ],
        "channels": [
            {"id": str(c.id), "name": c.name, "topic": c.topic, "open": _may_read(guild, member, c)}
            for c in guild.channels.values()
            if c.type == TEXT
        ],
        "members": [
            {
                "id": str(m.user.id),
                "name": m.nick or called(m.user),
                "bot": m.user.bot,
                "roles": [str(role) for role in m.roles],
                "color": _colour_of(guild, m),
                "online": bot_online if m.user.bot else True,
            }
            for m in guild.members.values()
        ],
    }


def colour(number: int) -> str | None:
    """A role's colour as CSS writes it; 0 is none."""
    return f"#{number:06x}" if number else None


def called(user: User) -> str:
    """What others read as somebody's name."""
    return user.display_name or user.name


def _colour_of(guild: Guild, member: Member | None) -> str | None:
    """The colour of the highest role that has one."""
    if member is None:
        return None
    roles = sorted((guild.roles[r] for r in member.roles if r in guild.roles), key=permissions.rank, reverse=True)
    return next((colour(role.color) for role in roles if role.color), None)


def _message(message: Message, guild: Guild | None) -> Json:
    member = None if guild is None else guild.members.get(message.author.id)
    by = message.interaction or {}
    used = None
    if by.get("name"):
        used = {"by": by["user"]["global_name"] or by["user"]["username"], "command": by["name"]}
    return {
        **wire.view(message),
        "author": called(message.author),
        "author_id": str(message.author.id),
        "author_color": None if guild is None else _colour_of(guild, member),
        "bot": message.author.bot,
        "at": message.at,
        "used": used,
        "thinking": bool(message.flags & LOADING),
    }


def _commands(sandbox: Services, guild: Guild, member: Member) -> list[Json]:
    """What she is offered, each subcommand a line of its own, by name."""
    channels = [c for c in guild.channels.values() if c.type == TEXT and _may_read(guild, member, c)]
    if not channels or sandbox.discord.world.bot_in(guild) is None:
        return []
    found: list[Json] = []
    for command in sandbox.discord.world.commands_in(guild.id):
        if command["type"] != 1:
            continue
        try:
            commands.check_offered(sandbox.discord.world, guild, member, channels[0], command)
        except Refused:
            continue
        found += _flat(command["name"], command["description"], command.get("options", []))
    return sorted(found, key=lambda told: str(told["name"]))


def _flat(name: str, description: str, options: list[Json]) -> list[Json]:
    inner = [o for o in options if o["type"] in (commands.SUB, commands.GROUP)]
    if not inner:
        return [{"name": name, "description": description, "options": [_option(o) for o in options]}]
    return [one for o in inner for one in _flat(f"{name} {o['name']}", o["description"], o.get("options", []))]


def _option(option: Json) -> Json:
    limits: dict[str, Any] = {k: option[k] for k in ("min_value", "max_value", "channel_types") if k in option}
    return {
        "name": option["name"],
        "description": option["description"],
        "type": option["type"],
        "required": bool(option.get("required")),
        "choices": [{"name": c["name"], "value": c["value"]} for c in option.get("choices", [])] or None,
        "autocomplete": bool(option.get("autocomplete")),
        **limits,
    }

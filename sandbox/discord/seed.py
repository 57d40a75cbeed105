"""Makes guilds, roles, channels and people from a short description; what is left out gets a sensible default."""

from __future__ import annotations

import time
from typing import Any

from sandbox.discord import permissions
from sandbox.discord.gateway import PRIVILEGED
from sandbox.discord.ratelimit import Limits
from sandbox.discord.state import (
    TEXT,
    Application,
    Channel,
    Guild,
    Json,
    Member,
    Overwrite,
    Question,
    Role,
    Snowflake,
    User,
    World,
)
from sandbox.limit import set_limits
from sandbox.refused import Refused, known, listed

TAGS = ("premium_subscriber", "guild_connections", "available_for_purchase")


def apply(world: World, limits: Limits, data: Json) -> tuple[Json, list[Guild]]:
    """Adds what is described; a guild or user of a known id is replaced. Answers what was made, and the guilds.

    Raises Refused with what to do when the description can't be read.
    """
    known(data, "discord", "application", "guilds", "users", "rate_limits")
    if (app := data.get("application")) is not None:
        _application(world, app)
    set_limits(limits, data.get("rate_limits") or {})
    users = [_user(world, item) for item in listed(data, "users")]
    guilds = [_guild(world, item) for item in listed(data, "guilds")]
    answer: Json = {
        "application": {"id": str(world.application.id), "name": world.application.name},
        "users": [{"id": str(u.id), "name": u.name} for u in users],
        "guilds": [described(world, g) for g in guilds],
    }
    return answer, guilds


def described(world: World, guild: Guild) -> Json:
    """A guild with the ids that a script needs to go on."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner": str(guild.owner_id),
        "roles": [role_view(r) for r in sorted(guild.roles.values(), key=permissions.rank)],
        "channels": [{"id": str(c.id), "name": c.name, "type": c.type} for c in guild.channels.values()],
        "members": [member_view(guild, m) for m in guild.members.values()],
    }


def role_view(role: Role) -> Json:
    """A role as the controls tell it."""
    return {
        "id": str(role.id),
        "name": role.name,
        "position": role.position,
        "permissions": str(role.permissions),
        "managed": role.managed,
        "color": role.color,
    }


def member_view(guild: Guild, member: Member) -> Json:
    """A member as the controls tell her."""
    return {
        "id": str(member.user.id),
        "name": member.user.name,
        "bot": member.user.bot,
        "roles": [str(role_id) for role_id in member.roles],
        "role_names": [guild.roles[role_id].name for role_id in member.roles],
        "locale": member.user.locale,
    }


def snowflake(value: Any, where: str) -> Snowflake:
    """An id given as number or text. Raises Refused."""
    text = str(value)
    if isinstance(value, bool) or not text.isdigit() or not 0 < int(text) < 1 << 63:
        raise Refused(f"{where} is a Discord id: give a positive number, as text or not; {value!r} is none.")
    return Snowflake(int(text))


def whole(value: Any, where: str) -> int:
    """A whole number, not below 0. Raises Refused."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refused(f"{where} is a whole number: give one; {value!r} is none.")
    return value


def _bits(value: Any, where: str) -> int:
    try:
        return permissions.parse(value)
    except (ValueError, TypeError) as error:
        raise Refused(f"{where}: {error}.") from None


def _application(world: World, data: Json) -> None:
    known(data, "application", "id", "name", "token", "intents", "owner")
    now = world.application
    intents = data.get("intents", sorted(now.intents))
    if not isinstance(intents, list) or any(name not in PRIVILEGED for name in intents):
        raise Refused(f"application.intents lists what the portal has on, of: {', '.join(PRIVILEGED)}.")
    owner = now.owner
    if "owner" in data:
        owner = _user(world, data["owner"] if isinstance(data["owner"], dict) else {"id": data["owner"]})
    world.set_application(
        Application(
            id=snowflake(data["id"], "application.id") if "id" in data else now.id,
            name=str(data.get("name", now.name)),
            token=data.get("token", now.token),
            intents=frozenset(intents),
            owner=owner,
        )
    )


def _user(world: World, data: Any) -> User:
    if not isinstance(data, dict):
        data = {"id": data} if str(data).isdigit() else {"name": data}
    known(data, "a user", "id", "name", "display_name", "locale", "bot", "blocks_dms")
    found = None
    if "id" in data:
        found = world.users.get(snowflake(data["id"], "users.id"))
    elif data.get("name") is not None:
        found = next((u for u in world.users.values() if u.name == data["name"]), None)
    if found is None:
        user_id = snowflake(data["id"], "users.id") if "id" in data else world.ids.next()
        found = User(user_id, str(data.get("name") or f"user{user_id}"))
        world.users[user_id] = found
    found.name = str(data.get("name") or found.name)
    found.display_name = data.get("display_name", found.display_name)
    found.locale = str(data.get("locale") or found.locale)
    found.bot = bool(data.get("bot", found.bot))
    found.takes_dms = not data.get("blocks_dms", not found.takes_dms)
    return found


def _guild(world: World, data: Any) -> Guild:
    keys = ("id", "name", "owner", "roles", "channels", "members", "bot", "locale", "everyone", "bans", "onboarding")
    known(data, "a guild", *keys)
    guild_id = snowflake(data["id"], "guilds.id") if "id" in data else world.ids.next()
    owner = _user(world, data["owner"]) if "owner" in data else _user(world, {"name": "owner"})
    guild = Guild(guild_id, str(data.get("name") or "Test server"), owner.id, locale=str(data.get("locale") or "en-US"))
    everyone = _bits(data["everyone"], "guilds.everyone") if "everyone" in data else permissions.EVERYONE
    guild.roles[guild_id] = Role(guild_id, "@everyone", 0, everyone)
    for place, item in enumerate(listed(data, "roles"), start=1):
        _role(world, guild, item, place)
    for item in data.get("channels") or ["general"]:
        _channel(world, guild, item)
    guild.members[owner.id] = Member(owner, time.time())
    for item in listed(data, "members"):
        _member(world, guild, item)
    for item in listed(data, "bans"):
        guild.bans[_user(world, item).id] = None
    _bot(world, guild, data.get("bot", {}))
    guild.onboarding = [_question(world, guild, item) for item in listed(data, "onboarding")]
    world.guilds[guild_id] = guild
    return guild


def _bot(world: World, guild: Guild, data: Any) -> None:
    if data is False:
        return
    known(data, "guilds.bot", "permissions", "position", "roles")
    highest = max(role.position for role in guild.roles.values()) + 1
    bits = _bits(data["permissions"], "guilds.bot.permissions") if "permissions" in data else permissions.BOT
    position = whole(data.get("position", highest), "guilds.bot.position")
    if position < highest:  # the roles at and above that place stand over the bot's
        for other in guild.roles.values():
            if other.position >= position and other.id != guild.id:
                other.position += 1
    own = Role(world.ids.next(), world.application.name, max(1, position), bits, managed=True, bot_id=world.bot.id)
    guild.roles[own.id] = own
    more = [_role_id(guild, r) for r in listed(data, "roles")]
    guild.members[world.bot.id] = Member(world.bot, time.time(), [own.id, *more])


def _question(world: World, guild: Guild, data: Any) -> Question:
    known(data, "a question of guilds.onboarding", "title", "answers")
    answers = []
    for item in listed(data, "answers"):
        known(item, "an answer", "title", "roles")
        given = [_role_id(guild, r) for r in listed(item, "roles")]
        answers.append((world.ids.next(), str(item.get("title") or "Yes"), given))
    return Question(world.ids.next(), str(data.get("title") or "What are you here for?"), answers)


def _role(world: World, guild: Guild, data: Any, place: int) -> None:
    if isinstance(data, str):
        data = {"name": data}
    known(
        data,
        "a role",
        "id",
        "name",
        "position",
        "permissions",
        "managed",
        "color",
        "hoist",
        "mentionable",
        "of_bot",
        "tags",
    )
    bot = _user(world, data["of_bot"]) if "of_bot" in data else None
    tags = tuple(map(str, listed(data, "tags")))
    if any(tag not in TAGS for tag in tags):
        raise Refused(f"roles.tags says where a role comes from: give some of {', '.join(TAGS)}.")
    role_id = snowflake(data["id"], "roles.id") if "id" in data else world.ids.next()
    guild.roles[role_id] = Role(
        id=role_id,
        name=str(data.get("name") or f"role {place}"),
        position=whole(data.get("position", place), "roles.position"),
        permissions=_bits(data.get("permissions", 0), "roles.permissions"),
        color=whole(data.get("color", 0), "roles.color"),
        hoist=bool(data.get("hoist")),
        managed=bool(data.get("managed", bot is not None)),
        mentionable=bool(data.get("mentionable")),
        bot_id=None if bot is None else bot.id,
        tags=tags,
    )


def _role_id(guild: Guild, value: Any) -> Snowflake:
    text = str(value)
    found = next((r for r in guild.roles.values() if text in (str(r.id), r.name)), None)
    if found is None:
        raise Refused(f"There is no role {text!r} in {guild.name}: list it in the guild's roles first.")
    return found.id


def _channel(world: World, guild: Guild, data: Any) -> None:
    if isinstance(data, str):
        data = {"name": data}
    known(data, "a channel", "id", "name", "type", "topic", "overwrites")
    channel_id = snowflake(data["id"], "channels.id") if "id" in data else world.ids.next()
    channel = Channel(
        id=channel_id,
        type=whole(data.get("type", TEXT), "channels.type"),
        name=str(data.get("name") or "general"),
        guild_id=guild.id,
        position=len(guild.channels),
        topic=data.get("topic"),
    )
    for item in data.get("overwrites") or []:
        known(item, "an overwrite", "role", "user", "allow", "deny")
        target = _role_id(guild, item["role"]) if "role" in item else _user(world, item.get("user")).id
        kind = 0 if "role" in item else 1
        allow, deny = _bits(item.get("allow", 0), "overwrites.allow"), _bits(item.get("deny", 0), "overwrites.deny")
        channel.overwrites[target] = Overwrite(target, kind, allow, deny)
    guild.channels[channel_id] = channel


def _member(world: World, guild: Guild, data: Any) -> None:
    if not isinstance(data, dict):
        data = {"user": data}
    known(data, "a member", "id", "user", "name", "roles", "nick", "locale", "blocks_dms")
    described_by: Any = data.get("user", {k: data[k] for k in ("id", "name") if k in data})
    user = _user(world, described_by)
    user.locale = str(data.get("locale") or user.locale)
    user.takes_dms = not data.get("blocks_dms", not user.takes_dms)
    roles = [_role_id(guild, r) for r in listed(data, "roles")]
    guild.members[user.id] = Member(user, time.time(), roles, data.get("nick"))

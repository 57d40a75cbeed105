"""Who may do what in a guild: permission bits, channel overwrites, the order of roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.discord.state import Channel, Guild, Member, Role

NAMES: dict[str, int] = {
    "create_instant_invite": 1 << 0,
    "kick_members": 1 << 1,
    "ban_members": 1 << 2,
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "add_reactions": 1 << 6,
    "view_audit_log": 1 << 7,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "use_external_emojis": 1 << 18,
    "connect": 1 << 20,
    "speak": 1 << 21,
    "manage_nicknames": 1 << 27,
    "manage_roles": 1 << 28,
    "manage_webhooks": 1 << 29,
    "use_application_commands": 1 << 31,
    "moderate_members": 1 << 40,
}
"""The permissions a seed can name."""

ALL = (1 << 53) - 1
ADMINISTRATOR = NAMES["administrator"]
MANAGE_ROLES = NAMES["manage_roles"]
MANAGE_MESSAGES = NAMES["manage_messages"]
BAN_MEMBERS = NAMES["ban_members"]
KICK_MEMBERS = NAMES["kick_members"]
VIEW_CHANNEL = NAMES["view_channel"]
SEND_MESSAGES = NAMES["send_messages"]
USE_COMMANDS = NAMES["use_application_commands"]

EVERYONE = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | USE_COMMANDS
    | NAMES["embed_links"]
    | NAMES["attach_files"]
    | NAMES["add_reactions"]
    | NAMES["read_message_history"]
    | NAMES["connect"]
    | NAMES["speak"]
)
"""What @everyone has in a fresh guild, as far as this sandbox knows the bits."""

BOT = EVERYONE | MANAGE_ROLES | KICK_MEMBERS | BAN_MEMBERS
"""What the bot's own role has when the seed says nothing."""


def parse(value: Any) -> int:
    """Permissions as a seed gives them: a number, a number as text, one name, or a list of names. Raises ValueError."""
    if isinstance(value, bool) or value is None:
        raise ValueError("permissions are a number or a list of names")
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    names: Iterable[Any] = [value] if isinstance(value, str) else value
    bits = 0
    for name in names:
        if name not in NAMES:
            raise ValueError(f"no permission is called {name!r}; known are {', '.join(NAMES)}")
        bits |= NAMES[name]
    return bits


def of_member(guild: Guild, member: Member, channel: Channel | None = None) -> int:
    """The permissions of a member in a guild, or in one of its channels, as Discord computes them."""
    if member.user.id == guild.owner_id:
        return ALL
    bits = guild.roles[guild.id].permissions
    for role_id in member.roles:
        bits |= guild.roles[role_id].permissions
    if bits & ADMINISTRATOR:
        return ALL
    if channel is None:
        return bits
    everyone = channel.overwrites.get(guild.id)
    if everyone is not None:
        bits = (bits & ~everyone.deny) | everyone.allow
    allow = deny = 0
    for role_id in member.roles:
        if (overwrite := channel.overwrites.get(role_id)) is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    bits = (bits & ~deny) | allow
    own = channel.overwrites.get(member.user.id)
    return bits if own is None else (bits & ~own.deny) | own.allow


def top_role(guild: Guild, member: Member) -> Role:
    """The highest role of a member; @everyone when there is none. Of two at one position the older is higher."""
    return max((guild.roles[r] for r in [guild.id, *member.roles]), key=rank)


def rank(role: Role) -> tuple[int, int]:
    """Sorts roles from low to high."""
    return (role.position, -role.id)


def may_manage(guild: Guild, actor: Member, role: Role) -> bool:
    """Whether the actor has Manage Roles and stands above the role."""
    if not of_member(guild, actor) & MANAGE_ROLES:
        return False
    return actor.user.id == guild.owner_id or rank(top_role(guild, actor)) > rank(role)


def outranks(guild: Guild, actor: Member, other: Member) -> bool:
    """Whether the actor may kick or ban the other; nobody outranks the owner."""
    if other.user.id == guild.owner_id:
        return False
    return actor.user.id == guild.owner_id or rank(top_role(guild, actor)) > rank(top_role(guild, other))

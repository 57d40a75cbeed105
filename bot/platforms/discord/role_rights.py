"""Discord's rules of who can hand out which role, on a server and a member as its API tells them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import discord

from payments.core.rights import Standing
from payments.ports.chat import Givers, HandOut, PlaceMember, Room

Json = Mapping[str, Any]

DANGEROUS = frozenset(
    {"administrator", "ban_members", "kick_members", "moderate_members", "mention_everyone"}
    | {"mute_members", "deafen_members", "move_members", "view_audit_log"}
    | {name for name in discord.Permissions.VALID_FLAGS if name.startswith("manage_")}
)
"""Permissions that may harm a server or the people in it: every right to manage, to put out, and to reach everyone."""

LABELS = {
    "manage_guild": "Manage Server",
    "manage_threads": "Manage Threads and Posts",
    "moderate_members": "Timeout Members",
}
"""What Discord's settings call a permission, where its API has another word for it."""

GIVEN_BY_DISCORD = (
    "premium_subscriber",  # by boosting
    "guild_connections",  # by linking an account elsewhere
    "subscription_listing_id",  # by paying Discord
    "available_for_purchase",
    "integration_id",
)
"""Tags of roles that Discord or an integration gives to members by itself."""

TEXT_CHANNELS = (discord.ChannelType.text.value, discord.ChannelType.news.value)

IN_PROMPT = 1
"""The flag of a role that members can choose in an Onboarding question (Discord's docs, "Role Flags")."""


def permissions(roles: Iterable[Json], own: Collection[str]) -> discord.Permissions:
    """What these roles of one's own allow together; the role with the server's id is everybody's."""
    rights = discord.Permissions(0)
    for role in roles:
        if str(role["id"]) in own:
            rights |= discord.Permissions(int(role["permissions"]))
    return rights


def rank(role: Json) -> tuple[int, int]:
    """Sorts roles from low to high; of two at one position the older one is higher."""
    return role["position"], -int(role["id"])


def of_member(guild: Json, member: Json) -> PlaceMember:
    """What somebody is in a server. Channels' own rights count for nothing here."""
    held = frozenset(map(str, member["roles"]))
    user_id, guild_id = str(member["user"]["id"]), str(guild["id"])
    allowed = permissions(guild["roles"], held | {guild_id})
    if str(guild["owner_id"]) == user_id:
        standing = Standing.OWNER
    elif allowed.administrator:
        standing = Standing.ADMINISTRATOR
    else:
        standing = Standing.MODERATOR if allowed.manage_guild else Standing.MEMBER
    return PlaceMember(True, standing, held)


def dangerous(guild: Json, role_id: str) -> tuple[str, ...]:
    """Permissions of a role that may harm the server, as Discord's settings call them."""
    allowed = permissions(guild["roles"], {role_id})
    harm = [name for name, on in allowed if on and name in DANGEROUS]
    return tuple(LABELS.get(name) or name.replace("_", " ").title() for name in harm)


def hand_out(guild: Json, member: Json, role_id: str) -> HandOut:
    """Whether a member could give this role to others: the right to manage roles, and a higher role of their own."""
    role = next((r for r in guild["roles"] if str(r["id"]) == role_id), None)
    if role is None or role.get("managed") or role_id == str(guild["id"]):
        return HandOut(may=False)
    harm = dangerous(guild, role_id)
    if of_member(guild, member).standing is Standing.OWNER:
        return HandOut(True, harm, owner=True)
    held = {*map(str, member["roles"]), str(guild["id"])}
    mine = [r for r in guild["roles"] if str(r["id"]) in held]
    allowed = permissions(mine, held)
    above = max(map(rank, mine)) > rank(role)
    return HandOut((allowed.manage_roles or allowed.administrator) and above, harm)


def onboarding_roles(onboarding: Json) -> frozenset[str]:
    """The roles that members give themselves by answering Onboarding's questions, as they come or later.

    Also while it is switched off: who may manage the server switches it on.
    """
    options = [option for prompt in onboarding["prompts"] for option in prompt["options"]]
    return frozenset(str(role_id) for option in options for role_id in option["role_ids"])


def givers(guild: Json, role_id: str, own_id: str, offered: Collection[str] = ()) -> Givers:
    """What could give somebody this role though no Administrator wants it. `offered`: what Onboarding gives.

    Manage Roles and a higher place may come from two roles of one member, so whoever has Manage Roles counts as soon as
    any role that is no Administrator's stands above this one. `own_id`: this bot's account, whose role doesn't count.
    """
    role = next((r for r in guild["roles"] if str(r["id"]) == role_id), None)
    if role is None:
        return Givers(("a role that does not exist any more",))
    tags = role.get("tags") or {}
    chosen = role_id in offered or int(role.get("flags", 0)) & IN_PROMPT
    if chosen or role.get("managed") or role_id == str(guild["id"]) or any(tag in tags for tag in GIVEN_BY_DISCORD):
        return Givers(by_itself=True)
    others = [r for r in guild["roles"] if not _administrators(r) and _bot_of(r) != own_id]
    if not any(rank(r) > rank(role) for r in others):
        return Givers()
    return Givers(tuple(str(r["name"]) for r in others if discord.Permissions(int(r["permissions"])).manage_roles))


def administrator_bots(guild: Json, own_id: str) -> Mapping[str, str]:
    """Other bots that are Administrators: the name of each one's role, by the bot's account.

    People with that right are owners anyway. A bot acts for whoever its own commands and buttons serve (a reaction, a
    level, a purchase), and we can't see who: so it counts as somebody who hands out what stands below it. It is
    known by the role that it brought along; one that is an Administrator by a role of people's can't be told from them.
    """
    bots = {_bot_of(r): str(r["name"]) for r in guild["roles"] if _administrators(r)}
    return {bot_id: name for bot_id, name in bots.items() if bot_id not in ("", own_id)}


def _administrators(role: Json) -> bool:
    return discord.Permissions(int(role["permissions"])).administrator


def _bot_of(role: Json) -> str:
    """The account of the bot that brought this role along; empty for any other."""
    return str((role.get("tags") or {}).get("bot_id", ""))


def system_channel(guild: Json) -> int | None:
    """Where Discord's own messages stand."""
    channel: Sequence[Any] | str | None = guild.get("system_channel_id")
    return None if channel is None else int(str(channel))


def writable_channel(guild: Json, member: Json, channels: Sequence[Json]) -> int | None:
    """Where a sentence for the whole server belongs: where Discord's own messages stand, if the member may write there,
    else the first text channel from the top where they may; None: nowhere."""
    tops = {str(c["id"]): int(c["position"]) for c in channels}  # those in no category stand above all categories

    def order(channel: Json) -> tuple[bool, int, int, int]:
        top = tops.get(str(channel.get("parent_id")), -1)
        return int(channel["id"]) != system_channel(guild), top, int(channel["position"]), int(channel["id"])

    texts = (c for c in channels if c["type"] == discord.ChannelType.text.value)
    return next((int(c["id"]) for c in sorted(texts, key=order) if _may_write(guild, member, c)), None)


def rooms(guild: Json, member: Json, channels: Sequence[Json]) -> list[Room]:
    """The text channels from the top, with what the member lacks to write in each."""
    nobody = {"roles": (), "user": {"id": "0"}}
    texts = [c for c in channels if c["type"] in TEXT_CHANNELS]
    return [
        Room(
            id=str(c["id"]),
            name=str(c["name"]),
            missing=tuple(label for label, may in _writes(guild, member, c).items() if not may),
            open=_allowed(guild, nobody, c).view_channel,
        )
        for c in sorted(texts, key=lambda c: (int(c["position"]), int(c["id"])))
    ]


def _writes(guild: Json, member: Json, channel: Json) -> Mapping[str, bool]:
    may = _allowed(guild, member, channel)
    return {"View Channel": may.view_channel, "Send Messages": may.send_messages}


def opens_nothing(guild: Json, channels: Sequence[Json], role_id: str) -> bool:
    """Whether a role allows nothing in any channel that not everybody may. Who may not look may do nothing there."""

    def allowed(held: Sequence[str], channel: Json) -> discord.Permissions:
        found = _allowed(guild, {"roles": held, "user": {"id": "0"}}, channel)
        return found if found.view_channel else discord.Permissions.none()

    return all(allowed((role_id,), c).is_subset(allowed((), c)) for c in channels)


def _may_write(guild: Json, member: Json, channel: Json) -> bool:
    return all(_writes(guild, member, channel).values())


def _allowed(guild: Json, member: Json, channel: Json) -> discord.Permissions:
    """By the roles, then by what the channel takes and gives: to everybody, to roles, to the member (Discord's docs,
    "Permission Overwrites")."""
    everybody, held = str(guild["id"]), {*map(str, member["roles"])}
    allowed = permissions(guild["roles"], held | {everybody})
    if allowed.administrator:
        return discord.Permissions.all()
    bits, own = allowed.value, str(member["user"]["id"])
    for whose in ({everybody}, held, {own}):
        found = [o for o in channel.get("permission_overwrites", ()) if str(o["id"]) in whose]
        for overwrite in found:
            bits &= ~int(overwrite["deny"])
        for overwrite in found:
            bits |= int(overwrite["allow"])
    return discord.Permissions(bits)

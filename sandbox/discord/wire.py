"""The JSON of Discord's API v10: what REST answers and what the gateway sends."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.discord.state import (
    COMPONENTS_V2,
    DM,
    TEXT,
    Application,
    Channel,
    Guild,
    Json,
    Member,
    Message,
    Role,
    User,
    World,
    iso,
)

APPLICATION_FLAGS = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}


def reply(body: Any, status: int = 200) -> web.Response:
    """A JSON answer whose content type is exactly `application/json`: with a charset discord.py reads it as text."""
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return web.Response(body=raw, status=status, content_type="application/json")


def empty() -> web.Response:
    """204, as most changing calls answer."""
    return web.Response(status=204)


def user(person: User) -> Json:
    """A user as others see it."""
    body: Json = {
        "id": str(person.id),
        "username": person.name,
        "avatar": None,
        "discriminator": "0000" if person.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "global_name": person.display_name,
        "primary_guild": None,
    }
    if person.bot:
        body["bot"] = True
    return body


def bot_user(person: User, *, owner_2fa: bool) -> Json:
    """`GET /users/@me`."""
    return {**user(person), "mfa_enabled": owner_2fa, "locale": "en-US", "verified": True, "email": None}


def application_flags(app: Application) -> int:
    """Which privileged intents the portal has on, as the application's flags tell it."""
    return sum(bit for name, bit in APPLICATION_FLAGS.items() if name in app.intents)


def application(world: World) -> Json:
    """`GET /oauth2/applications/@me`."""
    app = world.application
    flags = application_flags(app)
    return {
        "id": str(app.id),
        "name": app.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": f"{app.id:064x}",
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(app.owner),
        "approximate_guild_count": sum(1 for guild in world.guilds.values() if world.bot_in(guild)),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }


def role(item: Role, *, in_prompt: bool = False) -> Json:
    """A role. `in_prompt`: it is among the answers of an Onboarding question."""
    body: Json = {
        "id": str(item.id),
        "name": item.name,
        "permissions": str(item.permissions),
        "position": item.position,
        "color": item.color,
        "colors": {"primary_color": item.color, "secondary_color": None, "tertiary_color": None},
        "hoist": item.hoist,
        "managed": item.managed,
        "mentionable": item.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": int(in_prompt),
    }
    tags: Json = dict.fromkeys(item.tags)  # a tag that is there means yes, and is null
    if item.bot_id is not None:
        tags["bot_id"] = str(item.bot_id)
    return {**body, "tags": tags} if tags else body


def roles(item: Guild) -> list[Json]:
    """A guild's roles."""
    chosen = {role_id for question in item.onboarding for _, _, given in question.answers for role_id in given}
    return [role(one, in_prompt=one.id in chosen) for one in item.roles.values()]


def onboarding(item: Guild) -> Json:
    """What newcomers are asked, and which roles their answers give them."""
    return {
        "guild_id": str(item.id),
        "prompts": [
            {
                "id": str(question.id),
                "title": question.title,
                "options": [
                    {
                        "id": str(answer_id),
                        "title": title,
                        "description": "",
                        "emoji": {"id": None, "name": None, "animated": False},
                        "role_ids": [str(role_id) for role_id in given],
                        "channel_ids": [],
                    }
                    for answer_id, title, given in question.answers
                ],
                "single_select": False,
                "required": False,
                "in_onboarding": True,
                "type": 0,
            }
            for question in item.onboarding
        ],
        "default_channel_ids": [],
        "enabled": bool(item.onboarding),
        "mode": 0,
    }


def member(item: Member, *, with_user: bool = True) -> Json:
    """A member; without its user where the user stands beside it."""
    body: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(item.joined_at),
        "nick": item.nick,
        "pending": item.pending,
        "premium_since": None,
        "roles": [str(role_id) for role_id in item.roles],
        "mute": False,
        "deaf": False,
    }
    if with_user:
        body["user"] = user(item.user)
    return body


def channel(item: Channel, world: World) -> Json:
    """A guild's channel, or a direct one with its recipient."""
    last = None if item.last_message_id is None else str(item.last_message_id)
    if item.type == DM:
        recipients = [user(world.users[item.recipient])] if item.recipient in world.users else []
        return {"id": str(item.id), "type": DM, "last_message_id": last, "flags": 0, "recipients": recipients}
    return {
        "id": str(item.id),
        "type": item.type,
        "guild_id": str(item.guild_id),
        "name": item.name,
        "position": item.position,
        "parent_id": None if item.parent_id is None else str(item.parent_id),
        "topic": item.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "flags": 0,
        "last_message_id": last,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.type, "allow": str(o.allow), "deny": str(o.deny)}
            for o in item.overwrites.values()
        ],
    }


def guild(item: Guild) -> Json:
    """A guild as REST answers it, without channels and members."""
    return {
        "id": str(item.id),
        "name": item.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": ["MEMBER_VERIFICATION_GATE_ENABLED"] if item.screening else [],
        "banner": None,
        "owner_id": str(item.owner_id),
        "application_id": None,
        "region": "us-west",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": next((str(c.id) for c in item.channels.values() if c.type == TEXT), None),
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": roles(item),
        "default_message_notifications": 0,
        "mfa_level": int(item.demands_2fa),
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": item.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create(item: Guild, world: World, *, every_member: bool) -> Json:
    """GUILD_CREATE: without the presences intent the only member in it is the bot itself."""
    own = world.bot_in(item)
    shown = list(item.members.values()) if every_member else [own] if own is not None else []
    return {
        **guild(item),
        "joined_at": iso(own.joined_at if own is not None else item.created_at),
        "large": len(item.members) > 250,
        "unavailable": False,
        "member_count": len(item.members),
        "voice_states": [],
        "members": [member(m) for m in shown],
        "channels": [channel(c, world) for c in item.channels.values()],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(item: Message, world: World) -> Json:
    """A message."""
    body: Json = {
        "type": item.type,
        "content": item.content,
        "mentions": [],
        "mention_roles": [],
        "attachments": item.attachments,
        "embeds": [embed_answered(e) for e in item.embeds],
        "timestamp": iso(item.timestamp),
        "edited_timestamp": None if item.edited is None else iso(item.edited),
        "flags": item.flags,
        "components": components_answered(item.components),
        "id": str(item.id),
        "channel_id": str(item.channel_id),
        "author": user(item.author),
        "pinned": False,
        "mention_everyone": False,
        "tts": item.tts,
    }
    if item.author.id == world.bot.id and item.interaction is not None:
        body["application_id"] = str(world.application.id)
    if item.webhook_id is not None:
        body["webhook_id"] = str(item.webhook_id)
    if item.interaction is not None:
        body["interaction_metadata"] = item.interaction
    if item.nonce is not None:
        body["nonce"] = item.nonce
    if item.reference is not None:
        body["message_reference"] = item.reference
    return body


def embed_answered(embed: Json) -> Json:
    """An embed as it comes back: the type filled in, what was null left out."""
    body = {key: value for key, value in embed.items() if value is not None}
    body.setdefault("type", "rich")
    body["fields"] = [{**item, "inline": bool(item.get("inline"))} for item in embed.get("fields") or []]
    if not body["fields"]:
        del body["fields"]
    return body


def components_answered(components: list[Json]) -> list[Json]:
    """Components as they come back: numbered where the bot gave no id, defaults filled in, nulls left out."""
    taken = {c["id"] for c in walk(components) if c.get("id")}
    numbers = iter(n for n in range(1, len(taken) + 1000) if n not in taken)
    return [_component(item, numbers) for item in components]


def _component(item: Json, numbers: Any) -> Json:
    body = {key: value for key, value in item.items() if value is not None}
    body["id"] = item.get("id") or next(numbers)
    kind = item["type"]
    if kind in (3, 5, 6, 7, 8):
        body.setdefault("min_values", 1)
        body.setdefault("max_values", 1)
        body.pop("required", None)
    elif kind == 17:
        body.setdefault("accent_color", None)
        body["spoiler"] = bool(item.get("spoiler"))
    elif kind == 14:
        body.setdefault("spacing", 1)
        body["divider"] = item.get("divider") is not False
    if "components" in item:
        body["components"] = [_component(child, numbers) for child in item["components"]]
    if isinstance(item.get("accessory"), dict):
        body["accessory"] = _component(item["accessory"], numbers)
    return body


def walk(components: list[Json]) -> list[Json]:
    """All components of a message, containers before what is in them."""
    found: list[Json] = []
    for item in components:
        found.append(item)
        found += walk(item.get("components") or [])
        for key in ("accessory", "component"):
            if isinstance(item.get(key), dict):
                found += walk([item[key]])
    return found


def view(item: Message) -> Json:
    """A message as the controls tell it: what a person reads and what she can press."""
    parts = [item.content] if item.content else []
    for embed in item.embeds:
        parts += [str(embed[key]) for key in ("title", "description") if embed.get(key)]
        parts += [f"{f['name']}: {f['value']}" for f in embed.get("fields") or []]
        parts += [str(embed["footer"]["text"])] if (embed.get("footer") or {}).get("text") else []
    flat = []
    for component in walk(item.components):
        if component["type"] == 10:
            parts.append(component["content"])
        elif component["type"] in (2, 3, 5, 6, 7, 8):
            flat.append({key: value for key, value in component.items() if value is not None and key != "id"})
    return {
        "id": str(item.id),
        "message": str(item.id),
        "channel": str(item.channel_id),
        "author": str(item.author.id),
        "content": item.content,
        "text": "\n".join(parts),
        "embeds": [embed_answered(e) for e in item.embeds],
        "components": flat,
        "buttons": [component for component in flat if component["type"] == 2],
        "components_v2": bool(item.flags & COMPONENTS_V2),
        "ephemeral": item.ephemeral,
        "visible_to": None if item.visible_to is None else str(item.visible_to),
        "edited": item.edited is not None,
        "at": item.timestamp,
    }

"""What a message may be: read from a request, held against Discord's rules, stored."""

from __future__ import annotations

import json
import time
from typing import Any

from aiohttp import web

from sandbox.discord import wire
from sandbox.discord.errors import ApiError, invalid_form
from sandbox.discord.state import COMPONENTS_V2, EPHEMERAL, LOADING, Channel, Guild, Json, Message, Snowflake, World

ATTACHMENT_BYTES_MAX = 10 * 1024 * 1024
SETTABLE_FLAGS = EPHEMERAL | COMPONENTS_V2 | 1 << 2 | 1 << 12
INTERACTIVE = {2, 3, 5, 6, 7, 8}
SELECTS = {3, 5, 6, 7, 8}
V2_ONLY = {9, 10, 11, 12, 13, 14, 17}


async def body_of(request: web.Request, ids: World) -> tuple[Json, list[Json]]:
    """The JSON of a request, and its files as attachments; a multipart request has the JSON in `payload_json`."""
    if request.content_type.startswith("multipart/"):
        form = await request.post()
        raw = form.get("payload_json", "{}")
        files = []
        for name, item in form.items():
            if isinstance(item, web.FileField):
                size = item.file.seek(0, 2)
                if size > ATTACHMENT_BYTES_MAX:
                    raise ApiError(413, 40005, "Request entity too large")
                url = f"https://cdn.discordapp.com/attachments/1/{ids.ids.next()}/{item.filename}"
                files.append({"filename": item.filename, "size": size, "url": url, "proxy_url": url, "_field": name})
        return _object(str(raw)), files
    text = await request.text()
    return (_object(text) if text else {}), []


def _object(text: str) -> Json:
    try:
        data = json.loads(text)
    except ValueError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None
    if not isinstance(data, dict):
        raise invalid_form("", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    return data


def apply(message: Message, data: Json, files: list[Json], world: World, *, editing: bool) -> None:
    """Puts a request's content into a message. Raises ApiError when Discord would refuse the result."""
    draft: Json = {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "flags": message.flags,
    }
    for key in ("content", "embeds", "components"):
        if key in data:
            draft[key] = data[key] or ("" if key == "content" else [])
    asked = int(data.get("flags") or 0)
    if editing:
        if asked & COMPONENTS_V2 == 0 and "flags" in data and message.flags & COMPONENTS_V2:
            raise invalid_form("flags", "MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", "The flag can't be removed")
        draft["flags"] = message.flags | (asked & (COMPONENTS_V2 | 1 << 2))
    else:
        draft["flags"] = asked & SETTABLE_FLAGS
    attachments = _attachments(message, data, files, world)
    _check(draft, bool(attachments))
    message.content, message.embeds = draft["content"], draft["embeds"]
    message.components, message.flags = draft["components"], draft["flags"]
    message.attachments = attachments
    if editing:
        message.edited = time.time()


def _attachments(message: Message, data: Json, files: list[Json], world: World) -> list[Json]:
    kept = message.attachments
    if "attachments" in data:
        wanted = {str(item.get("id")) for item in data["attachments"] or []}
        kept = [item for item in message.attachments if item["id"] in wanted]
    fresh = [{"id": str(world.ids.next()), **{k: v for k, v in f.items() if k != "_field"}} for f in files]
    return [*kept, *fresh]


def _check(draft: Json, attachments: bool) -> None:
    content, embeds, components = draft["content"], draft["embeds"], draft["components"]
    if not isinstance(content, str):
        raise invalid_form("content", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    if len(content) > 2000:
        raise invalid_form("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    second = bool(draft["flags"] & COMPONENTS_V2)
    if second and (content or embeds):
        wrong = "content" if content else "embeds"
        raise invalid_form(wrong, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "Can't be used with the flag")
    if not (content or embeds or components or attachments):
        raise ApiError(400, 50006, "Cannot send an empty message")
    check_embeds(embeds)
    check_components(components, second=second)


def check_embeds(embeds: list[Json]) -> None:
    """Discord's limits of embeds: 10 a message, 6000 characters together, and each field its own."""
    if len(embeds) > 10:
        raise invalid_form("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = 0
    for n, embed in enumerate(embeds):
        footer, author = embed.get("footer") or {}, embed.get("author") or {}
        parts = [
            ("title", embed.get("title"), 256),
            ("description", embed.get("description"), 4096),
            ("footer.text", footer.get("text"), 2048),
            ("author.name", author.get("name"), 256),
        ]
        fields = embed.get("fields") or []
        if len(fields) > 25:
            raise invalid_form(f"embeds.{n}.fields", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        for m, item in enumerate(fields):
            for key, most in (("name", 256), ("value", 1024)):
                if not item.get(key):
                    raise invalid_form(f"embeds.{n}.fields.{m}.{key}", "BASE_TYPE_REQUIRED", "This field is required")
                parts.append((f"fields.{m}.{key}", item[key], most))
        for path, text, most in parts:
            if text is not None and len(str(text)) > most:
                raise invalid_form(f"embeds.{n}.{path}", "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
            total += len(str(text or ""))
    if total > 6000:
        raise invalid_form("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")


def check_components(components: list[Json], *, second: bool) -> None:
    """Discord's rules for components, of the first and of the second version."""
    everything = wire.walk(components)
    if second and len(everything) > 40:
        raise invalid_form("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The total is limited to 40")
    if not second and len(components) > 5:
        raise invalid_form("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    seen: set[str] = set()
    for n, top in enumerate(components):
        path = f"components.{n}"
        if top.get("type") in V2_ONLY and not second:
            raise invalid_form(f"{path}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
        if top.get("type") not in V2_ONLY | {1}:
            raise invalid_form(f"{path}.type", "UNION_TYPE_CHOICES", "A message holds action rows at the top.")
        for component in wire.walk([top]):
            _check_component(component, path, seen)


def _check_component(component: Json, path: str, seen: set[str]) -> None:
    kind = component.get("type")
    if kind == 1:
        inside = component.get("components") or []
        kinds = {child.get("type") for child in inside}
        if not 1 <= len(inside) <= 5 or (kinds & SELECTS and len(inside) > 1):
            raise invalid_form(f"{path}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The row's width is limited")
    elif kind in INTERACTIVE:
        link = kind == 2 and component.get("style") in (5, 6)
        custom_id = component.get("custom_id")
        if link and component.get("style") == 5 and not str(component.get("url", "")).startswith(_SCHEMES):
            raise invalid_form(f"{path}.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of http, https, discord.")
        if link and len(str(component.get("url", ""))) > 512:
            raise invalid_form(f"{path}.url", "BASE_TYPE_MAX_LENGTH", "Must be 512 or fewer in length.")
        if not link and not (isinstance(custom_id, str) and 1 <= len(custom_id) <= 100):
            raise invalid_form(f"{path}.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if isinstance(custom_id, str):
            if custom_id in seen:
                raise invalid_form(
                    f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
                )
            seen.add(custom_id)
        if kind == 2 and len(str(component.get("label") or "")) > 80:
            raise invalid_form(f"{path}.label", "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length.")
        if kind == 2 and not (component.get("label") or component.get("emoji") or component.get("style") == 6):
            raise invalid_form(f"{path}.label", "BUTTON_COMPONENT_LABEL_OR_EMOJI", "A button needs a label or an emoji")
        if kind == 3:
            _check_options(component, path)
    elif kind == 10 and not component.get("content"):
        raise invalid_form(f"{path}.content", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 4000 in length.")


_SCHEMES = ("http://", "https://", "discord://")


def _check_options(component: Json, path: str) -> None:
    options = component.get("options") or []
    if not 1 <= len(options) <= 25:
        raise invalid_form(f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    values = [option.get("value") for option in options]
    if len(set(values)) != len(values):
        raise invalid_form(f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The value is already used")
    for option in options:
        for key in ("label", "value", "description"):
            if len(str(option.get(key) or "")) > 100:
                raise invalid_form(f"{path}.options.{key}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")


def new(world: World, channel: Channel, guild: Guild | None, **more: Any) -> Message:
    """An empty message of the bot, not stored yet."""
    return Message(
        id=world.ids.next(),
        channel_id=channel.id,
        guild_id=None if guild is None else guild.id,
        author=world.bot,
        timestamp=time.time(),
        **more,
    )


def placeholder(message: Message, visible_to: Snowflake | None, flags: int) -> None:
    """ "Bot is thinking…", which a deferred answer shows until it is edited."""
    message.flags = LOADING | (flags & EPHEMERAL)
    message.visible_to = visible_to if flags & EPHEMERAL else None

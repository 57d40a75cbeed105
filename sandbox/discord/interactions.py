"""Interactions: from a person's command, click or form to the bot's answer, within Discord's time limits."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.discord import messages, permissions, wire
from sandbox.discord.errors import ApiError, already_answered, invalid_form, token_expired, unknown
from sandbox.discord.gateway import Gateway
from sandbox.discord.state import EPHEMERAL, LOADING, Channel, Guild, Json, Message, Snowflake, User, World

FIRST_ANSWER_S = 3.0
TOKEN_S = 15 * 60.0
KEPT_MAX = 5_000
CHOICES_MAX = 25

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: {REPLY, DEFER_REPLY, MODAL},
    COMPONENT: {REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE},
}


@dataclass(slots=True)
class Interaction:
    """One thing a person did, and what the bot made of it so far."""

    id: Snowflake
    token: str
    kind: int
    user: User
    guild: Guild | None
    channel: Channel
    data: Json
    message: Message | None = None
    began: float = field(default_factory=time.monotonic)
    answered: int | None = None
    original: Message | None = None
    replies: list[Message] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None
    final: bool = False
    command_name: str | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def age(self) -> float:
        """Seconds of real time since the person acted."""
        return time.monotonic() - self.began

    @property
    def too_late(self) -> bool:
        """No first answer within three seconds: Discord has told the person that the application did not respond."""
        return self.answered is None and self.age > FIRST_ANSWER_S

    def finish(self, message: Message | None = None) -> None:
        """Notes that the person sees something final."""
        if message is not None and message not in self.replies:
            self.replies.append(message)
        self.final = True
        self.changed.set()


class Interactions:
    """All interactions whose token lives, and the calls by which a bot answers them."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self.modals: OrderedDict[tuple[Snowflake, str], Interaction] = OrderedDict()
        self._by_token: OrderedDict[str, Interaction] = OrderedDict()

    # -- a person acts -------------------------------------------------------------------------------
    def begin(
        self,
        kind: int,
        user: User,
        guild: Guild | None,
        channel: Channel,
        data: Json,
        message: Message | None = None,
        command_name: str | None = None,
    ) -> Interaction:
        """Sends INTERACTION_CREATE to the bot."""
        token = secrets.token_urlsafe(96)
        made = Interaction(self.world.ids.next(), token, kind, user, guild, channel, data, message)
        made.command_name = command_name
        self._by_token[token] = made
        while len(self._by_token) > KEPT_MAX:
            self._by_token.popitem(last=False)
        self.gateway.dispatch("INTERACTION_CREATE", self._event(made), None if guild is None else guild.id)
        return made

    def _event(self, item: Interaction) -> Json:
        world, guild, user = self.world, item.guild, item.user
        body: Json = {
            "id": str(item.id),
            "application_id": str(world.application.id),
            "type": item.kind,
            "data": item.data,
            "token": item.token,
            "version": 1,
            "channel_id": str(item.channel.id),
            "channel": {**wire.channel(item.channel, world), "permissions": str(permissions.ALL)},
            "locale": user.locale,
            "entitlements": [],
            "attachment_size_limit": messages.ATTACHMENT_BYTES_MAX,
            "app_permissions": str(permissions.ALL),
            "context": 0 if guild is not None else 1,
            "authorizing_integration_owners": {"0": str(guild.id if guild is not None else 0)},
        }
        if item.message is not None:
            body["message"] = wire.message(item.message, world)
        if guild is None:
            body["user"] = wire.user(user)
            return body
        member = guild.members[user.id]
        own = world.bot_in(guild)
        bits = permissions.of_member(guild, member, item.channel)
        body |= {
            "guild_id": str(guild.id),
            "guild_locale": guild.locale,
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "member": {**wire.member(member), "permissions": str(bits)},
            "app_permissions": str(permissions.of_member(guild, own, item.channel) if own is not None else 0),
        }
        body["channel"]["permissions"] = str(bits)
        return body

    # -- the bot answers: POST /interactions/{id}/{token}/callback -----------------------------------
    async def callback(self, request: web.Request) -> web.StreamResponse:
        """The first answer, which must come within three seconds and only once."""
        item = self._by_token.get(request.match_info["token"])
        if item is None or str(item.id) != request.match_info["id"] or item.too_late:
            raise unknown("interaction")
        body, files = await messages.body_of(request, self.world)
        if item.answered is not None:
            raise already_answered()
        if item.too_late:
            raise unknown("interaction")
        kind = body.get("type")
        if kind not in ALLOWED[item.kind] or (kind in (DEFER_UPDATE, UPDATE) and item.message is None):
            raise invalid_form(
                "type", "INTERACTION_APPLICATION_COMMAND_CALLBACK_TYPE_INVALID", "That answer does not fit here"
            )
        try:
            self._answer(item, kind, body.get("data") or {}, files)
        except ApiError as error:
            error.errors = {"data": error.errors} if error.errors and "data" not in error.errors else error.errors
            raise
        item.answered = kind
        item.changed.set()
        if request.query.get("with_response", "").lower() not in ("1", "true"):
            return wire.empty()
        return wire.reply(self._resource(item, kind))

    def _answer(self, item: Interaction, kind: int, data: Json, files: list[Json]) -> None:
        if kind in (REPLY, DEFER_REPLY):
            message = self._new_message(item)
            flags = int(data.get("flags") or 0)
            if kind == REPLY:
                messages.apply(message, data, files, self.world, editing=False)
                message.visible_to = item.user.id if flags & EPHEMERAL else None
                item.finish(message)
            else:
                messages.placeholder(message, item.user.id, flags)
            item.original = message
            self.world.keep(message)
        elif kind == UPDATE:
            assert item.message is not None
            messages.apply(item.message, data, files, self.world, editing=True)
            item.original = item.message
            item.finish(item.message)
        elif kind == DEFER_UPDATE:
            item.original = item.message
        elif kind == CHOICES:
            item.choices = self._choices(data)
            item.finish()
        else:
            item.modal = _checked_modal(data)
            self.modals[(item.user.id, item.modal["custom_id"])] = item
            while len(self.modals) > KEPT_MAX:
                self.modals.popitem(last=False)
            item.finish()

    def _choices(self, data: Json) -> list[Json]:
        choices = data.get("choices") or []
        if len(choices) > CHOICES_MAX:
            raise invalid_form("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        for n, choice in enumerate(choices):
            for key in ("name", "value"):
                if not 1 <= len(str(choice.get(key, ""))) <= 100:
                    path = f"data.choices.{n}.{key}"
                    raise invalid_form(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        return list(choices)

    def _resource(self, item: Interaction, kind: int) -> Json:
        told: Json = {"id": str(item.id), "type": item.kind, "channel_id": str(item.channel.id)}
        if item.guild is not None:
            told["guild_id"] = str(item.guild.id)
        answer: Json = {"interaction": told}
        if item.original is not None and kind in (REPLY, DEFER_REPLY, UPDATE, DEFER_UPDATE):
            told["response_message_id"] = str(item.original.id)
            told["response_message_loading"] = bool(item.original.flags & LOADING)
            told["response_message_ephemeral"] = item.original.ephemeral
            if kind in (REPLY, UPDATE):
                answer["resource"] = {"type": kind, "message": wire.message(item.original, self.world)}
        return answer

    def _new_message(self, item: Interaction) -> Message:
        meta: Json = {
            "id": str(item.id),
            "type": item.kind,
            "user": wire.user(item.user),
            "authorizing_integration_owners": {"0": str(item.guild.id if item.guild is not None else 0)},
        }
        if item.kind == COMPONENT and item.message is not None:
            meta["interacted_message_id"] = str(item.message.id)
        elif item.kind == COMMAND:
            meta["name"] = item.command_name
        elif item.kind == MODAL_SUBMIT:
            meta["triggering_interaction_metadata"] = self._trigger(item)
        kind = 20 if item.kind == COMMAND else 19 if item.message is not None else 0
        made = messages.new(self.world, item.channel, item.guild, interaction=meta, type=kind)
        made.webhook_id = self.world.application.id
        if kind == 19 and item.message is not None:
            made.reference = {
                "type": 0,
                "message_id": str(item.message.id),
                "channel_id": str(item.channel.id),
            }
        return made

    def _trigger(self, item: Interaction) -> Json:
        owners = {"0": str(item.guild.id if item.guild is not None else 0)}
        meta: Json = {"id": str(item.id), "type": COMMAND, "user": wire.user(item.user)}
        if item.message is not None:
            meta |= {"type": COMPONENT, "interacted_message_id": str(item.message.id)}
        return {**meta, "authorizing_integration_owners": owners}

    # -- follow-ups: /webhooks/{app}/{token} -----------------------------------------------------------
    def _by_webhook(self, request: web.Request) -> Interaction:
        if request.match_info["app"] != str(self.world.application.id):
            raise unknown("Webhook")
        item = self._by_token.get(request.match_info["token"])
        if item is None or item.age > TOKEN_S:
            raise token_expired()
        if item.answered is None:
            raise unknown("Webhook")
        return item

    async def follow_up(self, request: web.Request) -> web.StreamResponse:
        """`POST /webhooks/{app}/{token}`; right after a deferred answer it fills that one instead of adding one."""
        item = self._by_webhook(request)
        data, files = await messages.body_of(request, self.world)
        waiting = item.original
        if item.answered == DEFER_REPLY and waiting is not None and waiting.flags & LOADING:
            self._fill(item, waiting, data, files)
            return wire.reply(wire.message(waiting, self.world))
        message = self._new_message(item)
        messages.apply(message, data, files, self.world, editing=False)
        message.visible_to = item.user.id if message.ephemeral else None
        if item.original is not None:
            message.reference = {
                "type": 0,
                "message_id": str(item.original.id),
                "channel_id": str(item.channel.id),
            }
        self.world.keep(message)
        item.finish(message)
        return wire.reply(wire.message(message, self.world))

    def _fill(self, item: Interaction, message: Message, data: Json, files: list[Json]) -> None:
        loading = bool(message.flags & LOADING)
        messages.apply(message, data, files, self.world, editing=True)
        message.flags &= ~LOADING
        if loading:
            message.edited = None if item.answered == DEFER_REPLY else message.edited
        item.finish(message)

    def _message(self, request: web.Request) -> tuple[Interaction, Message]:
        item = self._by_webhook(request)
        which = request.match_info["message"]
        if which == "@original":
            message = item.original
        else:
            own = [*item.replies, *([item.original] if item.original is not None else [])]
            message = next((m for m in own if str(m.id) == which), None)
        if message is None or message.id not in self.world.messages:
            raise unknown("Message")
        return item, message

    async def get_message(self, request: web.Request) -> web.StreamResponse:
        """`GET /webhooks/{app}/{token}/messages/{message}`."""
        return wire.reply(wire.message(self._message(request)[1], self.world))

    async def edit_message(self, request: web.Request) -> web.StreamResponse:
        """`PATCH /webhooks/{app}/{token}/messages/{message}`."""
        item, message = self._message(request)
        data, files = await messages.body_of(request, self.world)
        self._fill(item, message, data, files)
        return wire.reply(wire.message(message, self.world))

    async def delete_message(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /webhooks/{app}/{token}/messages/{message}`."""
        item, message = self._message(request)
        del self.world.messages[message.id]
        if message in item.replies:
            item.replies.remove(message)
        item.final = True
        item.changed.set()
        return wire.empty()

    def routes(self) -> list[web.RouteDef]:
        """The calls that carry the interaction's token instead of the bot's."""
        hook = "/api/v10/webhooks/{app:\\d+}/{token}"
        return [
            web.post("/api/v10/interactions/{id}/{token}/callback", self.callback),
            web.post(hook, self.follow_up),
            web.get(hook + "/messages/{message}", self.get_message, allow_head=False),
            web.patch(hook + "/messages/{message}", self.edit_message),
            web.delete(hook + "/messages/{message}", self.delete_message),
        ]


def _checked_modal(data: Json) -> Json:
    if not 1 <= len(str(data.get("custom_id") or "")) <= 100:
        raise invalid_form("data.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    if not 1 <= len(str(data.get("title") or "")) <= 45:
        raise invalid_form("data.title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
    components = data.get("components") or []
    if not 1 <= len(components) <= 5:
        raise invalid_form("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for n, top in enumerate(components):
        if top.get("type") not in (1, 10, 18):
            raise invalid_form(f"data.components.{n}.type", "UNION_TYPE_CHOICES", "A form holds labels and texts.")
        if len(str(top.get("label") or "")) > 45 and top["type"] == 18:
            raise invalid_form(f"data.components.{n}.label", "BASE_TYPE_MAX_LENGTH", "Must be 45 or fewer in length.")
    return data


def modal_fields(modal: Json) -> list[Json]:
    """The inputs of a form, in order."""
    return [c for c in wire.walk(modal["components"]) if c.get("custom_id") and c["type"] not in (1, 18)]

"""Discord's REST API v10, as far as a membership bot goes: guilds, roles, members, bans, messages, commands."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from sandbox.discord import commands, messages, permissions, wire
from sandbox.discord.errors import (
    ApiError,
    cannot_message_user,
    invalid_form,
    missing_access,
    missing_permissions,
    no_mutual_guild,
    opening_too_fast,
    quarantined,
    two_factor_required,
    unauthorized,
    unknown,
)
from sandbox.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, Gateway
from sandbox.discord.membership import Membership
from sandbox.discord.state import DM, TEXT, VOICE, Channel, Guild, Json, Member, Message, Role, Snowflake, World

BOT = "the bot"


class Rest:
    """The routes that carry the bot's token."""

    def __init__(self, world: World, gateway: Gateway, life: Membership) -> None:
        self.world = world
        self.gateway = gateway
        self.life = life

    # -- who asks, and for what ------------------------------------------------------------------------
    def check_token(self, request: web.Request) -> None:
        """Raises ApiError 401 unless the request has the bot's token."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        wanted = self.world.application.token
        good = kind == "Bot" and bool(token)
        if not good or (wanted is not None and not secrets.compare_digest(token.encode(), wanted.encode())):
            raise unauthorized()

    @staticmethod
    def _id(request: web.Request, name: str) -> Snowflake:
        text = request.match_info[name]
        if not text.isdigit() or int(text) >= 1 << 64:
            raise invalid_form(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return Snowflake(int(text))

    def _guild(self, request: web.Request) -> tuple[Guild, Member]:
        guild = self.world.guilds.get(self._id(request, "guild"))
        if guild is None:
            raise unknown("Guild")
        own = self.world.bot_in(guild)
        if own is None or guild.unavailable:
            raise missing_access()
        return guild, own

    def _moderated(self, request: web.Request) -> tuple[Guild, Member]:
        """The same for what moderators do: the guild may demand two-factor authentication of them."""
        guild, own = self._guild(request)
        if guild.demands_2fa and not self.world.application.owner_2fa:
            raise two_factor_required()
        return guild, own

    def _role(self, request: web.Request, guild: Guild) -> Role:
        role = guild.roles.get(self._id(request, "role"))
        if role is None:
            raise unknown("Role")
        return role

    def _member(self, request: web.Request, guild: Guild) -> Member:
        member = guild.members.get(self._id(request, "user"))
        if member is None:
            raise unknown("Member") if self._id(request, "user") in self.world.users else unknown("User")
        return member

    @staticmethod
    async def _json(request: web.Request) -> Any:
        text = await request.text()
        try:
            return json.loads(text) if text else {}
        except ValueError:
            raise ApiError(400, 50109, "The request body contains invalid JSON.") from None

    @staticmethod
    def _reason(request: web.Request) -> str | None:
        raw = request.headers.get("X-Audit-Log-Reason")
        return None if raw is None else unquote(raw)[:512]

    # -- the bot itself ----------------------------------------------------------------------------------
    async def me(self, request: web.Request) -> web.StreamResponse:
        """`GET /users/@me`."""
        return wire.reply(wire.bot_user(self.world.bot, owner_2fa=self.world.application.owner_2fa))

    async def application(self, request: web.Request) -> web.StreamResponse:
        """`GET /oauth2/applications/@me` and `/applications/@me`."""
        return wire.reply(wire.application(self.world))

    async def my_guilds(self, request: web.Request) -> web.StreamResponse:
        """`GET /users/@me/guilds`."""
        mine = [(g, own) for g in self.world.guilds.values() if (own := self.world.bot_in(g)) is not None]
        return wire.reply(
            [
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "icon": None,
                    "banner": None,
                    "owner": False,
                    "permissions": str(permissions.of_member(guild, own)),
                    "features": [],
                }
                for guild, own in sorted(mine, key=lambda pair: pair[0].id)
            ]
        )

    async def gateway_url(self, request: web.Request) -> web.StreamResponse:
        """`GET /gateway`, which needs no token."""
        return wire.reply({"url": f"ws://{request.host}/gateway"})

    async def gateway_bot(self, request: web.Request) -> web.StreamResponse:
        """`GET /gateway/bot`."""
        limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
        return wire.reply({"url": f"ws://{request.host}/gateway", "session_start_limit": limit, "shards": 1})

    # -- commands ------------------------------------------------------------------------------------------
    def _command_set(self, request: web.Request) -> tuple[Snowflake | None, dict[Snowflake, Json]]:
        if self._id(request, "app") != self.world.application.id:
            raise ApiError(403, 20012, "You are not authorized to perform this action on this application")
        if "guild" not in request.match_info:
            return None, self.world.global_commands
        guild, _ = self._guild(request)
        return guild.id, self.world.guild_commands.setdefault(guild.id, {})

    async def get_commands(self, request: web.Request) -> web.StreamResponse:
        """`GET /applications/{app}[/guilds/{guild}]/commands`."""
        return wire.reply(list(self._command_set(request)[1].values()))

    async def put_commands(self, request: web.Request) -> web.StreamResponse:
        """`PUT` of the whole set: what is not in it is gone."""
        guild_id, known = self._command_set(request)
        made = commands.register(self.world, await self._json(request), guild_id, known)
        known.clear()
        known.update({Snowflake(int(command["id"])): command for command in made})
        return wire.reply(made)

    # -- guilds, roles ---------------------------------------------------------------------------------------
    async def get_guild(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}`."""
        guild = self.world.guilds.get(self._id(request, "guild"))
        if guild is None or guild.unavailable or self.world.bot_in(guild) is None:
            # Discord does not tell one from the other here (since 2023; discord-api-docs#5840).
            raise unknown("Guild")
        body = wire.guild(guild)
        if request.query.get("with_counts", "").lower() in ("1", "true"):
            body |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return wire.reply(body)

    async def get_channels(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/channels`."""
        guild, _ = self._guild(request)
        return wire.reply([wire.channel(c, self.world) for c in guild.channels.values()])

    async def get_roles(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/roles`."""
        guild, _ = self._guild(request)
        return wire.reply(wire.roles(guild))

    async def get_onboarding(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/onboarding`: for every bot in the guild; Discord documents no permission for it."""
        guild, _ = self._guild(request)
        return wire.reply(wire.onboarding(guild))

    async def get_role(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/roles/{role}`."""
        guild, _ = self._guild(request)
        return wire.reply(wire.role(self._role(request, guild)))

    async def post_role(self, request: web.Request) -> web.StreamResponse:
        """`POST /guilds/{guild}/roles`: the new role stands lowest."""
        guild, own = self._moderated(request)
        data = await self._json(request)
        has = permissions.of_member(guild, own)
        bits = int(data.get("permissions") or 0) if "permissions" in data else guild.roles[guild.id].permissions & has
        if not has & permissions.MANAGE_ROLES or bits & ~has:
            raise missing_permissions()
        if len(guild.roles) >= 250:
            raise ApiError(400, 30005, "Maximum number of guild roles reached (250)")
        role = self.life.create_role(
            guild, self._role_name(data, "new role"), permissions=bits, by=BOT, reason=self._reason(request)
        )
        self._color(role, data)
        role.hoist, role.mentionable = bool(data.get("hoist")), bool(data.get("mentionable"))
        return wire.reply(wire.role(role))

    async def patch_role(self, request: web.Request) -> web.StreamResponse:
        """`PATCH /guilds/{guild}/roles/{role}`."""
        guild, own = self._moderated(request)
        role, data = self._role(request, guild), await self._json(request)
        if not permissions.may_manage(guild, own, role):
            raise missing_permissions()
        if data.get("permissions") is not None:
            bits = int(data["permissions"])
            if (bits ^ role.permissions) & ~permissions.of_member(guild, own):
                raise missing_permissions()
            role.permissions = bits
        if "name" in data:
            role.name = self._role_name(data, role.name)
        self._color(role, data)
        role.hoist = bool(data.get("hoist", role.hoist))
        role.mentionable = bool(data.get("mentionable", role.mentionable))
        self.life.role_changed(guild, role, by=BOT, reason=self._reason(request))
        return wire.reply(wire.role(role))

    @staticmethod
    def _color(role: Role, data: Json) -> None:
        colors = data.get("colors") or {}
        color = colors.get("primary_color", data.get("color"))
        if color is not None:
            role.color = int(color)

    @staticmethod
    def _role_name(data: Json, otherwise: str) -> str:
        name = data.get("name") or otherwise
        if len(str(name)) > 100:
            raise invalid_form("name", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")
        return str(name)

    async def delete_role(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /guilds/{guild}/roles/{role}`."""
        guild, own = self._moderated(request)
        role = self._role(request, guild)
        if role.id == guild.id:
            raise ApiError(400, 50028, "Invalid role")
        if role.managed or not permissions.may_manage(guild, own, role):
            raise missing_permissions()
        self.life.delete_role(guild, role, by=BOT, reason=self._reason(request))
        return wire.empty()

    # -- members ---------------------------------------------------------------------------------------------
    async def get_member(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/members/{user}`."""
        guild, _ = self._guild(request)
        return wire.reply(wire.member(self._member(request, guild)))

    async def get_members(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/members?limit&after`, which needs the members intent switched on."""
        guild, _ = self._guild(request)
        if "members" not in self.world.application.intents:
            raise missing_access()
        limit, after = request.query.get("limit", "1"), request.query.get("after", "0")
        if not limit.isdigit() or not 1 <= int(limit) <= 1000:
            raise invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000.")
        if not after.isdigit():
            raise invalid_form("after", "NUMBER_TYPE_COERCE", f'Value "{after}" is not snowflake.')
        rows = sorted((m for m in guild.members.values() if m.user.id > int(after)), key=lambda m: m.user.id)
        return wire.reply([wire.member(m) for m in rows[: int(limit)]])

    async def change_member_role(self, request: web.Request) -> web.StreamResponse:
        """`PUT` and `DELETE /guilds/{guild}/members/{user}/roles/{role}`."""
        guild, own = self._moderated(request)
        role = self._role(request, guild)
        member = self._member(request, guild)
        if role.id == guild.id:
            raise ApiError(400, 50028, "Invalid role")
        if role.managed or not permissions.may_manage(guild, own, role):
            raise missing_permissions()
        give = request.method == "PUT"
        self.life.change_role(guild, member, role, give=give, by=BOT, reason=self._reason(request))
        return wire.empty()

    async def leave_guild(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /users/@me/guilds/{guild}`."""
        guild, own = self._guild(request)
        self.life.leave(guild, own.user, action="leave", by=BOT, reason=None)
        return wire.empty()

    async def kick(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /guilds/{guild}/members/{user}`."""
        guild, own = self._moderated(request)
        member = self._member(request, guild)
        if not permissions.of_member(guild, own) & permissions.KICK_MEMBERS:
            raise missing_permissions()
        if not permissions.outranks(guild, own, member):
            raise missing_permissions()
        self.life.leave(guild, member.user, action="kick", by=BOT, reason=self._reason(request))
        return wire.empty()

    # -- bans --------------------------------------------------------------------------------------------------
    def _may_ban(self, guild: Guild, own: Member) -> None:
        if not permissions.of_member(guild, own) & permissions.BAN_MEMBERS:
            raise missing_permissions()

    async def get_ban(self, request: web.Request) -> web.StreamResponse:
        """`GET /guilds/{guild}/bans/{user}`."""
        guild, own = self._guild(request)
        self._may_ban(guild, own)
        user_id = self._id(request, "user")
        if user_id not in guild.bans:
            raise unknown("Ban")
        return wire.reply({"user": wire.user(self.world.users[user_id]), "reason": guild.bans[user_id]})

    async def put_ban(self, request: web.Request) -> web.StreamResponse:
        """`PUT /guilds/{guild}/bans/{user}`; the person need not be a member."""
        guild, own = self._moderated(request)
        self._may_ban(guild, own)
        user = self.world.users.get(self._id(request, "user"))
        if user is None:
            raise unknown("User")
        member = guild.members.get(user.id)
        if member is not None and not permissions.outranks(guild, own, member):
            raise missing_permissions()
        self.life.ban(guild, user, by=BOT, reason=self._reason(request))
        return wire.empty()

    async def delete_ban(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /guilds/{guild}/bans/{user}`."""
        guild, own = self._moderated(request)
        self._may_ban(guild, own)
        user_id = self._id(request, "user")
        if user_id not in guild.bans:
            raise unknown("Ban")
        self.life.unban(guild, self.world.users[user_id], by=BOT, reason=self._reason(request))
        return wire.empty()

    # -- channels and messages -----------------------------------------------------------------------------------
    async def open_dm(self, request: web.Request) -> web.StreamResponse:
        """`POST /users/@me/channels`."""
        data = await self._json(request)
        text = str(data.get("recipient_id", ""))
        user = self.world.users.get(Snowflake(int(text))) if text.isdigit() else None
        if user is None:
            raise invalid_form("recipient_id", "NUMBER_TYPE_COERCE", "Unknown User") if text else unknown("User")
        if user.bot:
            raise cannot_message_user()
        if not self.world.may_open_dm(user):
            raise opening_too_fast()
        return wire.reply(wire.channel(self.world.dm_with(user), self.world))

    def _channel(self, request: web.Request, needed: int = permissions.VIEW_CHANNEL) -> tuple[Channel, Guild | None]:
        channel = self.world.channel(self._id(request, "channel"))
        if channel is None:
            raise unknown("Channel")
        if channel.guild_id is None:
            return channel, None
        guild = self.world.guilds[channel.guild_id]
        own = self.world.bot_in(guild)
        has = 0 if own is None else permissions.of_member(guild, own, channel)
        if not has & permissions.VIEW_CHANNEL:
            raise missing_access()
        if not has & needed:
            raise missing_permissions()
        return channel, guild

    async def get_channel(self, request: web.Request) -> web.StreamResponse:
        """`GET /channels/{channel}`."""
        return wire.reply(wire.channel(self._channel(request)[0], self.world))

    async def post_message(self, request: web.Request) -> web.StreamResponse:
        """`POST /channels/{channel}/messages`."""
        channel, guild = self._channel(request, permissions.SEND_MESSAGES)
        if channel.type not in (TEXT, DM, VOICE):
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        if channel.recipient is not None:
            user = self.world.users[channel.recipient]
            if self.world.application.quarantined:
                raise quarantined()
            if not user.takes_dms:
                raise cannot_message_user()
            if not self.world.shares_guild(user):
                raise no_mutual_guild()
        data, files = await messages.body_of(request, self.world)
        message = messages.new(self.world, channel, guild, nonce=data.get("nonce"), tts=bool(data.get("tts")))
        messages.apply(
            message, {**data, "flags": int(data.get("flags") or 0) & ~(1 << 6)}, files, self.world, editing=False
        )
        self.world.keep(message)
        body = wire.message(message, self.world)
        if guild is None:
            self.gateway.dispatch("MESSAGE_CREATE", body, intent=DIRECT_MESSAGES)
        else:
            event = {**body, "guild_id": str(guild.id)}
            self.gateway.dispatch("MESSAGE_CREATE", event, guild.id, intent=GUILD_MESSAGES)
        return wire.reply(body)

    def _message(self, request: web.Request, needed: int = permissions.VIEW_CHANNEL) -> Message:
        channel, _ = self._channel(request, needed)
        message = self.world.messages.get(self._id(request, "message"))
        if message is None or message.channel_id != channel.id or message.ephemeral:
            raise unknown("Message")
        return message

    async def get_message(self, request: web.Request) -> web.StreamResponse:
        """`GET /channels/{channel}/messages/{message}`; an ephemeral one is not there for this call."""
        return wire.reply(wire.message(self._message(request), self.world))

    async def get_messages(self, request: web.Request) -> web.StreamResponse:
        """`GET /channels/{channel}/messages`, newest first."""
        channel, _ = self._channel(request)
        limit = request.query.get("limit", "50")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        rows = [m for m in reversed(self.world.messages.values()) if m.channel_id == channel.id and not m.ephemeral]
        if (before := request.query.get("before", "")).isdigit():
            rows = [m for m in rows if m.id < int(before)]
        return wire.reply([wire.message(m, self.world) for m in rows[: int(limit)]])

    async def patch_message(self, request: web.Request) -> web.StreamResponse:
        """`PATCH /channels/{channel}/messages/{message}`, of the bot's own."""
        message = self._message(request)
        if message.author.id != self.world.bot.id:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        data, files = await messages.body_of(request, self.world)
        messages.apply(message, data, files, self.world, editing=True)
        return wire.reply(wire.message(message, self.world))

    async def delete_message(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /channels/{channel}/messages/{message}`."""
        message = self._message(request)
        if message.author.id != self.world.bot.id:
            self._channel(request, permissions.MANAGE_MESSAGES)
        del self.world.messages[message.id]
        return wire.empty()

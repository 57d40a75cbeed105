"""Methods about the bot itself: who it is, how it hears, which commands it offers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram import wire
from sandbox.telegram.errors import bad, conflict
from sandbox.telegram.params import Params
from sandbox.telegram.rest import Rest
from sandbox.telegram.state import Json
from sandbox.telegram.webhook import Hook

WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
COMMANDS_MAX = 100
WORDS = {"name": 64, "description": 512, "short_description": 120}
"""What can be said of a bot in words, with the longest of each."""


class BotMethods:
    """Each method takes the call's parameters and answers its result; all raise ApiError."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    def get_me(self, params: Params) -> Json:
        return wire.me(self.rest.world)

    # -- updates ----------------------------------------------------------------------------------------
    async def get_updates(self, params: Params) -> list[Json]:
        if self.rest.webhook.hook is not None:
            raise conflict(WEBHOOK_ACTIVE)
        self.rest.updates.allow(_kinds(params))
        limit = min(max(params.whole("limit", 100), 1), 100)
        found = await self.rest.updates.poll(params.whole("offset"), limit, params.whole("timeout"))
        return [update.wire() for update in found]

    async def set_webhook(self, params: Params) -> bool:
        url, secret = params.text("url"), params.text("secret_token")
        if not url:
            return await self.delete_webhook(params)
        try:
            parts = urlsplit(url)
            if not parts.hostname:
                raise ValueError
        except ValueError:
            raise bad("bad webhook: invalid URL specified") from None
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad(
                "secret token contains unallowed characters" if len(secret) <= 256 else "secret token is too long"
            )
        self.rest.updates.allow(_kinds(params))
        self.rest.updates.end_poll("terminated by setWebhook request")
        if params.flag("drop_pending_updates"):
            self.rest.updates.drop()
        most = min(max(params.whole("max_connections", 40), 1), 100)
        await self.rest.webhook.set(Hook(url, secret, most))
        return True

    async def delete_webhook(self, params: Params) -> bool:
        if params.flag("drop_pending_updates"):
            self.rest.updates.drop()
        await self.rest.webhook.set(None)
        return True

    def get_webhook_info(self, params: Params) -> Json:
        return self.rest.webhook.info()

    # -- commands -----------------------------------------------------------------------------------------
    def set_my_commands(self, params: Params) -> bool:
        given = params.json("commands")
        if not isinstance(given, list):
            raise bad("can't parse commands: expected an Array of BotCommand")
        if len(given) > COMMANDS_MAX:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        self.rest.world.commands[self._scope(params)] = [_command(item) for item in given]
        return True

    def get_my_commands(self, params: Params) -> list[Json]:
        return self.rest.world.commands.get(self._scope(params), [])

    def delete_my_commands(self, params: Params) -> bool:
        self.rest.world.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> str:
        scope = params.object("scope") or {"type": "default"}
        kind = scope.get("type")
        if kind not in (
            "default",
            "all_private_chats",
            "all_group_chats",
            "all_chat_administrators",
            "chat",
            "chat_administrators",
            "chat_member",
        ):
            raise bad("can't parse BotCommandScope: unsupported type specified")
        if kind.startswith("chat"):
            self.rest.chat(Params(scope))
        language = params.text("language_code")
        if language and not re.fullmatch(r"[a-z]{2}", language):
            raise bad("invalid language code specified")
        return json.dumps([scope, language], sort_keys=True)

    # -- words ----------------------------------------------------------------------------------------------
    def set_words(self, name: str) -> Callable[[Params], bool]:
        """setMyName, setMyDescription or setMyShortDescription."""

        def method(params: Params) -> bool:
            text = params.text(name)
            if len(text) > WORDS[name]:
                raise bad(f"{name.replace('_', ' ')} is too long")
            self.rest.world.words[f"{name} {params.text('language_code')}"] = text
            return True

        return method

    def get_words(self, name: str) -> Callable[[Params], Json]:
        """getMyName, getMyDescription or getMyShortDescription."""

        def method(params: Params) -> Json:
            words = self.rest.world.words
            usual = self.rest.me.first_name if name == "name" else ""
            own = words.get(f"{name} {params.text('language_code')}") or words.get(f"{name} ")
            return {name: own or usual}

        return method


def _kinds(params: Params) -> list[str] | None:
    kinds = params.json("allowed_updates")
    if kinds is not None and not isinstance(kinds, list):
        raise bad("can't parse allowed updates: expected an Array of String")
    return kinds


def _command(item: Any) -> Json:
    if not isinstance(item, dict):
        raise bad("can't parse BotCommand: expected an Object")
    command, description = str(item.get("command", "")).lstrip("/"), str(item.get("description", ""))
    if not command:
        raise bad("command must be non-empty")
    if not re.fullmatch(r"[a-z0-9_]{1,32}", command):
        raise bad("BOT_COMMAND_INVALID")
    if not description:
        raise bad("command description must be non-empty")
    if len(description) > 256:
        raise bad("command description length must not exceed 256")
    return {"command": command, "description": description}

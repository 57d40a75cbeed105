"""Refusals that Discord's API answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.discord.wire import reply


@dataclass(slots=True)
class ApiError(Exception):
    """An error body of Discord: an HTTP status, Discord's own code, its sentence."""

    status: int
    code: int
    message: str
    errors: dict[str, Any] = field(default_factory=dict)

    def response(self) -> web.Response:
        """The answer a client sees."""
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors:
            body["errors"] = self.errors
        return reply(body, self.status)


def unauthorized() -> ApiError:
    """The bot token is absent or wrong."""
    return ApiError(401, 0, "401: Unauthorized")


def unknown(what: str) -> ApiError:
    """404 with the code that belongs to the kind of thing that is not there."""
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Webhook": 10015,
        "Ban": 10026,
        "interaction": 10062,
        "application command": 10063,
    }
    return ApiError(404, codes[what], f"Unknown {what}")


def missing_access() -> ApiError:
    """The bot is not in the guild, or may not see the channel."""
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    """The bot lacks a permission, or its highest role is not above the one in question."""
    return ApiError(403, 50013, "Missing Permissions")


def cannot_message_user() -> ApiError:
    """The person takes no direct messages from the bot."""
    return ApiError(403, 50007, "Cannot send messages to this user")


def two_factor_required() -> ApiError:
    """The guild demands two-factor authentication of moderators, and the bot's owner has none."""
    return ApiError(403, 60003, "Two factor is required for this operation")


def opening_too_fast() -> ApiError:
    """The bot opens too many direct channels."""
    return ApiError(403, 40003, "You are opening direct messages too fast.")


def quarantined() -> ApiError:
    """Discord's spam filter stopped the bot."""
    return ApiError(
        403,
        20026,
        "Your bot has been flagged by our anti-spam system for abusive behavior. Please reach out to our team by going "
        "to https://dis.gd/app-quarantine and appeal this action taken on your bot.",
    )


def no_mutual_guild() -> ApiError:
    """The person shares no guild with the bot any more."""
    return ApiError(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def already_answered() -> ApiError:
    """An interaction takes one first answer."""
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def token_expired() -> ApiError:
    """An interaction's token lives 15 minutes."""
    return ApiError(401, 50027, "Invalid Webhook Token")


def invalid_form(path: str, code: str, message: str) -> ApiError:
    """50035 with one finding at a dotted path, shaped as Discord nests it."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for part in reversed([part for part in path.split(".") if part]):
        errors = {part: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors)

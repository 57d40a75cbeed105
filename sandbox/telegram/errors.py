"""Refusals in Telegram's own words, as its Bot API server gives them."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from sandbox.telegram.state import Chat, Json


@dataclass(slots=True)
class ApiError(Exception):
    """An error body of the Bot API: an HTTP status, which is its `error_code` too, and a description."""

    status: int
    description: str
    parameters: Json = field(default_factory=dict)

    def response(self) -> web.Response:
        """The answer a client sees."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        answer_headers = {}
        if self.parameters:
            body["parameters"] = self.parameters
            if "retry_after" in self.parameters:
                answer_headers["Retry-After"] = str(self.parameters["retry_after"])
        return web.json_response(body, status=self.status, headers=answer_headers)


def bad(what: str) -> ApiError:
    """400."""
    return ApiError(400, f"Bad Request: {what}")


def forbidden(what: str) -> ApiError:
    """403."""
    return ApiError(403, f"Forbidden: {what}")


def conflict(what: str) -> ApiError:
    """409."""
    return ApiError(409, f"Conflict: {what}")


def too_many(retry_after: int) -> ApiError:
    """429; the wait is in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def migrated(new_id: int) -> ApiError:
    """The group has another id now."""
    error = bad("group chat was upgraded to a supergroup chat")
    error.parameters = {"migrate_to_chat_id": new_id}
    return error


def not_inside(chat: Chat, *, kicked: bool) -> ApiError:
    """The bot is not in the chat: it was put out, or it left or never came."""
    return forbidden(f"bot {'was kicked from' if kicked else 'is not a member of'} the {chat.kind} chat")


def chat_not_found() -> ApiError:
    """There is no such chat, or the bot never met it."""
    return bad("chat not found")


def no_restricting() -> ApiError:
    """The bot may not ban here."""
    return bad("not enough rights to restrict/unrestrict chat member")


def no_links() -> ApiError:
    """The bot may not make or change links here."""
    return bad("not enough rights to manage chat invite link")


def no_requests() -> ApiError:
    """The bot may not decide who joins here."""
    return bad("not enough rights to manage chat join requests")


def query_too_old() -> ApiError:
    """A callback query is answered once, and soon."""
    return bad("query is too old and response timeout expired or query ID is invalid")

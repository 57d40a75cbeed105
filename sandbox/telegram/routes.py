"""Which method of `/bot<token>/` is answered by what, with token, limits and error bodies around it."""

from __future__ import annotations

import inspect
import re
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.telegram import params as reading
from sandbox.telegram.errors import ApiError
from sandbox.telegram.methods_bot import WORDS, BotMethods
from sandbox.telegram.methods_chats import ChatMethods
from sandbox.telegram.methods_messages import MessageMethods, Queries
from sandbox.telegram.params import Params
from sandbox.telegram.rest import Rest

Method = Callable[[Params], Any]
MESSAGES = frozenset({"sendmessage", "editmessagetext", "editmessagereplymarkup"})
"""These are counted by their chat; the others together."""
DESCRIBED = {
    "setwebhook": "Webhook was set",
    "deletewebhook": "Webhook was deleted",
}


def table(rest: Rest, queries: Queries) -> dict[str, Method]:
    """Every method by its name in lower case: Telegram does not mind the case."""
    bot, messages, chats = BotMethods(rest), MessageMethods(rest, queries), ChatMethods(rest)
    made: dict[str, Method] = {
        "getMe": bot.get_me,
        "getUpdates": bot.get_updates,
        "setWebhook": bot.set_webhook,
        "deleteWebhook": bot.delete_webhook,
        "getWebhookInfo": bot.get_webhook_info,
        "setMyCommands": bot.set_my_commands,
        "getMyCommands": bot.get_my_commands,
        "deleteMyCommands": bot.delete_my_commands,
        "sendMessage": messages.send_message,
        "editMessageText": messages.edit_message_text,
        "editMessageReplyMarkup": messages.edit_message_reply_markup,
        "deleteMessage": messages.delete_message,
        "sendChatAction": messages.send_chat_action,
        "answerCallbackQuery": messages.answer_callback_query,
        "getChat": chats.get_chat,
        "getChatMember": chats.get_chat_member,
        "getChatAdministrators": chats.get_chat_administrators,
        "getChatMemberCount": chats.get_chat_member_count,
        "createChatInviteLink": chats.create_chat_invite_link,
        "editChatInviteLink": chats.edit_chat_invite_link,
        "revokeChatInviteLink": chats.revoke_chat_invite_link,
        "exportChatInviteLink": chats.export_chat_invite_link,
        "approveChatJoinRequest": chats.approve_chat_join_request,
        "declineChatJoinRequest": chats.decline_chat_join_request,
        "banChatMember": chats.ban_chat_member,
        "unbanChatMember": chats.unban_chat_member,
        "leaveChat": chats.leave_chat,
    }
    for word in WORDS:
        camel = "".join(part.capitalize() for part in word.split("_"))
        made[f"setMy{camel}"], made[f"getMy{camel}"] = bot.set_words(word), bot.get_words(word)
    return {name.lower(): method for name, method in made.items()}


class Door:
    """Takes a request in: token, method, parameters, limits; and gives the answer its form."""

    def __init__(self, rest: Rest, queries: Queries) -> None:
        self.rest = rest
        self.methods = table(rest, queries)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`/bot<token>/<method>`, by GET or POST."""
        try:
            self._check_token(request.match_info["token"])
            name = request.match_info["method"].lower()
            method = self.methods.get(name)
            if method is None:
                raise ApiError(404, "Not Found: method not found")
            given = await reading.of(request)
            if name not in MESSAGES and name != "getupdates":
                self.rest.limiter.method()
            result = method(given)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            return error.response()
        body = {"ok": True, "result": result}
        if name in DESCRIBED:
            body["description"] = DESCRIBED[name]
        return web.json_response(body)

    def _check_token(self, token: str) -> None:
        if not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]+", token):
            raise ApiError(404, "Not Found")
        wanted = self.rest.world.bot.token
        if wanted is not None and not secrets.compare_digest(token.encode(), wanted.encode()):
            raise ApiError(401, "Unauthorized")

    def routes(self) -> list[web.RouteDef]:
        """All of the Bot API."""
        path = "/bot{token:[^/]+}/{method:[^/]+}"
        return [web.get(path, self.handle, allow_head=False), web.post(path, self.handle)]

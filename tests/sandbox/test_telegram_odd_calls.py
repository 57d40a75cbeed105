"""Calls that no library makes: each gets an answer of Telegram's form, none a 500."""

import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.telegram_bot import CLUB, MIA, SEED

ODD: list[Any] = [
    None,
    "",
    "x",
    "{",
    "[]",
    "{}",
    '{"type": []}',
    '{"inline_keyboard": [[1]]}',
    '{"inline_keyboard": [[{"text": "a", "callback_data": {}}]]}',
    '{"keyboard": [[{"text": 5}]]}',
    '{"message_id": [1]}',
    '[{"type": "bold", "offset": -5, "length": 3}]',
    '[{"offset": 0}]',
    "-1",
    "1e400",
    "9" * 50,
    "true",
    "\ud83d\ude00" * 3,
    "@",
    0,
    -1,
    1.5,
    True,
    [],
    {},
    [[]],
    {"message_id": {}},
    {"type": "chat", "chat_id": []},
]
PARAMETERS = [
    "chat_id",
    "user_id",
    "text",
    "parse_mode",
    "entities",
    "reply_markup",
    "reply_parameters",
    "link_preview_options",
    "message_id",
    "offset",
    "limit",
    "allowed_updates",
    "url",
    "secret_token",
    "max_connections",
    "commands",
    "scope",
    "language_code",
    "name",
    "expire_date",
    "member_limit",
    "creates_join_request",
    "invite_link",
    "until_date",
    "only_if_banned",
    "callback_query_id",
    "action",
    "description",
]
METHODS = [
    "getMe",
    "getUpdates",
    "setWebhook",
    "getWebhookInfo",
    "setMyCommands",
    "getMyCommands",
    "deleteMyCommands",
    "setMyName",
    "getMyDescription",
    "sendMessage",
    "editMessageText",
    "editMessageReplyMarkup",
    "deleteMessage",
    "sendChatAction",
    "answerCallbackQuery",
    "getChat",
    "getChatMember",
    "getChatAdministrators",
    "getChatMemberCount",
    "createChatInviteLink",
    "editChatInviteLink",
    "revokeChatInviteLink",
    "exportChatInviteLink",
    "approveChatJoinRequest",
    "declineChatJoinRequest",
    "banChatMember",
    "unbanChatMember",
]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.telegram.seed(SEED)
        high = {"requests": 10_000, "seconds": 1}
        made.telegram.seed({"rate_limits": dict.fromkeys(("overall", "chat", "group", "methods"), high)})
        yield made


@pytest.mark.parametrize("seed", range(3))
async def test_odd_parameters_are_refused_in_telegrams_form(sandbox: Sandbox, seed: int) -> None:
    dice = random.Random(seed)
    async with aiohttp.ClientSession() as session:
        for _ in range(300):
            method = dice.choice(METHODS)
            body: dict[str, Any] = {"chat_id": CLUB, "user_id": MIA, "text": "x", "message_id": 1}
            for name in dice.sample(PARAMETERS, dice.randint(1, 6)):
                body[name] = dice.choice(ODD)
            body["timeout"] = 0
            if method == "setWebhook":
                body["url"] = dice.choice(["", "x", "ftp://x", "http://[", "https://"])
            async with session.post(f"{sandbox.url}/bot1:sandbox/{method}", json=body) as answer:
                told = await answer.json()
                assert answer.status in (200, 400, 403), (method, body, told)
                assert told["ok"] is (answer.status == 200)
                assert told["ok"] or told["error_code"] == answer.status

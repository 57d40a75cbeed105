"""How fast the bot writes: Telegram's limits are kept without being hit, and putting people out is no message."""

from __future__ import annotations

from typing import Any

import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.platforms.telegram.pace import Pace
from payments.limiter import Limiter, LimiterFull
from tests.flows.club import HandClock

MIA, GROUP = 11, -1001


class Wire:
    """Notes when each call goes out, in milliseconds."""

    def __init__(self) -> None:
        self.clock = HandClock(0)
        self.limiter = Limiter(self.clock, per_second=30, burst=30)
        self.pace = Pace(self.clock, self.limiter)
        self.at: list[int] = []
        self.refuse: list[Exception] = []

    async def call(self, endpoint: str, chat: int, *, waited_for: bool = False) -> None:
        async def answer(*_: Any, **__: Any) -> bool:
            self.at.append(self.clock.at)
            if self.refuse:
                raise self.refuse.pop(0)
            return True

        await self.pace.process_request(answer, (), {}, endpoint, {"chat_id": chat}, waited_for or None)


async def test_a_chat_gets_a_message_a_second_after_the_first_few() -> None:
    wire = Wire()
    for _ in range(6):
        await wire.call("sendMessage", MIA)
    assert wire.at == [0, 0, 0, 3000, 3000, 3000]


async def test_a_group_gets_twenty_messages_a_minute() -> None:
    wire = Wire()
    for _ in range(20):
        await wire.call("sendMessage", GROUP)
    assert wire.at[-1] < 60_000
    with pytest.raises(LimiterFull):
        await wire.call("sendMessage", GROUP)
    wire.clock.at = 60_000
    await wire.call("sendMessage", GROUP)


async def test_putting_a_hundred_people_out_of_a_group_is_bounded_by_the_calls_alone() -> None:
    wire = Wire()
    for _ in range(100):
        await wire.call("banChatMember", GROUP)
        await wire.call("unbanChatMember", GROUP)
    assert wire.at[-1] < 7_000


async def test_a_pause_that_telegram_asks_for_holds_back_everybody() -> None:
    wire = Wire()
    wire.refuse = [RetryAfter(20)]
    with pytest.raises(RetryAfter):
        await wire.call("sendMessage", MIA)
    with pytest.raises(LimiterFull):
        await wire.call("getChatMember", GROUP)
    wire.clock.at = 20_001
    await wire.call("getChatMember", GROUP)


async def test_who_waits_for_an_answer_gets_it_after_a_short_pause() -> None:
    wire = Wire()
    wire.refuse = [RetryAfter(2)]
    await wire.call("sendMessage", MIA, waited_for=True)
    assert wire.at == [0, 2000]


async def test_a_pause_is_bounded() -> None:
    wire = Wire()
    wire.refuse = [RetryAfter(86_400)]
    with pytest.raises(RetryAfter):
        await wire.call("sendMessage", MIA)
    wire.clock.at = 60_001
    await wire.call("sendMessage", MIA)


async def test_it_forgets_chats_of_long_ago() -> None:
    wire = Wire()
    wire.limiter = Limiter(wire.clock, per_second=1_000_000, burst=1_000_000)
    wire.pace = Pace(wire.clock, wire.limiter)
    for chat in range(1, 5_200):
        await wire.call("sendMessage", chat)
    assert len(wire.pace._sent) == 5_000


async def test_how_calls_end_is_counted() -> None:
    wire = Wire()
    wire.refuse = [BadRequest("Chat not found"), NetworkError("Bad Gateway"), InvalidToken("Unauthorized")]
    for _ in range(3):
        with pytest.raises(TelegramError):
            await wire.call("getChatMember", GROUP)
    await wire.call("getChatMember", GROUP)
    assert wire.limiter.counts.ended == {"refused": 2, "unavailable": 1, "ok": 1}

"""How fast the bot writes: Telegram's limits are kept without being hit, and putting people out is no message."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.platforms.telegram.rate_limit import RateLimit
from payments.rate_limit import Limiter, LimiterFull
from tests.flows.club_fixture import HandClock

MIA, GROUP = 11, -1001


class Wire:
    """Notes when each call goes out, in milliseconds."""

    def __init__(self) -> None:
        self.clock = HandClock(0)
        self.limiter = Limiter(self.clock, per_second=30, burst=30)
        self.pace = RateLimit(self.clock, self.limiter)
        self.at: list[int] = []
        self.refuse: list[Exception] = []

    async def comes_back(self, chat: int) -> int:
        """Send a message, coming back whenever it is said to; after how many tries it went out."""
        for tries in range(1, 100):
            try:
                await self.call("sendMessage", chat)
            except LimiterFull as full:
                self.clock.at += full.retry_after_ms
            else:
                return tries
        raise AssertionError("it never went out")

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
        await wire.comes_back(MIA)
    assert wire.at == [0, 0, 0, 3000, 3000, 3000]


async def test_whoever_comes_too_early_does_not_wait_here_and_has_a_turn_when_they_come_back() -> None:
    wire = Wire()
    for _ in range(3):
        await wire.call("sendMessage", MIA)
    waits = []
    for _ in range(7):
        with pytest.raises(LimiterFull) as full:
            await wire.call("sendMessage", MIA)
        waits.append(full.value.retry_after_ms)
    assert waits == [3000, 3000, 3000, 6000, 6000, 6000, 9000], "each has a turn of its own"
    assert wire.clock.at == 0, "nobody slept"
    for wait in waits:
        wire.clock.at = wait
        await wire.call("sendMessage", MIA)
    assert len(wire.at) == 10


async def test_a_turn_that_nobody_comes_back_for_holds_nobody_up() -> None:
    wire = Wire()
    for _ in range(3):
        await wire.call("sendMessage", MIA)
    for _ in range(12):
        with pytest.raises(LimiterFull):
            await wire.call("sendMessage", MIA)
    wire.clock.at = 60_000
    for _ in range(3):
        await wire.call("sendMessage", MIA)
    assert wire.at[-3:] == [60_000] * 3


async def test_two_hundred_messages_to_one_chat_all_go_out_and_seldom_come_in_vain() -> None:
    """Somebody adds the bot to 205 groups: each welcome goes to the same private chat."""
    wire = Wire()
    wire.limiter = Limiter(wire.clock, per_second=1_000_000, burst=1_000_000)
    wire.pace = RateLimit(wire.clock, wire.limiter)
    due, tries = [0] * 205, 0
    while due:
        wire.clock.at = max(wire.clock.at, due.pop(0))
        tries += 1
        try:
            await wire.call("sendMessage", MIA)
        except LimiterFull as full:
            due = sorted([*due, wire.clock.at + full.retry_after_ms])
    assert len(wire.at) == 205
    assert wire.at[-1] <= 205 * 1000
    assert tries < 205 * 6, "none is tried again and again"


async def test_what_has_its_turn_sends_all_it_has_to_say() -> None:
    """An update is never put back half way: what was sent before would be sent twice."""
    wire = Wire()
    assert wire.pace.turn(MIA) == 0
    with wire.pace.granted(MIA):
        for _ in range(5):
            await wire.call("sendMessage", MIA)
    assert wire.at == [0] * 5
    assert wire.pace.turn(MIA) > 0, "it counts all the same"


async def test_a_turn_that_was_not_needed_is_given_back() -> None:
    wire = Wire()
    for _ in range(50):
        assert wire.pace.turn(MIA) == 0
        with wire.pace.granted(MIA):
            await wire.call("getChatMember", GROUP)


async def test_while_telegram_asks_for_a_pause_it_is_nobodys_turn() -> None:
    wire = Wire()
    wire.limiter.pause(7_000)
    assert wire.pace.turn(MIA) == 7_000


async def test_a_group_gets_twenty_lines_a_minute_and_those_beyond_are_dropped() -> None:
    """Forty people type in one group. Nobody waits for a line."""
    wire = Wire()
    for _ in range(40):
        with suppress(LimiterFull):
            await wire.call("sendMessage", GROUP, waited_for=True)
        wire.clock.at += 1_000
    assert wire.at == [n * 1_000 for n in range(20)]
    wire.clock.at = 60_000
    await wire.call("sendMessage", GROUP, waited_for=True)
    assert wire.clock.at == 60_000


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
    wire.pace = RateLimit(wire.clock, wire.limiter)
    for chat in range(1, 5_200):
        await wire.call("sendMessage", chat)
    assert len(wire.pace._turns) == 5_000


async def test_how_calls_end_is_counted() -> None:
    wire = Wire()
    wire.refuse = [BadRequest("Chat not found"), NetworkError("Bad Gateway"), InvalidToken("Unauthorized")]
    for _ in range(3):
        with pytest.raises(TelegramError):
            await wire.call("getChatMember", GROUP)
    await wire.call("getChatMember", GROUP)
    assert wire.limiter.counts.ended == {"refused": 2, "unavailable": 1, "ok": 1}

"""What is done again and again: on time, through faults, and through clocks that jump."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot.app import scheduler
from bot.app.scheduler import every
from payments.ports.providers import ProviderUnavailable
from tests.flows.club_fixture import HandClock

HOUR = 3_600_000


@dataclass
class Diary:
    """When the work was done, by the clock moved by hand."""

    clock: HandClock
    done: list[int] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def work(self) -> None:
        if self.failures:
            raise self.failures.pop()
        self.done.append(self.clock.at)

    async def seen(self, times: int) -> None:
        async with asyncio.timeout(60):
            while len(self.done) < times:  # noqa: ASYNC110 -- a list rings no bell
                await asyncio.sleep(0.002)

    async def rests(self) -> None:
        """Long enough for the loop to have looked several times."""
        before = len(self.done)
        await asyncio.sleep(0.05)
        assert len(self.done) == before


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "LOOK_MS", 2)
    monkeypatch.setattr(scheduler, "RETRY_MS_MAX", 2)


@pytest.fixture
def diary() -> Diary:
    return Diary(HandClock(1_000 * HOUR))


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_it_is_done_at_once_and_then_at_its_times(diary: Diary) -> None:
    task = asyncio.create_task(every(HOUR, diary.clock, diary.work))
    await diary.seen(1)
    diary.clock.at += HOUR - 1
    await diary.rests()
    diary.clock.at += 1
    await diary.seen(2)
    await end(task)


async def test_what_was_done_before_the_start_counts(diary: Diary) -> None:
    task = asyncio.create_task(every(24 * HOUR, diary.clock, diary.work, first_at=diary.clock.at + HOUR))
    await diary.rests()
    diary.clock.at += HOUR
    await diary.seen(1)
    await end(task)


async def test_what_is_overdue_at_the_start_is_done_at_once(diary: Diary) -> None:
    task = asyncio.create_task(every(24 * HOUR, diary.clock, diary.work, first_at=diary.clock.at - HOUR))
    await diary.seen(1)
    await end(task)


async def test_a_jump_over_many_times_is_one_time(diary: Diary) -> None:
    task = asyncio.create_task(every(HOUR, diary.clock, diary.work))
    await diary.seen(1)
    diary.clock.at += 31 * 24 * HOUR
    await diary.seen(2)
    await diary.rests()
    await end(task)


async def test_a_jump_while_it_is_being_done_makes_it_due_again(diary: Diary) -> None:
    """What it looked at was before the jump."""
    first = True

    async def work() -> None:
        nonlocal first
        await diary.work()
        if first:
            first = False
            diary.clock.at += 3 * HOUR

    task = asyncio.create_task(every(HOUR, diary.clock, work))
    await diary.seen(2)
    await diary.rests()
    await end(task)


async def test_after_a_clock_was_set_back_it_goes_on_within_its_time(diary: Diary) -> None:
    task = asyncio.create_task(every(HOUR, diary.clock, diary.work))
    await diary.seen(1)
    diary.clock.at -= 31 * 24 * HOUR
    await diary.rests()
    diary.clock.at += HOUR
    await diary.seen(2)
    await end(task)


async def test_what_fails_is_tried_again_without_waiting_for_its_time(diary: Diary) -> None:
    diary.failures = [RuntimeError("a fault"), ProviderUnavailable("down")]
    task = asyncio.create_task(every(HOUR, diary.clock, diary.work))
    await diary.seen(1)
    assert diary.failures == []
    await end(task)

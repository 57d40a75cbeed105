"""The limiter: how fast a service is called, who goes first, and that a pause is obeyed."""

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from payments.rate_limit import IN_A_ROW, PAUSE_MS_MAX, Limiter, LimiterFull, in_the_background


class HandClock:
    """A machine clock moved by hand; sleepers wake when it passes their time."""

    def __init__(self) -> None:
        self.at = 1_000
        self._sleepers: list[tuple[int, asyncio.Event]] = []

    def now(self) -> int:
        return self.at

    async def sleep(self, ms: int) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.at + ms, woken))
        await woken.wait()

    async def pass_ms(self, ms: int) -> None:
        for _ in range(ms):
            self.at += 1
            for due, woken in self._sleepers:
                if due <= self.at:
                    woken.set()
            await settle()


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


async def call(limiter: Limiter, log: list[str], name: str, *, interactive: bool = False) -> None:
    async with limiter.slot(interactive=interactive):
        log.append(name)


async def test_a_burst_goes_through_at_once_and_the_rest_at_the_rate() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=100, burst=2)
    async with asyncio.TaskGroup() as group:
        for n in range(4):
            group.create_task(call(limiter, log, str(n)))
        await settle()
        assert log == ["0", "1"]
        await clock.pass_ms(9)
        assert log == ["0", "1"]
        await clock.pass_ms(1)
        assert log == ["0", "1", "2"]
        await clock.pass_ms(10)
    assert log == ["0", "1", "2", "3"]
    assert limiter.counts.calls == 4
    assert limiter.counts.waited == 2
    assert limiter.counts.waited_ms == 30


async def test_a_call_that_a_person_waits_for_goes_first() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=100, burst=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(call(limiter, log, "first"))
        await settle()
        group.create_task(call(limiter, log, "background"))
        await settle()
        group.create_task(call(limiter, log, "person", interactive=True))
        await settle()
        await clock.pass_ms(20)
    assert log == ["first", "person", "background"]


async def test_some_of_a_burst_are_kept_for_calls_that_a_person_waits_for() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=100, burst=4, kept=2)
    async with asyncio.TaskGroup() as group:
        for n in range(4):
            group.create_task(call(limiter, log, str(n)))
        await settle()
        assert log == ["0", "1"]
        for name in ("ann", "ben", "cleo"):
            group.create_task(call(limiter, log, name, interactive=True))
        await settle()
        assert log == ["0", "1", "ann", "ben"]
        await clock.pass_ms(10)
        assert log[4:] == ["cleo"]
        await clock.pass_ms(30)
        assert log[5:] == ["2"]
        await clock.pass_ms(10)
    assert log[6:] == ["3"]


async def test_some_of_the_places_are_kept_too_so_that_slow_answers_to_others_keep_nobody_waiting() -> None:
    limiter = Limiter(HandClock(), per_second=100, burst=100, kept=50, concurrent=4)
    answered, under_way = asyncio.Event(), list[str]()

    async def slow(name: str, *, interactive: bool = False) -> None:
        async with limiter.slot(interactive=interactive):
            under_way.append(name)
            await answered.wait()

    async with asyncio.TaskGroup() as group:
        for n in range(4):
            group.create_task(slow(str(n)))
        await settle()
        assert under_way == ["0", "1"]
        group.create_task(slow("ann", interactive=True))
        await settle()
        assert under_way == ["0", "1", "ann"]
        answered.set()
    assert sorted(under_way) == ["0", "1", "2", "3", "ann"]


async def test_places_that_people_hold_are_not_taken_from_the_others() -> None:
    limiter = Limiter(HandClock(), per_second=100, burst=100, kept=50, concurrent=4)
    async with AsyncExitStack() as held:
        for interactive in (True, True, False, False):
            await held.enter_async_context(limiter.slot(interactive=interactive, wait_ms_max=1_000))
    assert (limiter.counts.calls, limiter.counts.waited) == (4, 0)


async def test_what_is_finished_in_the_background_counts_as_what_nobody_waits_for() -> None:
    limiter = Limiter(HandClock(), per_second=100, burst=100, kept=50, concurrent=4)
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(limiter.slot())
        with in_the_background(), pytest.raises(LimiterFull):
            async with limiter.slot(interactive=True, wait_ms_max=10):
                pytest.fail("the places that are left are for people")
        async with limiter.slot(interactive=True, wait_ms_max=10):
            pass


async def test_a_queue_full_of_background_work_refuses_no_person() -> None:
    limiter = Limiter(HandClock(), per_second=1, burst=2, kept=1, waiting_max=3)
    async with asyncio.TaskGroup() as group:
        crowd = [group.create_task(call(limiter, [], str(n))) for n in range(4)]
        await settle()
        with pytest.raises(LimiterFull):
            async with limiter.slot():
                pytest.fail("the queue is full")
        async with limiter.slot(interactive=True):
            for waiting in crowd:
                waiting.cancel()


async def test_a_pause_holds_back_everybody_until_it_is_over() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=1000, burst=10)
    limiter.pause(50)
    limiter.pause(10)  # a shorter one does not end the longer one
    async with asyncio.TaskGroup() as group:
        group.create_task(call(limiter, log, "a", interactive=True))
        await settle()
        await clock.pass_ms(49)
        assert log == []
        await clock.pass_ms(1)
    assert log == ["a"]
    assert limiter.paused_ms == 0


async def test_a_pause_is_bounded() -> None:
    limiter = Limiter(HandClock(), per_second=1, burst=1)
    limiter.pause(86_400_000)
    assert limiter.paused_ms == PAUSE_MS_MAX


async def test_only_so_many_calls_run_at_a_time() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=1000, burst=10, concurrent=1)
    async with limiter.slot():
        waiting = asyncio.create_task(call(limiter, log, "second"))
        await settle()
        assert log == []
    await waiting
    assert log == ["second"]


async def test_a_full_queue_refuses_rather_than_grows() -> None:
    clock = HandClock()
    limiter = Limiter(clock, per_second=1, burst=1, waiting_max=1)
    async with limiter.slot():
        pass
    waiting = asyncio.create_task(call(limiter, [], "waits"))
    await settle()
    with pytest.raises(LimiterFull):
        await call(limiter, [], "refused")
    assert limiter.counts.refused == 1
    await clock.pass_ms(1000)
    await waiting


async def test_a_person_is_not_kept_waiting_through_a_long_pause() -> None:
    limiter = Limiter(HandClock(), per_second=1, burst=1)
    limiter.pause(30_000)
    with pytest.raises(LimiterFull) as refused:
        async with limiter.slot(interactive=True, wait_ms_max=500):
            pytest.fail("it must not get a slot")
    assert refused.value.retry_after_ms == 30_000


async def test_a_wait_that_becomes_too_long_is_given_up() -> None:
    clock = HandClock()
    limiter = Limiter(clock, per_second=1, burst=1, concurrent=1)
    async with limiter.slot():
        with pytest.raises(LimiterFull):
            async with limiter.slot(wait_ms_max=10):
                pytest.fail("it must not get a slot")


async def test_a_caller_who_gives_up_does_not_keep_the_slot() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=1000, burst=10, concurrent=1)
    first = limiter.slot()
    await first.__aenter__()
    gone = asyncio.create_task(call(limiter, log, "gone"))
    await settle()
    after = asyncio.create_task(call(limiter, log, "after"))
    await settle()
    await first.__aexit__(None, None, None)  # the turn goes to `gone`, which is cancelled before it runs
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await clock.pass_ms(5)
    await after
    assert log == ["after"]


async def test_people_who_never_stop_asking_leave_the_others_their_share() -> None:
    clock, log, counts = HandClock(), list[str](), list[int]()
    limiter = Limiter(clock, per_second=100, burst=4, kept=2)
    async with asyncio.TaskGroup() as group:
        for _ in range(20 * IN_A_ROW):
            group.create_task(call(limiter, log, "crowd", interactive=True))
        for _ in range(4):
            group.create_task(call(limiter, log, "settling"))
        await settle()
        for _ in range(20 * IN_A_ROW):
            counts.append(len(log))
            await clock.pass_ms(10)
        assert {b - a for a, b in pairwise(counts)} == {1}, "a turn of the others costs one call, and no pause"
        at = [n for n, name in enumerate(log) if name == "settling"]
        assert len(at) == 4, "though people wait at each moment"
        assert [b - a for a, b in pairwise(at)] == [IN_A_ROW + 1] * 3, "and no more than their share"
        await clock.pass_ms(100)


async def test_people_who_come_one_by_one_and_find_an_empty_queue_leave_a_share_too() -> None:
    clock, log = HandClock(), list[str]()
    limiter = Limiter(clock, per_second=100, burst=4, kept=2)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            await call(limiter, log, "crowd", interactive=True)
        group.create_task(call(limiter, log, "settling"))
        for _ in range(3 * IN_A_ROW):  # each takes the call that was just earned, so the reserve is never full
            await clock.pass_ms(10)
            group.create_task(call(limiter, log, "crowd", interactive=True))
            await settle()
        assert "settling" in log
        await clock.pass_ms(1000)


async def test_people_may_not_hold_every_place_for_ever() -> None:
    limiter = Limiter(HandClock(), per_second=100, burst=100, kept=50, concurrent=4)
    log = list[str]()
    ends = [asyncio.Event() for _ in range(20)]

    async def slow(n: int) -> None:
        async with limiter.slot(interactive=True):
            await ends[n].wait()

    async with asyncio.TaskGroup() as group:
        for n in range(20):
            group.create_task(slow(n))
        group.create_task(call(limiter, log, "settling"))
        await settle()
        for n in range(IN_A_ROW + 1):
            ends[n].set()
            await settle()
        assert log == ["settling"]
        for end in ends:
            end.set()

"""The sandbox's clock: it flows, it can be moved forward, and nothing on the way is left out."""

from __future__ import annotations

import asyncio
import time

import pytest

from sandbox.clock import Clock


async def test_a_jump_runs_what_falls_due_in_order_each_at_its_own_time() -> None:
    clock = Clock()
    start = clock.now()
    seen: list[tuple[str, float]] = []

    def note(name: str, again: float | None = None) -> None:
        async def action() -> None:
            seen.append((name, round(clock.now() - start)))
            if again is not None:
                note(name + "+", None) if again == 0 else clock.call_at(clock.now() + again, later, name="later")

        async def later() -> None:
            seen.append((name + " later", round(clock.now() - start)))

        clock.call_at(start + float(name), action, name=name)

    note("300")
    note("100", 50)
    note("200")
    await clock.advance(250)
    assert seen == [("100", 100), ("100 later", 150), ("200", 200)]
    assert clock.now() - start == pytest.approx(250, abs=2)
    await clock.advance(50)
    assert seen[-1] == ("300", 300)


async def test_a_canceled_action_does_not_run() -> None:
    clock = Clock()
    ran: list[str] = []

    async def action() -> None:
        ran.append("x")

    clock.call_at(clock.now() + 10, action, name="x").cancel()
    await clock.advance(20)
    assert ran == []


async def test_time_flows_on_after_a_jump_and_the_offset_tells_how_far_ahead_it_is() -> None:
    clock = Clock()
    await clock.advance(3600)
    assert clock.offset == pytest.approx(3600, abs=2)
    assert clock.now() == pytest.approx(time.time() + 3600, abs=2)
    with pytest.raises(ValueError, match="forward only"):
        await clock.advance(-1)


async def test_who_waits_for_a_change_hears_of_it() -> None:
    clock = Clock()
    waiting = asyncio.create_task(clock.changed(clock.offset, 20))
    await asyncio.sleep(0)
    await clock.advance(5)
    await asyncio.wait_for(waiting, 60)
    await asyncio.wait_for(clock.changed(0.0, 20), 60)


async def test_actions_also_run_as_real_time_flows_and_a_failing_one_stops_nothing() -> None:
    clock = Clock()
    ran = asyncio.Event()

    async def broken() -> None:
        raise RuntimeError("broken")

    async def action() -> None:
        ran.set()

    running = asyncio.create_task(clock.run())
    clock.call_at(clock.now() + 0.01, broken, name="broken")
    clock.call_at(clock.now() + 0.02, action, name="action")
    await asyncio.wait_for(ran.wait(), 60)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_jump_that_breaks_off_skips_nothing() -> None:
    clock = Clock()
    start, ran = clock.now(), list[float]()

    async def broken() -> None:
        raise RuntimeError("broken")

    async def action() -> None:
        ran.append(round(clock.now() - start))

    clock.call_at(start + 100, broken, name="broken")
    clock.call_at(start + 200, action, name="action")
    waiting = asyncio.create_task(clock.changed(clock.offset, 20))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="broken"):
        await clock.advance(300)
    await asyncio.wait_for(waiting, 60)
    assert clock.now() - start == pytest.approx(100, abs=2), "it stands where it broke off"
    await clock.advance(300)
    assert ran == [200], "at its own time, not late"


async def test_a_jump_whose_caller_goes_away_skips_nothing() -> None:
    clock = Clock()
    start, ran = clock.now(), list[float]()
    began = asyncio.Event()

    async def slow() -> None:
        began.set()
        await asyncio.sleep(60)

    async def action() -> None:
        ran.append(round(clock.now() - start))

    clock.call_at(start + 100, slow, name="slow")
    clock.call_at(start + 200, action, name="action")
    jump = asyncio.create_task(clock.advance(300))
    await began.wait()
    jump.cancel()
    with pytest.raises(asyncio.CancelledError):
        await jump
    assert clock.now() - start == pytest.approx(100, abs=2)
    await clock.advance(150)
    assert ran == [200]


async def test_cancelled_actions_are_let_go() -> None:
    clock = Clock()
    ran: list[str] = []

    async def action() -> None:
        ran.append("x")

    for _ in range(20_000):
        clock.call_at(clock.now() + 400 * 86_400, action, name="x").cancel()
    clock.call_at(clock.now() + 10, action, name="kept")
    assert len(clock._due) < 2_000
    await clock.advance(20)
    assert ran == ["x"]

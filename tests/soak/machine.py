"""The state machine: groups of steps, and after each a quiet period in which the oracle must find everything right."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.play import NotTaken
from tests.soak import chats, dashboard, oracle, people, strangers, there, trouble
from tests.soak.cast import ADA, CHATS, GUILD, TELEGRAM
from tests.soak.shop import open_world
from tests.soak.steps import ACTS, Step, draw
from tests.soak.world import NotNow, Stuck, World

__all__ = ["Report", "Wrong", "dashboard", "people", "run", "strangers", "there", "trouble"]

SWEEP = "16m"
"""The event list is read every 15 minutes of business time."""

COMPARISON = "25h"
"""What was blocked is tried again by the comparison, each 24 hours of business time."""

RIGHT_SECONDS = 25.0
"""So long something may be wrong while nothing is left to do: a timer may be due."""

REST_SECONDS_MAX = 180.0
"""So long a service with work left may take: the machine may be busy."""

LOOK_SECONDS = 10.0
LOOKS_MAX = 12
BREAKER_LOOK_SECONDS = 3.0
RELEASES_MAX = 8
"""A breaker that trips again and again, whatever an admin releases, is a fault."""

BUSY = ("customers_dirty", "effects_open", "events_unresolved", "updates_open")
DEAD = ("customers_dead", "effects_dead", "events_dead", "requests_dead", "updates_dead")
COME_IN_MAX = 3
SHOWN_MAX = 80


class Wrong(AssertionError):
    """The oracle found the door or the money wrong. The message has the seed, the steps and the service's log."""


@dataclass
class Report:
    """What a run did. `log`: a line for each step, oldest first."""

    seed: int
    steps: int = 0
    quiets: int = 0
    starts: int = 0
    kills: int = 0
    trips: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    thrown: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    metrics: dict[str, float] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


async def run(steps: int, seed: int, home: Path, *, database: str | None = None, broken: str | None = None) -> Report:
    """Do so many steps from a seed; after each group the oracle is asked. Raises `Wrong`."""
    report = Report(seed)
    began = time.monotonic()
    async with open_world(home, database=database, broken=broken) as world:
        try:
            for group in draw(seed):
                await _do(world, group, steps, report)
                await quiet(world, report)
                if report.steps >= steps:
                    break
        except (Stuck, NotTaken, TimeoutError) as stuck:
            raise Wrong(_told(report, [str(stuck)], world)) from stuck
        report.metrics = await world.metrics()
        report.starts, report.kills, report.trips = world.starts, world.kills, world.trips
        report.thrown, report.calls = world.traffic.thrown, world.traffic.calls
    report.seconds = time.monotonic() - began
    return report


async def _do(world: World, group: list[Step], steps: int, report: Report) -> None:
    for step in group:
        if report.steps >= steps:
            return
        try:
            came_of_it = await ACTS[step.kind](world, step)
        except (NotNow, NotTaken) as not_now:
            report.log.append(f"      - {step}: not now ({str(not_now)[:90]})")
            continue
        except AssertionError as wrong:
            raise Wrong(_told(report, [f"{step}: {wrong}"], world)) from wrong
        report.steps += 1
        report.kinds[step.kind] += 1
        report.log.append(f"{report.steps:6} {step}: {came_of_it}")


# -- the quiet period --------------------------------------------------------------------------------------------------


async def quiet(world: World, report: Report) -> None:
    """All troubles end, lost webhooks are made up for by the sweep, admins act; then everything must be right."""
    await _calm(world)
    wrong = oracle.charged_twice(await world.play.state(), world.diary)
    if wrong:
        raise Wrong(_told(report, wrong, world))
    await _idle(world)
    if _lost(world):
        await _looks(world, SWEEP)
    await there.resolve(world)
    await _admins_act(world)
    wrong = await _wrong(world) or await _kept_out(world)
    if wrong:
        raise Wrong(_told(report, wrong, world))
    world.rest()
    report.quiets += 1
    report.log.append(f"       quiet {report.quiets}: all right at {world.sandbox.clock.now():.0f}")


async def _calm(world: World) -> None:
    await world.clear_faults()
    await world.play.post("webhooks", {"duplicate": 1, "shuffle": False, "drop": False, "release": True})
    for role in sorted(world.moved_roles):
        await world.play.post("discord/role", {"guild": GUILD, "role": role, "action": "move", "position": 1})
    world.moved_roles.clear()
    for account, chat in sorted(world.promoted):
        with suppress(NotTaken):
            await world.play.telegram.member(CHATS[chat], TELEGRAM[account], "demote")
    world.promoted.clear()
    await world.start()
    await world.ready()
    await world.play.post("settle")
    world.diary.remember(world.stripe("event"))


def _lost(world: World) -> bool:
    """Whether a webhook did not arrive: then only the event list tells."""
    return any(delivery["state"] != "delivered" for delivery in world.sandbox.stripe.deliveries.state())


async def _looks(world: World, by: str) -> None:
    """Business time passes, until the service has looked by itself."""
    sweeps, comparisons = world.traffic.sweeps, world.traffic.comparisons

    async def looked() -> bool:
        return world.traffic.sweeps > sweeps and (by != COMPARISON or world.traffic.comparisons > comparisons)

    for _ in range(LOOKS_MAX):
        # One that is under way when the clock jumps counts as the one after the jump: then the next is awaited.
        await world.advance(by)
        with suppress(Stuck):
            await world.until(looked, "the sweep", LOOK_SECONDS)
            break
    else:
        raise Stuck(f"the service did not look by itself in {LOOKS_MAX} times {by}")
    await _idle(world)


async def _idle(world: World) -> None:
    """Until nothing waits to be settled or delivered. What the breaker holds back, an admin lets go on, each time."""
    counts: dict[str, float] = {}

    async def at_rest() -> bool:
        counts.clear()
        counts.update(await world.backlog())
        return bool(counts) and not any(counts[name] for name in BUSY)

    end, releases = time.monotonic() + REST_SECONDS_MAX, 0
    while True:
        with suppress(Stuck):
            await world.until(at_rest, "the service to come to rest", BREAKER_LOOK_SECONDS)
            break
        if releases < RELEASES_MAX and await _released(world):
            end, releases = time.monotonic() + REST_SECONDS_MAX, releases + 1
        elif time.monotonic() > end:
            raise Stuck(f"the service does not come to rest: {counts}")
    dead = {name: counts[name] for name in DEAD if counts[name]}
    if dead:
        raise Stuck(f"work was given up: {dead}")


async def _admins_act(world: World) -> None:
    """What was blocked meanwhile is waited for, until the next comparison tries again."""
    if (await world.backlog())["effects_blocked"] > world.blocked:
        await _looks(world, COMPARISON)
    world.blocked = (await world.backlog())["effects_blocked"]


async def _kept_out(world: World) -> list[str]:
    """Some of those who may come into a chat and are not there ask to: each must be let in."""
    state = await world.play.state()
    doors = chats.read(state, world.diary)
    books = oracle.Books(state["stripe"], world.diary)
    should = oracle.wanted(oracle.grounds(books, state["clock"]["now"]), world.diary)
    outside = [
        (account, chat)
        for (account, chat), say in should.items()
        if say is oracle.Say.IN and chat in CHATS and doors.outside(account, chat)
    ]
    wrong = []
    for account, chat in outside[:COME_IN_MAX]:
        with suppress(NotNow):  # nothing of the chat's was ever wanted, so there is no link yet
            joined = await world.play.telegram.join(TELEGRAM[account], world.way_in(chat), wait=LOOK_SECONDS * 2)
            if joined.status != "member":
                wrong.append(f"{account} must be in and asked to join {chat}: {joined.status}")
    await _idle(world)
    return wrong


async def _released(world: World) -> bool:
    """Whether the breaker had tripped: then an admin lets the removals go on."""
    heard = await world.play.command(GUILD, ADA, "breaker")
    if not any("Go ahead" in label for label in heard.buttons):
        return False
    await world.play.click(GUILD, ADA, heard, "Go ahead")
    world.trips += 1
    return True


async def _wrong(world: World) -> list[str]:
    """What the oracle finds wrong, once that has stayed so for a bounded time; nothing as soon as all is right."""
    end, latest = time.monotonic() + RIGHT_SECONDS, time.monotonic() + REST_SECONDS_MAX
    while True:
        state = await world.play.state()
        wrong = oracle.charged_twice(state, world.diary)
        if wrong:
            return wrong
        wrong = oracle.wrong_at_the_door(state, world.diary)
        if not wrong:
            return []
        if await _busy(world):
            end = min(latest, time.monotonic() + RIGHT_SECONDS)
        if time.monotonic() > end:
            return wrong
        await asyncio.sleep(0.2)
        await _released(world)


async def _busy(world: World) -> bool:
    counts = await world.backlog()
    return not counts or any(counts[name] for name in BUSY)


def _told(report: Report, wrong: list[str], world: World) -> str:
    return "\n".join(
        [
            f"seed {report.seed}, after {report.steps} steps:",
            *wrong,
            f"-- the last {SHOWN_MAX} steps",
            *report.log[-SHOWN_MAX:],
            "-- the service's log",
            world.tail(),
            f"-- again: python -m tests.soak --seed {report.seed} --steps {report.steps} --worlds 1",
        ]
    )

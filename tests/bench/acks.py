"""Durable acknowledgements: webhook in, event and mark committed, 200 out; against the same server verifying only."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from tests.bench.figures import Figure, at_least, at_most, median, ratio
from tests.bench.peers import AS_IT_COMES, STORING, NotInstalled, peers
from tests.bench.servers import Ground, Guestlist, Subject, Told, ground, rounds
from tests.bench.slow_disk import NotSlowed, slow_disk

TITLE = "Acknowledging webhooks: signed invoice.paid of 5.7 KB, stored durably before the 200"

CONNECTIONS = (1, 16, 64, 256)
CROWD = 64
SLOWER_US = 2000
SHARE_MIN, SHARE_AIM = 0.35, 0.5

CEILING = "verify only"
SQLITE = "SQLite FULL"
POSTGRES = "PostgreSQL"
ALONE = "SQLite FULL, a commit an event"
SLOW = "SQLite FULL, fsync +2 ms"
SLOW_ALONE = "SQLite FULL, fsync +2 ms, a commit an event"

Found = Mapping[tuple[str, int], Sequence[Told]]


async def measure(quick: bool, with_peers: bool = False) -> list[Figure]:
    """All of it; the shares and times are of this run only. `with_peers`: beside dj-stripe, which is installed."""
    async with ground() as where, AsyncExitStack() as stack:
        subjects, left_out = ours(where, quick)
        if with_peers:
            try:
                subjects += await stack.enter_async_context(peers(where, quick))
            except NotInstalled as error:
                left_out.append(Figure("dj-stripe", 0, "", note=f"not measured, it can't be installed: {error}"))
        found = await rounds(subjects, 1 if quick else 5, 2_000 if quick else 20_000)
    return figures(found) + left_out


def ours(where: Ground, quick: bool) -> tuple[list[Subject], list[Figure]]:
    """Our own servers, and what can't be measured here, with the reason."""
    seconds = 1.0 if quick else 1.5
    many = (1, CROWD) if quick else CONNECTIONS
    alone = ("--batch", "1")
    subjects: list[Subject] = [
        Guestlist(CEILING, where, many, seconds, options=("--verify-only",)),
        Guestlist(SQLITE, where, many, seconds),
        Guestlist(POSTGRES, where, many, seconds, engine="postgres"),
        Guestlist(ALONE, where, (CROWD,), seconds, options=alone),
    ]
    try:
        slow = slow_disk(where.folder, SLOWER_US)
    except NotSlowed as error:
        return subjects, [Figure("with 2 ms on each fsync", 0, "", note=f"not measured: {error}")]
    subjects += [
        Guestlist(SLOW, where, (CROWD,), seconds, environment=slow),
        Guestlist(SLOW_ALONE, where, (CROWD,), seconds, options=alone, environment=slow),
    ]
    return subjects, []


def figures(found: Found) -> list[Figure]:
    """The table: acks a second of each, then what the goals are about."""
    told = [_acks(name, connections, runs) for (name, connections), runs in sorted(found.items(), key=_place)]
    pairs = [(engine, connections) for engine in (SQLITE, POSTGRES) for connections in CONNECTIONS]
    told += [_share(found, *pair) for pair in pairs if pair in found]
    told.append(_wait(found))
    told.append(_times(found, SQLITE, ALONE, 4))
    if (SLOW, CROWD) in found:
        told.append(_times(found, SLOW, SLOW_ALONE, 10))
    if (STORING, CROWD) in found:
        same = rates(found, POSTGRES, AS_IT_COMES)
        note = f"our SQLite against its PostgreSQL; both on PostgreSQL {same:.0f} times"
        told.append(_times(found, SQLITE, STORING, 10, "both on SQLite"))
        told.append(_times(found, SQLITE, AS_IT_COMES, 50, note))
    return [*told, _generator(found), _refused(found)]


def _place(item: tuple[tuple[str, int], Sequence[Told]]) -> tuple[int, int]:
    (name, connections), _ = item
    order = (CEILING, SQLITE, POSTGRES, ALONE, SLOW, SLOW_ALONE)
    return order.index(name) if name in order else len(order), connections


def _acks(name: str, connections: int, runs: Sequence[Told]) -> Figure:
    p50, p99 = median([run.p50 for run in runs]), median([run.p99 for run in runs])
    rate = median([run.per_second for run in runs])
    return Figure(f"{name}, {_many(connections)}", rate, "acks/s", note=f"p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def _many(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"


def rates(found: Found, over: str, under: str, connections: int = CROWD) -> float:
    """How many times faster one is than another: the median of the rounds' ratios."""
    one, other = ([run.per_second for run in found[name, connections]] for name in (over, under))
    return ratio(one, other)


def _share(found: Found, engine: str, connections: int) -> Figure:
    name = f"{engine} / {CEILING}, {_many(connections)}"
    value = rates(found, engine, CEILING, connections)
    if (engine, connections) != (SQLITE, CROWD):
        return Figure(name, value, "")
    return at_least(name, value, "", SHARE_MIN, f"the aim is {SHARE_AIM}")


def _wait(found: Found) -> Figure:
    value = ratio(*([run.p99 for run in found[name, CROWD]] for name in (SQLITE, CEILING)))
    return at_most(f"p99 of {SQLITE} / p99 of {CEILING}, {_many(CROWD)}", value, "", 4)


def _times(found: Found, over: str, under: str, least: float, note: str = "") -> Figure:
    value = rates(found, over, under)
    return at_least(f"{over} / {under.removeprefix(over + ', ')}, {_many(CROWD)}", value, "times", least, note)


def _generator(found: Found) -> Figure:
    runs = found[CEILING, CROWD]
    own, server = median([run.own for run in runs]), median([run.server for run in runs])
    note = f"at {CEILING}, {_many(CROWD)}; the server used {server:.2f}, and more cores than one it can't use"
    return Figure("load generator's share of one core", own, "", note=note)


def _refused(found: Found) -> Figure:
    mine = (CEILING, SQLITE, POSTGRES, ALONE, SLOW, SLOW_ALONE)
    count = sum(sum(run.refused.values()) for (name, _), runs in found.items() if name in mine for run in runs)
    return at_most("our webhooks that were not answered with 200", count, "", 0)

"""Who goes when there are too many connections, or bytes of them: never a request that is about to be verified."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.web import connections
from bot.web.connections import Connections, Stage
from bot.web.limits import Limits

KIB = 1024


@dataclass(eq=False)
class Socket:
    """A connection as `Connections` knows it."""

    room: Connections
    whole: bool = False
    stage: Stage | None = None
    held: int = 0
    ended: list[str] = field(default_factory=list)

    def end(self, why: str) -> None:
        assert not self.ended, "nobody is ended twice: who ends them would never come to an end"
        self.ended.append(why)
        self.room.leave(self)


@dataclass
class Room:
    connections: Connections
    ended: Counter[str] = field(default_factory=Counter)

    def comes(self, stage: Stage, *, whole: bool = False, bytes_: int = 0) -> Socket:
        made = Socket(self.connections, whole)
        self.connections.enter(made, stage)
        if not made.ended:
            self.connections.hold(made, bytes_)
        return made


def room(*, strangers: int = 8, webhooks: int = 8, unverified_bytes: int = 64 * KIB) -> Room:
    return Room(Connections(Limits(strangers, webhooks, unverified_bytes), lambda _why: None))


def test_a_signed_request_that_is_all_here_outlives_any_burst_before_it_is_verified() -> None:
    here = room()
    true = here.comes(Stage.BODY, whole=True)
    false = [here.comes(Stage.BODY, whole=False) for _ in range(50)]
    assert not true.ended
    assert sum(not one.ended for one in false) == 7, "they push out each other"


def test_so_does_one_that_comes_last_of_all_in_a_burst_of_whole_ones() -> None:
    here = room()
    false = [here.comes(Stage.BODY, whole=True) for _ in range(50)]
    true = here.comes(Stage.BODY, whole=True)
    assert not true.ended
    assert here.connections.count(Stage) == 51, "for the turn of the loop in which they are looked at"
    for one in false:
        here.connections.enter(one, Stage.IDLE)
    assert here.connections.count(Stage) <= 8 + 1


def test_stripes_idle_connections_make_no_room_for_a_flood() -> None:
    here = room()
    idle = [here.comes(Stage.KEPT) for _ in range(3)]
    for _ in range(50):
        here.comes(Stage.BODY, whole=True)
    assert not any(one.ended for one in idle)


def test_bytes_of_others_are_given_up_before_those_of_a_request_that_is_all_here() -> None:
    here = room(strangers=100, webhooks=100)
    true = here.comes(Stage.BODY, whole=True, bytes_=4 * KIB)
    for _ in range(50):
        here.comes(Stage.BODY, bytes_=8 * KIB)
    assert not true.ended
    assert here.connections.held <= 64 * KIB


def test_nor_is_the_newest_refused_for_its_bytes_when_it_is_all_here() -> None:
    here = room(strangers=100, webhooks=100)
    for _ in range(8):
        here.comes(Stage.BODY, whole=True, bytes_=8 * KIB)
    assert not here.comes(Stage.BODY, whole=True, bytes_=8 * KIB).ended


def test_nobody_is_spared_for_good() -> None:
    here = room()
    stuck = here.comes(Stage.BODY, whole=True)
    here.connections._in[Stage.BODY][stuck] -= connections.VERIFYING_SECONDS
    for _ in range(50):
        here.comes(Stage.BODY)
    assert stuck.ended == ["crowded"]


def test_an_overflow_that_nobody_can_give_back_ends_the_newest_once_and_no_loop_begins() -> None:
    here = room(strangers=100, webhooks=100)
    for _ in range(9):
        here.comes(Stage.BODY, whole=True, bytes_=8 * KIB)
    newest = here.comes(Stage.BODY, bytes_=8 * KIB)
    assert newest.ended == ["bytes"]
    assert here.connections.held == 72 * KIB, "for the turn of the loop in which those are verified"


def test_what_waits_behind_an_answer_counts_too() -> None:
    here = room()
    kept = here.comes(Stage.KEPT, bytes_=60 * KIB)
    here.connections.hold(kept, 8 * KIB)
    assert kept.ended == ["bytes"]
    assert here.connections.held == 0


def test_who_holds_nothing_is_not_ended_for_what_others_hold() -> None:
    here = room()
    empty = [here.comes(stage) for stage in (Stage.BODY, Stage.PAGE, Stage.HEAD)]
    first = here.comes(Stage.HEAD, bytes_=40 * KIB)
    second = here.comes(Stage.HEAD, bytes_=40 * KIB)
    assert first.ended == ["bytes"]
    assert not second.ended
    assert not any(one.ended for one in empty)

"""The worker: takes work while there is any, bounded, and lives through everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from payments.core.ids import CustomerId
from payments.flows.runtime import worker as worker_module
from payments.flows.runtime.retry import backoff_ms, retry_of
from payments.flows.runtime.worker import Worker
from payments.flows.settlement.settle import settle_customer
from payments.ports.providers import ProviderUnavailable
from payments.ports.stores import ClaimedCustomer, Lease, LeaseLost, Retry, StoreUnavailable
from tests.core.builders import subscription
from tests.flows.club_fixture import Club


@dataclass(frozen=True)
class Item:
    name: str
    attempts: int = 0


@dataclass
class Queue:
    """A queue in memory: what is due, what was done, failed, released."""

    due: list[Item] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failures: list[tuple[str, Retry]] = field(default_factory=list)
    released: list[Lease] = field(default_factory=list)
    claims: int = 0
    away: int = 0
    now: int = 0
    most: int = 0
    do: Callable[[Item], Awaitable[None]] | None = None

    async def claim(self, lease: Lease, limit: int) -> Sequence[Item]:
        self.claims += 1
        if self.away:
            self.away -= 1
            raise StoreUnavailable("locked")
        taken, self.due = self.due[:limit], self.due[limit:]
        return taken

    async def work(self, item: Item, lease: Lease) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0)
            if self.do is not None:
                await self.do(item)
            self.done.append(item.name)
        finally:
            self.now -= 1

    async def failed(self, item: Item, lease: Lease, retry: Retry) -> None:
        self.failures.append((item.name, retry))

    async def release(self, lease: Lease) -> None:
        self.released.append(lease)


def make(club: Club, queue: Queue, *, concurrency: int = 4, idle_ms: int = 5) -> Worker[Item]:
    return Worker(
        "things",
        app=club.app,
        claim=queue.claim,
        work=queue.work,
        failed=queue.failed,
        release=queue.release,
        concurrency=concurrency,
        idle_ms=idle_ms,
    )


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not met():  # noqa: ASYNC110 -- what is waited for is in a plain queue or in a database
            await asyncio.sleep(0.002)


async def ended(worker: Worker[Item], task: asyncio.Task[None]) -> None:
    worker.stop()
    async with asyncio.timeout(60):
        await task


async def test_all_that_is_due_is_done_and_never_more_than_the_bound_at_once(club: Club) -> None:
    queue = Queue([Item(str(n)) for n in range(50)])
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: len(queue.done) == 50)
    await ended(worker, task)
    assert sorted(queue.done) == sorted(str(n) for n in range(50))
    assert queue.most == 4


async def test_every_free_place_is_used_however_slow_the_others_are(club: Club) -> None:
    """Five of eight are slow: the sixth to the eighth are done beside them, one after the other."""
    end = asyncio.Event()

    async def do(item: Item) -> None:
        if item.name.startswith("slow"):
            await end.wait()

    queue = Queue([Item(f"slow {n}") for n in range(5)], do=do)
    worker = make(club, queue, concurrency=8, idle_ms=600_000)
    task = asyncio.create_task(worker.run())
    for slow in range(5, 8):
        await until(lambda: queue.now == slow)  # noqa: B023 -- awaited within the turn
        queue.due += [Item(f"quick {slow}.{n}") for n in range(20)]
        worker.wake()
        await until(lambda: len(queue.done) == 20)
        queue.done.clear()
        queue.due.append(Item(f"slow {slow}"))
        worker.wake()
    await until(lambda: queue.now == 8)
    end.set()
    await until(lambda: len(queue.done) == 8)
    await ended(worker, task)
    assert queue.most == 8


async def test_what_is_quick_is_claimed_in_batches(club: Club) -> None:
    """A claim is a commit: with all places busy, none is made for each that becomes free."""
    queue = Queue([Item(str(n)) for n in range(800)])
    worker = make(club, queue, concurrency=8)
    task = asyncio.create_task(worker.run())
    await until(lambda: len(queue.done) == 800)
    await ended(worker, task)
    assert queue.claims < 400


async def test_a_wake_brings_work_at_once(club: Club) -> None:
    queue = Queue()
    worker = make(club, queue, idle_ms=600_000)
    task = asyncio.create_task(worker.run())
    await until(lambda: queue.claims == 1)
    queue.due.append(Item("new"))
    worker.wake()
    await until(lambda: queue.done == ["new"])
    await ended(worker, task)


async def test_without_a_wake_it_looks_again_by_itself(club: Club) -> None:
    queue = Queue()
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: queue.claims > 1)
    queue.due.append(Item("new"))
    await until(lambda: queue.done == ["new"])
    await ended(worker, task)


async def test_a_fault_in_one_piece_of_work_is_stored_with_it_and_stops_nothing(
    club: Club, caplog: pytest.LogCaptureFixture
) -> None:
    hushed = "-".join(["what", "nobody", "reads"])

    async def do(item: Item) -> None:
        if item.name == "bad":
            raise KeyError(hushed)

    queue = Queue([Item("bad", attempts=2), Item("good")], do=do)
    worker = make(club, queue)
    with caplog.at_level(logging.ERROR):
        task = asyncio.create_task(worker.run())
        await until(lambda: bool(queue.failures) and bool(queue.done))
        await ended(worker, task)
    ((name, retry),) = queue.failures
    assert (name, retry.dead) == ("bad", False)
    assert retry.next_at > club.machine.at
    assert queue.done == ["good"]
    assert "KeyError" in caplog.text
    assert hushed not in caplog.text


async def test_work_that_fails_to_the_end_is_dead(club: Club) -> None:
    async def do(_item: Item) -> None:
        raise RuntimeError("again")

    queue = Queue([Item("bad", attempts=club.app.settings.attempts_max - 1)], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: bool(queue.failures))
    await ended(worker, task)
    assert queue.failures[0][1].dead


async def test_work_that_another_took_over_is_left_to_it(club: Club) -> None:
    async def do(_item: Item) -> None:
        raise LeaseLost

    queue = Queue([Item("lost"), Item("lost too")], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: queue.claims > 2)
    await ended(worker, task)
    assert (queue.failures, queue.done) == ([], [])


async def test_a_database_that_is_away_is_waited_for(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "STORE_RETRY_SECONDS_MAX", 0.01)
    queue = Queue([Item("one")], away=5)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: queue.done == ["one"])
    await ended(worker, task)
    assert queue.claims >= 6


async def test_a_database_that_goes_during_the_work_kills_nothing(club: Club) -> None:
    async def do(_item: Item) -> None:
        raise StoreUnavailable("full")

    queue = Queue([Item("one", attempts=10_000)], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: bool(queue.failures))
    await ended(worker, task)
    assert not queue.failures[0][1].dead


async def test_a_failure_that_can_not_be_stored_stops_nothing(club: Club) -> None:
    async def do(item: Item) -> None:
        if item.name != "good":
            raise RuntimeError("no")

    queue = Queue([Item("bad"), Item("worse"), Item("good")], do=do)
    errors: list[Exception] = [StoreUnavailable("away"), LeaseLost()]

    async def failed(_item: Item, _lease: Lease, _retry: Retry) -> None:
        raise errors.pop()

    queue.failed = failed  # type: ignore[assignment, method-assign]  # the database goes just then
    worker = make(club, queue, concurrency=1)
    task = asyncio.create_task(worker.run())
    await until(lambda: queue.done == ["good"])
    await ended(worker, task)
    assert errors == []


async def test_a_fault_in_claiming_does_not_end_the_queue(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "STORE_RETRY_SECONDS_MAX", 0.01)
    queue = Queue([Item("one")])
    claim, failures = queue.claim, [RuntimeError("a bug")]

    async def faulty(lease: Lease, limit: int) -> Sequence[Item]:
        if failures:
            raise failures.pop()
        return await claim(lease, limit)

    queue.claim = faulty  # type: ignore[method-assign]  # it fails once
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: queue.done == ["one"])
    await ended(worker, task)


async def test_stopping_finishes_what_is_under_way(club: Club) -> None:
    begun = asyncio.Event()
    go_on = asyncio.Event()

    async def do(_item: Item) -> None:
        begun.set()
        await go_on.wait()

    queue = Queue([Item("one")], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await begun.wait()
    worker.stop()
    queue.due.append(Item("two"))
    go_on.set()
    async with asyncio.timeout(60):
        await task
    assert (queue.done, queue.released, queue.due) == (["one"], [], [Item("two")])


async def test_stopping_releases_what_does_not_finish(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "FINISH_SECONDS", 0.02)
    begun = asyncio.Event()

    async def do(_item: Item) -> None:
        begun.set()
        await asyncio.Event().wait()

    queue = Queue([Item("one")], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await begun.wait()
    await ended(worker, task)
    assert len(queue.released) == 1
    assert (queue.done, queue.now) == ([], 0)


def test_stopping_takes_less_than_eight_seconds() -> None:
    assert worker_module.FINISH_SECONDS + worker_module.RELEASE_SECONDS * 4 / 3 <= 8


async def test_work_that_hangs_is_given_up_before_its_lease_ends(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "WORK_SECONDS_MAX", 0.01)

    async def do(_item: Item) -> None:
        await asyncio.Event().wait()

    queue = Queue([Item("stuck")], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await until(lambda: bool(queue.failures))
    await ended(worker, task)
    assert queue.failures[0][1].error.startswith("TimeoutError")


async def test_cancelling_the_worker_releases_what_it_holds(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "FINISH_SECONDS", 0.02)
    begun = asyncio.Event()

    async def do(_item: Item) -> None:
        begun.set()
        await asyncio.Event().wait()

    queue = Queue([Item("one")], do=do)
    worker = make(club, queue)
    task = asyncio.create_task(worker.run())
    await begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert len(queue.released) == 1


async def buys(club: Club, name: str) -> CustomerId:
    """Somebody has paid at Stripe, and an event said so."""
    customer = await club.customer(name)
    assert customer.stripe_id is not None
    paid = subscription(id_=type(subscription().id)(f"sub_{customer.id}"))
    club.provider.put_subscription(customer.stripe_id, paid)
    await club.mark(customer)
    return customer.id


def settling(club: Club, before: Callable[[ClaimedCustomer], Awaitable[None]]) -> Worker[ClaimedCustomer]:
    """The worker that settles customers; `before` each of them."""

    async def claim(lease: Lease, limit: int) -> Sequence[ClaimedCustomer]:
        async with club.store.transaction() as tx:
            return await tx.customers.claim(lease, club.machine.at, limit)

    async def failed(item: ClaimedCustomer, lease: Lease, retry: Retry) -> None:
        async with club.store.transaction() as tx:
            await tx.customers.failed(item.customer.id, lease, retry)

    async def release(lease: Lease) -> None:
        async with club.store.transaction() as tx:
            await tx.customers.release(lease)

    async def work(item: ClaimedCustomer, lease: Lease) -> None:
        await before(item)
        await settle_customer(club.app, item, lease)

    return Worker("customers", app=club.app, claim=claim, work=work, failed=failed, release=release, idle_ms=5)


async def until_settled(club: Club, unsettled: int = 0) -> None:
    async with asyncio.timeout(60):
        while await club.unsettled() > unsettled:  # noqa: ASYNC110 -- the database rings no bell
            await asyncio.sleep(0.01)


async def test_customers_are_settled_by_a_worker(club: Club) -> None:
    for name in ("ann", "ben", "cleo"):
        await buys(club, name)

    async def at_once(_: ClaimedCustomer) -> None:
        return

    worker = settling(club, at_once)
    task = asyncio.create_task(worker.run())
    await until_settled(club)
    worker.stop()
    await task
    assert [await club.inside(name) for name in ("ann", "ben", "cleo")] == [True, True, True]


async def test_five_slow_settlements_hold_up_no_other_purchase(club: Club) -> None:
    slow = {await buys(club, f"slow{n}") for n in range(5)}
    begun, end = set[CustomerId](), asyncio.Event()

    async def takes_long(item: ClaimedCustomer) -> None:
        if item.customer.id in slow:
            begun.add(item.customer.id)
            await end.wait()

    worker = settling(club, takes_long)
    task = asyncio.create_task(worker.run())
    await until(lambda: begun == slow)
    for name in ("ann", "ben", "cleo"):
        await buys(club, name)
    worker.wake()
    await until_settled(club, len(slow))
    assert [await club.inside(name) for name in ("ann", "ben", "cleo", "slow1")] == [True, True, True, False]
    end.set()
    await until_settled(club)
    worker.stop()
    await task


# -- backing off -------------------------------------------------------------------------------------------------------


@for_all(st.integers(0, 10_000), st.none() | st.integers(0, 10_000_000))
def test_the_wait_doubles_up_to_an_hour_and_is_never_shorter_than_asked_for(attempts: int, asked: int | None) -> None:
    wait = backoff_ms(attempts, asked)
    assert wait >= (asked or 1)
    assert wait <= max(asked or 0, min(3_600_000, 1_000 * 2 ** max(attempts - 1, 0)))


def test_waits_differ_so_that_not_all_come_back_at_once() -> None:
    assert len({backoff_ms(8) for _ in range(50)}) > 10


def test_retry_after_is_obeyed(club: Club) -> None:
    retry = retry_of(club.app, ProviderUnavailable("busy", retry_after_ms=90_000_000), 0)
    assert retry.next_at >= club.machine.at + 90_000_000

"""The shared commit: concurrent webhooks are collected and stored together; each is answered after the commit.

A batch starts at once when nothing is under way; what comes meanwhile makes up the next one. So a single event waits
for nobody, and a flood costs a commit a batch instead of a commit an event.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from payments.core.billing import SnapshotPart
from payments.core.ids import AccountId, CustomerId, CustomerRef, EventId
from payments.ports.stores import EventState, Ingested, StoredEvent, StoreUnavailable
from storage.database import Database, Delivery

BATCH_MAX = 256
QUEUE_MAX = 8192
"""How many events may wait; more are refused, and Stripe delivers them again."""

EventKey = tuple[AccountId, EventId]
StripeKey = tuple[AccountId, CustomerRef]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer that a batch names, locked: nobody else marks it until the commit.

    `waiting`: it will be settled, nothing of it has failed, and so it needs no driving.
    """

    id: CustomerId
    mark_seq: int
    waiting: bool


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event of the batch that is stored already."""

    state: EventState
    stripe_customer_id: CustomerRef | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A customer to be marked."""

    customer: KnownCustomer
    parts: SnapshotPart
    at: int


@dataclass(slots=True)
class Plan:
    """What a batch writes: marks by customer, events to put back to work, and the answers in the batch's order."""

    marks: dict[CustomerId, Mark] = field(default_factory=dict)
    redriven: list[tuple[StoredEvent, str, int]] = field(default_factory=list)  # event, its state and mark from now on
    answers: list[Ingested] = field(default_factory=list)

    def mark(self, customer: KnownCustomer, parts: SnapshotPart, at: int) -> None:
        """Mark a customer once a batch, with all the parts that its events name."""
        found = self.marks.get(customer.id)
        self.marks[customer.id] = Mark(customer, parts | found.parts if found else parts, found.at if found else at)


def stripe_key(event: StoredEvent) -> StripeKey | None:
    """The customer an event names."""
    return (event.account_id, event.stripe_customer_id) if event.stripe_customer_id else None


def first_state(delivery: Delivery, customers: Mapping[StripeKey, KnownCustomer]) -> tuple[EventState, int]:
    """The state in which a new event is stored, and the mark that it makes."""
    if delivery.parts is None:
        return EventState.NOTED, 0
    key = stripe_key(delivery.event)
    customer = customers.get(key) if key else None
    return (EventState.MARKED, customer.mark_seq + 1) if customer else (EventState.UNRESOLVED, 0)


def plan_batch(
    batch: Sequence[Delivery],
    customers: Mapping[StripeKey, KnownCustomer],
    known: Mapping[EventKey, KnownEvent],
) -> Plan:
    """Decide what a batch writes, the new events' own rows aside (`first_state` has theirs)."""
    plan = Plan()
    for delivery in batch:
        event = delivery.event
        stored = known.get((event.account_id, event.id))
        if stored is None:
            key = stripe_key(event)
            state, _ = first_state(delivery, customers)
            if state == EventState.MARKED and key and delivery.parts is not None:
                plan.mark(customers[key], delivery.parts, event.received_at)
            plan.answers.append(Ingested(new=True, state=state))
        else:
            plan.answers.append(Ingested(new=False, state=_again(plan, delivery, stored, customers)))
    return plan


def _again(
    plan: Plan, delivery: Delivery, stored: KnownEvent, customers: Mapping[StripeKey, KnownCustomer]
) -> EventState:
    """A second delivery: it changes nothing, but what is not settled yet is put back to work.

    Where the first one's mark waits already, or is being answered, a second mark would only have it answered twice.
    """
    if delivery.parts is None or stored.state not in {EventState.MARKED, EventState.UNRESOLVED, EventState.DEAD}:
        return stored.state
    # The worker may have found the customer of an event that names none.
    stripe_id = stored.stripe_customer_id or delivery.event.stripe_customer_id
    customer = customers.get((delivery.event.account_id, stripe_id)) if stripe_id else None
    if customer is not None and customer.waiting and stored.state == EventState.MARKED:
        return stored.state
    if customer is not None:
        plan.mark(customer, delivery.parts, delivery.event.received_at)
        if stored.state != EventState.MARKED:
            plan.redriven.append((delivery.event, EventState.MARKED, customer.mark_seq + 1))
        return EventState.MARKED
    if stored.state != EventState.MARKED:
        plan.redriven.append((delivery.event, EventState.UNRESOLVED, 0))
        return EventState.UNRESOLVED
    return stored.state


@dataclass(slots=True)
class _Call:
    delivery: Delivery
    answer: asyncio.Future[Ingested]


class Ingester:
    """Collects the calls of `ingest` and commits them in batches, on as many writers as the engine has."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Call] = deque()
        self._writers: set[asyncio.Task[None]] = set()
        self._closed = False

    async def ingest(self, event: StoredEvent, parts: SnapshotPart | None) -> Ingested:
        """Store an event; answers after its commit. Raises `StoreUnavailable`: then nothing of it was stored."""
        if self._closed:
            raise StoreUnavailable("the database is being closed")
        if len(self._waiting) >= QUEUE_MAX:
            raise StoreUnavailable(f"{QUEUE_MAX} events are waiting to be stored already")
        call = _Call(Delivery(event, parts), asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        # One that just ended is still listed until its callback ran, and would leave this call waiting for ever.
        if sum(not writer.done() for writer in self._writers) < self._database.ingest_writers:
            writer = asyncio.create_task(self._write(), name="ingest")
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await call.answer

    async def close(self) -> None:
        """Store what is waiting, then refuse everything."""
        self._closed = True
        while self._writers:
            await asyncio.wait(self._writers)

    async def _write(self) -> None:
        while self._waiting:
            calls = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
            calls = [call for call in calls if not call.answer.done()]  # its caller went away before its turn
            if calls:
                await self._commit(calls)

    async def _commit(self, calls: Sequence[_Call]) -> None:
        batch: dict[EventKey, Delivery] = {}
        for call in calls:
            batch.setdefault(_key(call), call.delivery)  # of two deliveries at once the first counts
        try:
            answers = dict(zip(batch, await self._database.write_events(list(batch.values())), strict=True))
        except StoreUnavailable as error:
            _fail(calls, StoreUnavailable(*error.args))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the callers, and the writer lives on
            if len(calls) > 1:  # one event that can't be stored must not take the others with it
                for call in calls:
                    await self._commit([call])
            else:
                _log.error("an event could not be stored: %s", type(error).__name__)
                _fail(calls, error)
        else:
            _answer(calls, answers)


def _key(call: _Call) -> EventKey:
    return call.delivery.event.account_id, call.delivery.event.id


def _answer(calls: Sequence[_Call], answers: Mapping[EventKey, Ingested]) -> None:
    told: set[EventKey] = set()
    for call in calls:
        key = _key(call)
        answer = answers[key]
        if not call.answer.done():
            call.answer.set_result(Ingested(new=answer.new and key not in told, state=answer.state))
        told.add(key)


def _fail(calls: Sequence[_Call], error: Exception) -> None:
    for call in calls:
        if not call.answer.done():
            call.answer.set_exception(error)

"""Signed webhook deliveries, with the retries, duplicates, disorder and losses that real ones have."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import islice
from typing import Any

import aiohttp

from sandbox.clock import Clock, Handle
from sandbox.sent_request import SentRequest

ATTEMPT_SECONDS_MAX = 10.0
"""How long a receiver may take to answer, in real seconds."""
IN_FLIGHT_MAX = 8
"""Deliveries under way at once, for each endpoint."""
OVERTAKE_SECONDS = 0.25
"""A receiver slower than this (real seconds) is sent the next event beside the one it still holds."""
RETRY_PATIENCE_SECONDS = 2.0
"""How long a retry holds up the sandbox's clock, in real seconds."""
RETRY_DELAYS = (60, 300, 1800, 7200, 18_000, 36_000, 43_200)
"""Seconds of sandbox time before each retry; the last one repeats."""
RETRY_SECONDS_MAX = 3 * 86_400
"""Sandbox time after the first attempt at which Stripe gives an event up."""
ANSWER_BYTES_MAX = 64 * 1024


class DeliveryState(StrEnum):
    """How one event stands with one endpoint."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


def thin_event(event: dict[str, Any]) -> str:
    """The same event as a thin one (docs.stripe.com/api/v2/core/events): what changed is to be looked up."""
    of = event["data"]["object"]
    related = {"id": of["id"], "type": of["object"], "url": f"/v1/{of['object'].replace('.', '/')}s/{of['id']}"}
    created = datetime.fromtimestamp(event["created"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return json.dumps(
        {
            "id": event["id"].replace("evt_", "evt_thin_", 1),
            "object": "v2.core.event",
            "type": f"v1.{event['type']}",
            "created": created,
            "livemode": event["livemode"],
            "context": None,
            "reason": None,
            "related_object": related,
        }
    )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go: its secrets (several while one is being rolled) and the types it wants (`*` is all)."""

    id: str
    url: str
    secrets: tuple[str, ...]
    enabled_events: frozenset[str]
    livemode: bool = False
    thin: bool = False
    """An event destination that gets thin events: only which object changed."""

    def wants(self, event: dict[str, Any]) -> bool:
        """Whether this event is for this endpoint."""
        if bool(event["livemode"]) is not self.livemode:
            return False
        return "*" in self.enabled_events or event["type"] in self.enabled_events


@dataclass(frozen=True, slots=True)
class Attempt:
    """When (sandbox seconds) an event was sent, and what came back."""

    at: float
    status: int
    error: str | None


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint. `made_at` in sandbox seconds."""

    event_id: str
    type: str
    endpoint_id: str
    body: str
    made_at: float
    state: DeliveryState = DeliveryState.PENDING
    attempts: list[Attempt] = field(default_factory=list)
    retry: Handle | None = None

    def end(self, state: DeliveryState) -> None:
        """Nothing more will be sent; the body is let go."""
        self.state, self.body = state, ""

    def told(self) -> dict[str, Any]:
        """This delivery for `/sandbox/state`."""
        return {
            "event": self.event_id,
            "type": self.type,
            "endpoint": self.endpoint_id,
            "state": self.state.value,
            "attempts": [{"at": a.at, "status": a.status, "error": a.error} for a in self.attempts],
        }


@dataclass(slots=True)
class Mischief:
    """What is done to deliveries on purpose."""

    duplicate: int = 1
    shuffle: random.Random | None = None
    spread_seconds: int = 0
    drop: bool = False
    drop_next: int = 0
    hold: bool = False
    released: int = 0


def signature_header(body: str, secrets: Iterable[str], timestamp: int) -> str:
    """`Stripe-Signature` for this body: `t=...,v1=...`, one `v1` for each secret."""
    signed = f"{timestamp}.{body}".encode()
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={mark}" for mark in marks)])


class WebhookSender:
    """Hands events out in the order of their making, each endpoint its own queue; never blocks who publishes."""

    def __init__(
        self, clock: Clock, endpoints: Callable[[], Iterable[Endpoint]], delivered: Callable[[str], None]
    ) -> None:
        """`endpoints()`: those that take events now; `delivered(event id)` is told when one of them took an event."""
        self._clock = clock
        self._endpoints = endpoints
        self._delivered = delivered
        self._deliveries: dict[str, list[Delivery]] = {}
        self._queues: dict[str, deque[Delivery]] = {}
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._flights: dict[str, set[asyncio.Task[None]]] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._mischief = Mischief()
        self._http: aiohttp.ClientSession | None = None
        self.observers: list[Callable[[SentRequest], None]] = []

    # -- what the rest of the sandbox calls -----------------------------------------------------
    def publish(self, event: dict[str, Any]) -> int:
        """Queue an event for every endpoint that wants it; how many those are (they stand in the body as pending)."""
        wanting = [endpoint for endpoint in self._endpoints() if endpoint.wants(event)]
        whole = json.dumps(event | {"pending_webhooks": len(wanting)}, indent=2, ensure_ascii=False)
        spread = self._mischief.spread_seconds
        for endpoint in wanting:
            body = thin_event(event) if endpoint.thin else whole
            for _ in range(self._mischief.duplicate if spread else 1):
                delivery = Delivery(event["id"], event["type"], endpoint.id, body, self._clock.now())
                self._deliveries.setdefault(event["id"], []).append(delivery)
                if self._vanishes(delivery):
                    continue
                if spread:
                    late = asyncio.create_task(self._enqueue_late(delivery, spread), name=f"late {event['id']}")
                    self._late.add(late)
                    late.add_done_callback(self._late.discard)
                else:
                    self._enqueue(delivery)
        return len(wanting)

    def _enqueue(self, delivery: Delivery) -> None:
        self._queues.setdefault(delivery.endpoint_id, deque()).append(delivery)
        self._pump(delivery.endpoint_id)

    async def _enqueue_late(self, delivery: Delivery, seconds_max: int) -> None:
        await asyncio.sleep(random.uniform(0, seconds_max))
        self._enqueue(delivery)

    def forget(self, event_id: str) -> None:
        """The event is gone: so are its deliveries, those that still wait too."""
        for delivery in self._deliveries.pop(event_id, []):
            if delivery.state is DeliveryState.PENDING:
                delivery.end(DeliveryState.FAILED)
            if delivery.retry is not None:
                delivery.retry.cancel()

    @property
    def busy(self) -> bool:
        """Whether something is being sent right now."""
        return bool(self._busy())

    async def settled(self) -> None:
        """Return when all that can be sent now has been sent and answered (retries wait for their time)."""
        while busy := self._busy():
            await asyncio.wait(busy)

    def _busy(self) -> list[asyncio.Task[None]]:
        return [*self._late, *self._pumps.values(), *(task for tasks in self._flights.values() for task in tasks)]

    async def close(self) -> None:
        """Stop sending; what is under way is given up."""
        busy = self._busy()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        for delivery in self._all():
            if delivery.retry is not None:
                delivery.retry.cancel()
        if self._http is not None:
            await self._http.close()

    def control(
        self,
        *,
        duplicate: int | bool | None = None,
        shuffle: int | bool | None = None,
        spread: int | bool | None = None,
        drop: int | bool | None = None,
        hold: bool | None = None,
        release: int | bool | None = None,
    ) -> dict[str, Any]:
        """Change what happens to deliveries; None leaves a thing as it is. Answers how it stands now.

        `duplicate` n: each goes out n times at once (True: twice, False: once). `shuffle` (a seed, or True): the queue
        goes out in random order. `spread` n: each, and each copy of it, goes out by itself at a random time within n
        real seconds (False: at once). `drop`: all vanish, or the next n. `hold` keeps everything back; `release` True
        lets all go and ends the holding, a number lets so many go. Raises TypeError for anything else.
        """
        mischief = self._mischief
        given = {
            "duplicate": duplicate,
            "shuffle": shuffle,
            "spread": spread,
            "drop": drop,
            "hold": hold,
            "release": release,
        }
        for name, value in given.items():
            if value is not None and not isinstance(value, int):
                raise TypeError(f"{name} is a whole number, true or false; it was {value!r}.")
        if duplicate is not None:
            mischief.duplicate = (2 if duplicate else 1) if isinstance(duplicate, bool) else max(1, duplicate)
        if shuffle is not None:
            mischief.shuffle = None if shuffle is False else random.Random(int(shuffle))
        if spread is not None:
            mischief.spread_seconds = max(0, int(spread))
        if drop is not None:
            mischief.drop, mischief.drop_next = (drop, 0) if isinstance(drop, bool) else (False, max(0, drop))
        if hold is not None:
            mischief.hold, mischief.released = hold, 0
        if release is True:
            mischief.hold, mischief.released = False, 0
        elif release is not None and release is not False:
            mischief.released += max(0, release)
        for endpoint_id in self._queues:
            self._pump(endpoint_id)
        return self.standing()

    def standing(self) -> dict[str, Any]:
        """What is done to deliveries, and how many wait in the queues."""
        mischief = self._mischief
        return {
            "duplicate": mischief.duplicate,
            "shuffle": mischief.shuffle is not None,
            "spread": mischief.spread_seconds,
            "drop": mischief.drop or mischief.drop_next,
            "hold": mischief.hold,
            "queued": sum(map(len, self._queues.values())),
        }

    @property
    def holding(self) -> bool:
        """Whether nothing goes out by itself."""
        return self._mischief.hold

    def recent(self, most: int) -> list[Delivery]:
        """The newest deliveries, oldest first."""
        newest = islice(reversed(self._deliveries.values()), most)
        return [delivery for deliveries in reversed(list(newest)) for delivery in deliveries]

    def state(self) -> list[dict[str, Any]]:
        """Every delivery with its attempts, oldest first."""
        return [delivery.told() for delivery in self._all()]

    def _all(self) -> list[Delivery]:
        return [delivery for deliveries in self._deliveries.values() for delivery in deliveries]

    # -- the queues -------------------------------------------------------------------------------
    def _vanishes(self, delivery: Delivery) -> bool:
        """Whether this delivery is lost: it never arrives and is not tried again."""
        if not self._mischief.drop and not self._mischief.drop_next:
            return False
        self._mischief.drop_next = max(0, self._mischief.drop_next - 1)
        delivery.end(DeliveryState.DROPPED)
        return True

    def _next(self, endpoint_id: str) -> Delivery | None:
        queue, mischief = self._queues[endpoint_id], self._mischief
        if not queue or (mischief.hold and not mischief.released):
            return None
        if mischief.hold:
            mischief.released -= 1
        if mischief.shuffle is not None:
            queue.rotate(-mischief.shuffle.randrange(len(queue)))
        return queue.popleft()

    def _pump(self, endpoint_id: str) -> None:
        if endpoint_id not in self._pumps:
            self._pumps[endpoint_id] = asyncio.create_task(self._drain(endpoint_id), name=f"webhooks {endpoint_id}")

    async def _drain(self, endpoint_id: str) -> None:
        """Send what the queue holds: one after the other to a quick receiver, beside each other to a slow one."""
        flights = self._flights.setdefault(endpoint_id, set())
        try:
            while (delivery := self._next(endpoint_id)) is not None:
                if delivery.state is not DeliveryState.PENDING or self._vanishes(delivery):
                    continue
                flight = self._launch(delivery)
                await asyncio.wait({flight}, timeout=OVERTAKE_SECONDS)
                if len(flights) >= IN_FLIGHT_MAX:
                    await asyncio.wait(flights, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._pumps[endpoint_id]

    def _launch(self, delivery: Delivery) -> "asyncio.Task[None]":
        flights = self._flights.setdefault(delivery.endpoint_id, set())
        task = asyncio.create_task(self._attempt(delivery, self._clock.now()), name=f"deliver {delivery.event_id}")
        flights.add(task)
        task.add_done_callback(flights.discard)
        return task

    async def _retry(self, delivery: Delivery) -> None:
        """The time of a retry has come; a receiver that is slow again does not hold the clock up for long."""
        delivery.retry = None
        if self._vanishes(delivery):
            return
        if self._mischief.hold:
            self._queues[delivery.endpoint_id].append(delivery)
            return
        await asyncio.wait({self._launch(delivery)}, timeout=RETRY_PATIENCE_SECONDS)

    # -- one attempt ------------------------------------------------------------------------------
    async def _attempt(self, delivery: Delivery, at: float) -> None:
        endpoint = next((e for e in self._endpoints() if e.id == delivery.endpoint_id), None)
        if endpoint is None:
            delivery.end(DeliveryState.FAILED)
            delivery.attempts.append(Attempt(at, 0, "the endpoint is gone or disabled"))
            return
        at_once = 1 if self._mischief.spread_seconds else self._mischief.duplicate
        copies = [self._post(endpoint, delivery.body) for _ in range(at_once)]
        sent = await asyncio.gather(*copies)
        delivery.attempts += [Attempt(at, one.status, one.error) for one in sent]
        if any(200 <= one.status < 300 for one in sent):
            delivery.end(DeliveryState.DELIVERED)
            self._delivered(delivery.event_id)
            return
        tries = len({attempt.at for attempt in delivery.attempts})
        when = at + RETRY_DELAYS[min(tries, len(RETRY_DELAYS)) - 1]
        if when - delivery.attempts[0].at > RETRY_SECONDS_MAX:
            delivery.end(DeliveryState.FAILED)
            return
        name = f"webhook retry {delivery.event_id}"
        delivery.retry = self._clock.call_at(when, partial(self._retry, delivery), name=name)

    async def _post(self, endpoint: Endpoint, body: str) -> SentRequest:
        started, began = time.time(), time.perf_counter()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Accept": "*/*; q=0.5, application/xml",
            "Cache-Control": "no-cache",
            # Real time, as Stripe does for test clocks: receivers check it against their own.
            "Stripe-Signature": signature_header(body, endpoint.secrets, int(started)),
        }
        status, answer_headers, answer, error = 0, {}, "", None
        try:
            async with self._session().post(
                endpoint.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                status, answer_headers = response.status, dict(response.headers)
                # The status decides; a body that breaks off changes nothing.
                with suppress(aiohttp.ClientError, TimeoutError):
                    answer = (await response.content.read(ANSWER_BYTES_MAX)).decode(errors="replace")
        except TimeoutError:
            error = f"no answer within {ATTEMPT_SECONDS_MAX:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            error = str(fault) or type(fault).__name__
        seconds = time.perf_counter() - began
        sent = SentRequest(endpoint.url, headers, body, started, seconds, status, answer_headers, answer, error)
        for observer in self.observers:
            observer(sent)
        return sent

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=ATTEMPT_SECONDS_MAX)
            self._http = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

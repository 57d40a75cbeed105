"""Prometheus metrics of the service. docs/metrics.md tells what each means and when to worry; a test holds the two."""

from collections.abc import Iterable, Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from payments.core.access import EffectState
from payments.core.community import Platform
from payments.flows.access.outcomes import Delivery
from payments.ports.stores import Figures, QueueName
from payments.rate_limit import LimiterCounts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = (0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 300, 1800, 3600, 6 * 3600, 24 * 3600)
"""From what nobody notices to what somebody has written to the owner about."""

LEFT = (EffectState.OPEN, EffectState.WAITING, EffectState.BLOCKED, EffectState.DEAD)
"""The states of an effect that is not done."""

BUSINESS_QUEUES = frozenset({QueueName.EVENTS, QueueName.NOTICES, QueueName.REQUESTS})
"""Their work carries business time; see `Figures.oldest`."""


class Calls(Collector):
    """What the limiters counted: one a service that is called."""

    def __init__(self) -> None:
        self.limiters: dict[str, LimiterCounts] = {}

    def collect(self) -> Iterable[Metric]:
        """As counters: the limiters live as long as the process."""
        calls = CounterMetricFamily(
            "guestlist_calls", "Calls of a service by how they ended", labels=["service", "outcome"]
        )
        waits = CounterMetricFamily("guestlist_call_waits", "Calls that waited for their turn", labels=["service"])
        seconds = CounterMetricFamily(
            "guestlist_call_wait_seconds", "Seconds that calls waited for their turn", labels=["service"]
        )
        away = CounterMetricFamily(
            "guestlist_calls_turned_away", "Calls not made: too many waited already", labels=["service"]
        )
        pauses = CounterMetricFamily(
            "guestlist_call_pauses", "Times that a service asked us to wait (429)", labels=["service"]
        )
        for service, told in self.limiters.items():
            for outcome in ("ok", "refused", "unavailable"):
                calls.add_metric([service, outcome], told.ended[outcome])
            waits.add_metric([service], told.waited)
            seconds.add_metric([service], told.waited_ms / 1000)
            away.add_metric([service], told.refused)
            pauses.add_metric([service], told.pauses)
        return calls, waits, seconds, away, pauses


class Metrics:
    """All metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        self.webhooks = counter("guestlist_webhooks", "Webhook requests by what became of them", ["result"])
        self._ended = counter("guestlist_connections_ended", "Connections that a limit of ours closed", ["limit"])
        self.noted = counter("guestlist_events_noted", "Stored events of types that nothing follows from")
        self.ack_seconds = histogram(
            "guestlist_webhook_ack_seconds",
            "Seconds from a webhook's arrival to its 200",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
        )
        self.work = counter("guestlist_work", "Pieces of work by queue and outcome", ["queue", "outcome"])
        self._grant = histogram(
            "guestlist_grant_seconds",
            "Seconds from hearing of it to access that the platform confirmed",
            buckets=SECONDS,
        )
        self._revoke = histogram(
            "guestlist_revoke_seconds", "Seconds from the end of a membership to access taken", buckets=SECONDS
        )
        self._paid_without_access = gauge(
            "guestlist_paid_without_access", "Accesses that should be and are not", ["platform", "state"]
        )
        self._access_without_pay = gauge(
            "guestlist_access_without_pay", "Accesses given by us that should not be", ["platform", "state"]
        )
        self._backlog = gauge("guestlist_backlog", "Work that is not done, by state", ["queue", "state"])
        self._oldest = gauge("guestlist_oldest_work_seconds", "Age of the oldest open work", ["queue"])
        self._up = gauge("guestlist_database_up", "Whether the database answered just now")
        self._of_nobody = gauge(
            "guestlist_subscriptions_of_nobody", "Live subscriptions for plans of ours whose customers are unknown here"
        )
        self._door = gauge("guestlist_door", "Whether this process runs the bots and delivers")
        self._calls = Calls()
        self.registry.register(self._calls)

    @property
    def limiters(self) -> dict[str, LimiterCounts]:
        """The limiter's counts of each service that is called."""
        return self._calls.limiters

    def connection_ended(self, limit: str) -> None:
        """The listener closed a connection for a limit."""
        self._ended.labels(limit).inc()

    def delivered(self, outcome: Delivery, pending_since_at: int | None, machine_now: int) -> None:
        """A delivery came to an end; `pending_since_at` as in `Effect`. Clocks may differ a little: never below 0."""
        if pending_since_at is None:
            return
        seconds = max(0, machine_now - pending_since_at) / 1000
        if outcome is Delivery.GRANTED:
            self._grant.observe(seconds)
        elif outcome is Delivery.REVOKED:
            self._revoke.observe(seconds)

    def render(
        self, figures: Figures | None, *, machine_now: int, business_now: int, door: bool, of_nobody: int = 0
    ) -> bytes:
        """The exposition text, with the database's figures as of now (None: it does not answer)."""
        for labelled in (self._backlog, self._oldest, self._paid_without_access, self._access_without_pay):
            labelled.clear()  # an old figure would look like a new one
        self._up.set(figures is not None)
        self._door.set(door)
        self._of_nobody.set(of_nobody)
        if figures is not None:
            self._tell_drift(figures)
            self._tell_work(figures.counts, figures.oldest, machine_now, business_now)
        return generate_latest(self.registry)

    def _tell_drift(self, figures: Figures) -> None:
        for wanted, metric in ((True, self._paid_without_access), (False, self._access_without_pay)):
            for platform in Platform:
                for state in LEFT:
                    metric.labels(platform, state).set(0)
            for drift in figures.drift:
                if drift.wanted is wanted:
                    metric.labels(drift.platform, drift.state).set(drift.count)

    def _tell_work(
        self, counts: Mapping[str, int], oldest: Mapping[str, int], machine_now: int, business_now: int
    ) -> None:
        for name, count in counts.items():
            queue, _, state = name.partition("_")
            self._backlog.labels(queue, state).set(count)
            since = oldest.get(queue)
            now = business_now if queue in BUSINESS_QUEUES else machine_now
            self._oldest.labels(queue).set(0 if since is None else max(0, now - since) / 1000)

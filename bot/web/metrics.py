"""Prometheus metrics of the service."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from payments.limiter import LimiterCounts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """All metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "guestlist_webhooks", "Webhook requests by what became of them", ["result"], registry=self.registry
        )
        self.noted = Counter(
            "guestlist_events_noted", "Stored events of types that nothing follows from", registry=self.registry
        )
        self.work = Counter(
            "guestlist_work", "Pieces of work by queue and outcome", ["queue", "outcome"], registry=self.registry
        )
        self.ack_seconds = Histogram(
            "guestlist_webhook_ack_seconds",
            "Seconds from a webhook's arrival to its 200",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
            registry=self.registry,
        )
        self.limiters: dict[str, LimiterCounts] = {}
        self._calls = Gauge(
            "guestlist_calls",
            "Calls of a service since the start: all, those that had to wait, those refused, pauses it asked for",
            ["service", "what"],
            registry=self.registry,
        )
        self._waited = Gauge(
            "guestlist_calls_waited_seconds",
            "Seconds that calls of a service waited for their turn since the start",
            ["service"],
            registry=self.registry,
        )
        self._states = Gauge(
            "guestlist_rows", "Rows of the database by state of their work", ["state"], registry=self.registry
        )

    def render(self, counts: Mapping[str, int]) -> bytes:
        """The exposition text, with the database's counts as of now."""
        for state, count in counts.items():
            self._states.labels(state).set(count)
        for service, told in self.limiters.items():
            for what in ("calls", "waited", "refused", "pauses"):
                self._calls.labels(service, what).set(getattr(told, what))
            self._waited.labels(service).set(told.waited_ms / 1000)
        return generate_latest(self.registry)

"""Prometheus metrics of the service."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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
        self._states = Gauge(
            "guestlist_rows", "Rows of the database by state of their work", ["state"], registry=self.registry
        )

    def render(self, counts: Mapping[str, int]) -> bytes:
        """The exposition text, with the database's counts as of now."""
        for state, count in counts.items():
            self._states.labels(state).set(count)
        return generate_latest(self.registry)

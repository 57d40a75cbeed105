"""What only Stripe's side knows of the hidden way: how each webhook fared, and what the service asked for."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sandbox.page.backstage import Line
from sandbox.services import Services
from sandbox.stripe.delivery import Delivery, DeliveryState
from sandbox.stripe.http import Call
from sandbox.stripe.store import Obj

DELIVERIES_SHOWN = 150
QUESTIONS_KEPT = 60
ONE_QUESTION_SECONDS = 1.0
"""What is asked of one customer within this is one question (real seconds)."""
ASKED = {
    "subscriptions": "subscriptions",
    "invoices": "invoices",
    "invoice_payments": "invoice payments",
    "charges": "payments",
    "refunds": "refunds",
    "disputes": "disputes",
}

TIMES = " times."
FOUND = {
    "dropped": "It was lost on the way, and found in Stripe's list of events.",
    "failed": "Stripe had given it up; it was found in Stripe's list of events.",
    "retrying": "Stripe heard no answer and will send it again; it is here already.",
}
"""What is told of a webhook that did not arrive, once the service knows it all the same."""


@dataclass(slots=True)
class _Question:
    at: float
    last: float
    number: int
    customer: str
    about: dict[str, None] = field(default_factory=dict)


class Questions:
    """Listens to Stripe's API, and keeps what was asked about customers lately."""

    def __init__(self, sandbox: Services) -> None:
        self._sandbox = sandbox
        self._kept: OrderedDict[int, _Question] = OrderedDict()
        self._open: dict[str, _Question] = {}
        self._number = 0
        sandbox.stripe.api.observers.append(self._hear)

    def _hear(self, call: Call) -> None:
        customer, about = call.params.values.get("customer"), ASKED.get(call.url.rpartition("/")[2])
        if call.method != "GET" or about is None or not isinstance(customer, str):
            return
        now = time.monotonic()
        question = self._open.get(customer)
        if question is None or now - question.last > ONE_QUESTION_SECONDS:
            self._number += 1
            question = _Question(self._sandbox.clock.now(), now, self._number, customer)
            self._open[customer] = self._kept[self._number] = question
            if len(self._kept) > QUESTIONS_KEPT:
                _, gone = self._kept.popitem(last=False)
                if self._open.get(gone.customer) is gone:
                    del self._open[gone.customer]
        question.last = now
        question.about[about] = None

    def lines(self) -> Iterable[Line]:
        """One line a question."""
        for question in self._kept.values():
            text, about = "Asks Stripe what is true now", ", ".join(question.about)
            purchase = question.customer
            yield Line(f"asked:{question.number}", question.at, "stripe", text, "done", None, about, purchase)


def deliveries(sandbox: Services) -> Iterable[Line]:
    """One line for each of the newest webhooks, oldest first."""
    now = sandbox.clock.now()
    for delivery in sandbox.stripe.deliveries.recent(DELIVERIES_SHOWN):
        event = sandbox.stripe.objects.find("event", delivery.event_id)
        if event is not None:
            state, reason = _fared(delivery, now, held=sandbox.stripe.deliveries.holding)
            purchase = _customer(event["data"]["object"])
            yield Line(
                f"evt:{delivery.event_id}", delivery.made_at, "webhook", delivery.type, state, None, reason, purchase
            )


def _customer(obj: Obj) -> str | None:
    found = obj["id"] if obj.get("object") == "customer" else obj.get("customer")
    return found if isinstance(found, str) else None


def _fared(delivery: Delivery, now: float, *, held: bool) -> tuple[str, str | None]:
    tries = len({attempt.at for attempt in delivery.attempts})
    match delivery.state:
        case DeliveryState.DROPPED:
            return "dropped", "Lost on the way, for good: nobody will send it again."
        case DeliveryState.FAILED:
            return "failed", "Stripe has given it up."
        case DeliveryState.DELIVERED:
            copies = len(delivery.attempts)
            if tries > 1:
                return "sent", f"It arrived at attempt {tries}."
            return "sent", f"It was sent {copies}{TIMES}" if copies > 1 else None
        case DeliveryState.PENDING if delivery.attempts:
            left = max(0.0, delivery.retry.when - now) if delivery.retry is not None else 0.0
            last = delivery.attempts[-1]
            answer = f"the answer was {last.status}" if last.status else "there was no answer"
            return "retrying", f"Attempt {tries}: {answer}. Stripe tries again {_in(left)}."
        case DeliveryState.PENDING:
            return "waiting", "Held back." if held else None


def _in(seconds: float) -> str:
    if seconds < 90:
        return "in a minute"
    return f"in {seconds / 60:.0f} minutes" if seconds < 5_400 else f"in {seconds / 3600:.0f} hours"


def together(sent: Iterable[Line], asked: Iterable[Line], told: Sequence[Line]) -> list[Line]:
    """Stripe's side and the service's as one way: of a webhook that both know, one line with what both know."""
    names = {line.purchase: line.who for line in told if line.purchase is not None and line.who is not None}
    taken = {line.id: line for line in told}
    lines: list[Line] = []
    for line in (*sent, *asked):
        mine = taken.pop(line.id, None)
        if mine is None:
            lines.append(replace(line, who=names.get(line.purchase or "")))
            continue
        notable = FOUND.get(line.state, line.reason if line.state == "sent" else None)
        if notable is not None and notable.endswith(TIMES):
            notable = notable.removesuffix(".") + ", and is stored once."
        reason = " ".join(filter(None, (notable, mine.reason))) or None
        lines.append(replace(mine, at=line.at, purchase=line.purchase or mine.purchase, reason=reason))
    return sorted([*lines, *taken.values()], key=lambda line: line.at)

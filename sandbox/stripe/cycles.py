"""What time does to subscriptions: renewals, ends of trials, announced cancellations, reminders."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.invoices import Invoices
from sandbox.stripe.periods import next_end
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_shape import period_of, set_period
from sandbox.stripe.subscriptions import ENDED, Subscriptions

TRIAL_NOTICE_SECONDS = 3 * 86400
"""`customer.subscription.trial_will_end` comes this long before the end."""
UPCOMING_SECONDS = 7 * 86400
"""`invoice.upcoming` comes this long before a renewal (an account setting at Stripe)."""

_IDLE = (*ENDED, "paused", "incomplete")


def _nothing(_subscription: Obj) -> None:
    """No schedule changes it."""


class Cycles:
    """The timers of subscriptions. Each looks again, when it fires, whether it still means anything."""

    def __init__(self, books: Books, subscriptions: Subscriptions, invoices: Invoices, cards: Cards) -> None:
        self._books = books
        self._subscriptions = subscriptions
        self._invoices = invoices
        self._cards = cards
        # A schedule's phase may begin at the very moment of a renewal: it comes first.
        self.before_renewal: Callable[[Obj], None] = _nothing
        # Makes the object that `invoice.upcoming` carries.
        self.preview: Callable[[Obj], Obj | None] = lambda _subscription: None

    def plan(self, subscription: Obj) -> None:
        """Set all timers by what the subscription says now. Call it after every change."""
        key, at = subscription["id"], self._books.at
        status, now = subscription["status"], self._books.now()
        start, end = period_of(subscription)
        running = status not in (*ENDED, "paused")
        at(key, "renew", end if running else None, partial(self._turn, subscription))
        cancel_at = subscription["cancel_at"] if status not in ENDED else None
        # What a schedule manages ends with the schedule's last phase.
        at(key, "cancel", None if subscription["schedule"] else cancel_at, partial(self._cancel, subscription))
        long_enough = end - start > UPCOMING_SECONDS and end - UPCOMING_SECONDS > now
        wanted = running and long_enough and (cancel_at is None or cancel_at > end)
        at(key, "upcoming", end - UPCOMING_SECONDS if wanted else None, partial(self._upcoming, subscription))
        trial_end = subscription["trial_end"] if status == "trialing" else None
        told = self._books.state.secrets[key].get("trial_told") == trial_end
        notice = None if trial_end is None or told else max(now, trial_end - TRIAL_NOTICE_SECONDS)
        at(key, "trial_will_end", notice, partial(self._trial_will_end, subscription))
        pause = subscription["pause_collection"]
        at(key, "unpause", pause["resumes_at"] if pause else None, partial(self._unpause, subscription))

    def end_trial(self, subscription: Obj, *, at_once: bool = False) -> None:
        """A trial is over: cancel, pause or bill, as its settings say. `at_once`: no draft's hour (the API asked)."""
        customer = self._books.state.by_id[subscription["customer"]]
        automatic = subscription["collection_method"] == "charge_automatically"
        if automatic and self._cards.paying(customer, subscription) is None:
            behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
            if behavior == "cancel":
                self._subscriptions.end(subscription, None)
                return
            if behavior == "pause":
                self._subscriptions.set_status(subscription, "paused", "customer.subscription.paused")
                self.plan(subscription)
                return
        self.advance(subscription, status="active", at_once=at_once)

    def advance(self, subscription: Obj, *, status: str | None = None, at_once: bool = False) -> None:
        """Go on to the next period and bill it: a draft that lives for an hour, or at once."""
        before = copy.deepcopy(subscription)
        old = period_of(subscription)
        begin = self._books.now() if at_once else old[1]
        anchor = subscription["billing_cycle_anchor"]
        recurring = subscription["items"]["data"][0]["price"]["recurring"]
        set_period(subscription, begin, next_end(anchor, begin, recurring))
        if status is not None:
            subscription["status"] = status
        if at_once:
            self._books.events.emit("customer.subscription.updated", subscription, before=before)
            self._subscriptions.bill_now(subscription, "subscription_cycle", whole=True)
            self.plan(subscription)
            return
        pause = subscription["pause_collection"]
        kept = subscription["status"] == "unpaid" or (pause is not None and pause["behavior"] == "keep_as_draft")
        invoice = self._subscriptions.draft(subscription, "subscription_cycle", auto_advance=not kept, period=old)
        self._books.events.emit("customer.subscription.updated", subscription, before=before)
        self._invoices.announce(invoice)
        self.plan(subscription)

    async def _turn(self, subscription: Obj) -> None:
        """The period is over."""
        if subscription["status"] in _IDLE:
            return
        self.before_renewal(subscription)
        if subscription["status"] in _IDLE:
            return
        if subscription["cancel_at"] is not None and subscription["cancel_at"] <= self._books.now():
            self._subscriptions.end(subscription, "cancellation_requested")
        elif subscription["status"] == "trialing":
            self.end_trial(subscription)
        else:
            self.advance(subscription)

    async def _cancel(self, subscription: Obj) -> None:
        if subscription["status"] not in ENDED:
            self._subscriptions.end(subscription, "cancellation_requested")

    async def _trial_will_end(self, subscription: Obj) -> None:
        if subscription["status"] == "trialing":
            self._books.state.secrets[subscription["id"]]["trial_told"] = subscription["trial_end"]
            self._books.events.emit("customer.subscription.trial_will_end", subscription)

    async def _upcoming(self, subscription: Obj) -> None:
        preview = self.preview(subscription) if subscription["status"] not in _IDLE else None
        if preview is not None:
            self._books.events.emit("invoice.upcoming", preview)

    async def _unpause(self, subscription: Obj) -> None:
        if subscription["pause_collection"] is None:
            return
        before = copy.deepcopy(subscription)
        subscription["pause_collection"] = None
        self._books.events.emit("customer.subscription.updated", subscription, before=before)

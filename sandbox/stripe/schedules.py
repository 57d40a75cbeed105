"""Subscription schedules: what a subscription becomes, phase by phase. Made from a running subscription."""

from __future__ import annotations

import copy
from functools import partial

from sandbox.stripe.books import Books
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.changes import Changes
from sandbox.stripe.cycles import Cycles
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.periods import after
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_shape import period_of
from sandbox.stripe.subscriptions import ENDED, Subscriptions


class Schedules:
    """`/v1/subscription_schedules`: `from_subscription`, phases, release, cancel."""

    def __init__(
        self, books: Books, subscriptions: Subscriptions, changes: Changes, cycles: Cycles, catalog: Catalog
    ) -> None:
        self._books = books
        self._subscriptions = subscriptions
        self._changes = changes
        self._catalog = catalog
        cycles.before_renewal = self._turn
        route = books.api.route
        route("POST", "/v1/subscription_schedules", self._create)
        route("GET", "/v1/subscription_schedules", self._list)
        route("GET", "/v1/subscription_schedules/{id}", self._retrieve)
        route("POST", "/v1/subscription_schedules/{id}", self._update)
        route("POST", "/v1/subscription_schedules/{id}/release", self._release)
        route("POST", "/v1/subscription_schedules/{id}/cancel", self._cancel)

    def _shape(self, subscription: Obj) -> Obj:
        start, end = period_of(subscription)
        return {
            "id": self._books.state.new_id("subscription_schedule"),
            "object": "subscription_schedule",
            "application": None,
            "billing_mode": copy.deepcopy(subscription["billing_mode"]),
            "canceled_at": None,
            "completed_at": None,
            "created": self._books.now(),
            "current_phase": {"end_date": end, "start_date": start},
            "customer": subscription["customer"],
            "customer_account": None,
            "default_settings": {
                "application_fee_percent": None,
                "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
                "billing_cycle_anchor": "automatic",
                "billing_thresholds": None,
                "collection_method": subscription["collection_method"],
                "default_payment_method": subscription["default_payment_method"],
                "description": subscription["description"],
                "invoice_settings": {
                    "account_tax_ids": None, "custom_fields": None, "days_until_due": None, "description": None,
                    "footer": None, "issuer": {"type": "self"},
                },
                "on_behalf_of": None,
                "transfer_data": None,
            },
            "end_behavior": "release",
            "livemode": subscription["livemode"],
            "metadata": {},
            "phases": [
                _phase(
                    subscription["currency"],
                    (start, end),
                    [(item["price"]["id"], item.get("quantity", 1)) for item in subscription["items"]["data"]],
                )
            ],
            "released_at": None,
            "released_subscription": None,
            "status": "active",
            "subscription": subscription["id"],
            "test_clock": None,
        }  # fmt: skip

    async def _create(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        key = params.text("from_subscription")
        if key is None:
            raise missing("from_subscription")
        subscription = state.ref("subscription", key, livemode=call.livemode, param="from_subscription")
        if subscription["schedule"] is not None or subscription["status"] in ENDED:
            raise invalid(
                "You cannot migrate a subscription that is already attached to a schedule or has ended: "
                f"{subscription['id']}"
            )
        schedule = self._shape(subscription)
        schedule["metadata"] = metadata(params)
        before = copy.deepcopy(subscription)
        subscription["schedule"] = schedule["id"]
        self._books.events.emit("subscription_schedule.created", state.put(schedule))
        self._books.events.emit("customer.subscription.updated", subscription, before=before)
        self._plan(schedule)
        return schedule

    def _get(self, call: Call) -> Obj:
        return self._books.state.get("subscription_schedule", call.path["id"], livemode=call.livemode)

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _list(self, call: Call) -> Obj:
        rows = self._books.state.newest(
            "subscription_schedule", livemode=call.livemode, customer=self._books.listed_customer(call)
        )
        return page(rows, call.params, "/v1/subscription_schedules")

    async def _update(self, call: Call) -> Obj:
        schedule, params = self._get(call), call.params
        self._check_active(schedule, "update")
        before = copy.deepcopy(schedule)
        if behavior := params.choice("end_behavior", "cancel", "none", "release", "renew"):
            schedule["end_behavior"] = behavior
        schedule["metadata"] = metadata(params, schedule["metadata"])
        if "phases" in params:
            schedule["phases"] = self._phases(schedule, params)
        self._books.events.updated("subscription_schedule.updated", schedule, before)
        if "cancel" in (before["end_behavior"], schedule["end_behavior"]):
            self._end_at(schedule, schedule["phases"][-1]["end_date"] if schedule["end_behavior"] == "cancel" else None)
        self._plan(schedule)
        return schedule

    def _phases(self, schedule: Obj, params: Params) -> list[Obj]:
        """The phases that `phases[]` describes; each begins where the one before ends."""
        subscription = self._books.state.by_id[schedule["subscription"]]
        start = schedule["phases"][0]["start_date"]
        found: list[Obj] = []
        for row in params.each("phases"):
            given = row.text("start_date")
            begin = self._books.now() if given == "now" else row.integer("start_date") or start
            items = []
            interval = "month", 1
            for one in row.each("items"):
                price = self._catalog.price_from(one, livemode=schedule["livemode"])
                interval = price["recurring"]["interval"], price["recurring"]["interval_count"]
                items.append((price["id"], one.integer("quantity", least=0) or 1))
            if not items:
                raise missing(row.name("items"))
            duration = row.inner("duration")
            if duration.values:
                every = duration.choice("interval", "day", "month", "week", "year") or "month"
                end = after(begin, every, duration.integer("interval_count", least=1) or 1)
            else:
                end = row.integer("end_date") or after(begin, *interval)
            if end <= begin:
                raise invalid("The phase's end_date must be after its start_date.", param=row.name("end_date"))
            phase = _phase(subscription["currency"], (begin, end), items)
            wish = row.choice("proration_behavior", "always_invoice", "create_prorations", "none")
            phase["proration_behavior"] = wish or "create_prorations"
            phase["metadata"] = metadata(row)
            found.append(phase)
            start = end
        if not found:
            raise missing("phases")
        return found

    def _end_at(self, schedule: Obj, when: int | None) -> None:
        """A schedule that cancels says on its subscription when that will be."""
        subscription = self._books.state.by_id[schedule["subscription"]]
        before = copy.deepcopy(subscription)
        subscription["cancel_at"], subscription["cancel_at_period_end"] = when, False
        subscription["canceled_at"] = None if when is None else self._books.now()
        subscription["cancellation_details"]["reason"] = None if when is None else "cancellation_requested"
        self._books.events.updated("customer.subscription.updated", subscription, before)

    async def _release(self, call: Call) -> Obj:
        schedule = self._get(call)
        self._check_active(schedule, "release")
        if schedule["end_behavior"] == "cancel" and not call.params.boolean("preserve_cancel_date"):
            self._end_at(schedule, None)
        self._let_go(schedule)
        return schedule

    async def _cancel(self, call: Call) -> Obj:
        schedule = self._get(call)
        self._check_active(schedule, "cancel")
        subscription = self._books.state.by_id[schedule["subscription"]]
        schedule["status"] = "canceled"
        schedule["canceled_at"] = self._books.now()
        schedule["current_phase"] = None
        self._books.drop(schedule["id"], "phase")
        if subscription["status"] not in ENDED:
            self._subscriptions.end(subscription, "cancellation_requested")
        self._books.events.emit("subscription_schedule.canceled", schedule)
        return schedule

    def _check_active(self, schedule: Obj, verb: str) -> None:
        if schedule["status"] not in ("active", "not_started"):
            raise invalid(
                f"You cannot {verb} a subscription schedule that is currently in the `{schedule['status']}` status."
            )

    def _let_go(self, schedule: Obj) -> None:
        subscription = self._books.state.by_id[schedule["subscription"]]
        schedule["status"] = "released"
        schedule["released_at"] = self._books.now()
        schedule["released_subscription"] = subscription["id"]
        schedule["subscription"] = None
        schedule["current_phase"] = None
        self._books.drop(schedule["id"], "phase")
        before = copy.deepcopy(subscription)
        subscription["schedule"] = None
        self._books.events.emit("subscription_schedule.released", schedule)
        self._books.events.emit("customer.subscription.updated", subscription, before=before)

    # -- time ------------------------------------------------------------------------------------

    def _plan(self, schedule: Obj) -> None:
        current = schedule["current_phase"]
        ends = [phase["end_date"] for phase in schedule["phases"] if phase["end_date"] > self._books.now()]
        when = min(ends) if current is not None and ends else None
        self._books.at(schedule["id"], "phase", when, partial(self._end_phase, schedule))

    def _turn(self, subscription: Obj) -> None:
        """A renewal is about to happen: if a phase ends at this very moment, the next one begins first."""
        schedule = self._books.state.find("subscription_schedule", subscription["schedule"])
        if schedule is not None and any(
            phase["end_date"] <= self._books.now() and phase["start_date"] >= schedule["current_phase"]["start_date"]
            for phase in schedule["phases"]
        ):
            self._step(schedule, subscription)

    async def _end_phase(self, schedule: Obj) -> None:
        subscription = self._books.state.find("subscription", schedule["subscription"])
        if schedule["status"] == "active" and subscription is not None and subscription["status"] not in ENDED:
            self._step(schedule, subscription)

    def _step(self, schedule: Obj, subscription: Obj) -> None:
        now = self._books.now()
        phase = next((one for one in schedule["phases"] if one["start_date"] <= now < one["end_date"]), None)
        if phase is None:
            if schedule["end_behavior"] == "cancel":
                schedule["status"], schedule["completed_at"] = "completed", now
                schedule["current_phase"] = None
                self._books.drop(schedule["id"], "phase")
                self._subscriptions.end(subscription, "cancellation_requested")
                self._books.events.emit("subscription_schedule.completed", schedule)
            else:
                self._let_go(schedule)
            return
        before = copy.deepcopy(schedule)
        schedule["current_phase"] = {"end_date": phase["end_date"], "start_date": phase["start_date"]}
        self._books.events.updated("subscription_schedule.updated", schedule, before)
        self._plan(schedule)
        self._apply(subscription, phase)

    def _apply(self, subscription: Obj, phase: Obj) -> None:
        """Make the subscription's items those of the phase."""
        left = [item["id"] for item in subscription["items"]["data"]]
        rows: list[dict[str, str]] = []
        for wanted in phase["items"]:
            row = {"price": wanted["price"], "quantity": str(wanted["quantity"])}
            rows.append(row | {"id": left.pop(0)} if left else row)
        rows += [{"id": key, "deleted": "true"} for key in left]
        # At a renewal nothing of the old period is left: its proration comes to nothing by itself.
        behavior = "none" if period_of(subscription)[1] <= self._books.now() else phase["proration_behavior"]
        self._changes.update(subscription, Params({"items": rows, "proration_behavior": behavior}))


def _phase(currency: str, span: tuple[int, int], items: list[tuple[str, int]]) -> Obj:
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": span[1],
        "invoice_settings": None,
        "items": [
            {
                "billing_thresholds": None, "discounts": [], "metadata": {}, "price": price, "quantity": quantity,
                "tax_rates": [],
            }
            for price, quantity in items
        ],
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": span[0],
        "transfer_data": None,
        "trial_end": None,
    }  # fmt: skip

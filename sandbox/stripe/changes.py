"""Changing a running subscription: items, quantities, anchors, trials, pauses; and what that costs pro rata."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.cycles import Cycles
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import invalid, no_such
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.money import prorated
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.periods import next_end
from sandbox.stripe.store import Obj
from sandbox.stripe.subscribing import BEHAVIORS, Subscribing, check_together
from sandbox.stripe.subscription_shape import add_item, amount_of, name_of, period_of, plan_of, relist, set_period
from sandbox.stripe.subscriptions import ENDED, Subscriptions

PRORATIONS = ("always_invoice", "create_prorations", "none")


class Changes:
    """`POST /v1/subscriptions/{id}`, `/pause` and `/resume`, without their routes."""

    def __init__(
        self,
        books: Books,
        subscriptions: Subscriptions,
        subscribing: Subscribing,
        cycles: Cycles,
        items: InvoiceItems,
        discounts: Discounts,
        cards: Cards,
    ) -> None:
        self._books = books
        self._subscriptions = subscriptions
        self._subscribing = subscribing
        self._cycles = cycles
        self._items = items
        self._discounts = discounts
        self._cards = cards

    def update(self, subscription: Obj, params: Params) -> Obj:
        """Apply the parameters of an update. Emits customer.subscription.updated if anything changed.

        Raises StripeError, and then nothing has changed.
        """
        if subscription["status"] in ENDED:
            self._refuse_ended(subscription, params)
        before = copy.deepcopy(subscription)
        customer = self._books.state.by_id[subscription["customer"]]
        try:
            self._subscribing.settings(subscription, params, customer)
            self._details(subscription, params)
            self._pause_collection(subscription, params)
            if "discounts" in params:
                subscription["discounts"] = self._discounts.redeem(
                    params, livemode=subscription["livemode"], customer=customer["id"], subscription=subscription["id"]
                )
            priced = self._change_items(subscription, params)
            reset = self._anchor(subscription, params, before)
            self._check_scheduled(subscription, params)
            self._check_payment(subscription, before, params)
            self._subscribing.ending(subscription, params)
            trial_over = self._trial(subscription, params)
        except Exception:
            subscription.clear()
            subscription.update(before)
            raise
        self._settle(subscription, before, params, priced=priced, reset=reset, trial_over=trial_over)
        self._cycles.plan(subscription)
        return subscription

    def prorate(self, subscription: Obj, before: list[Obj], after: list[Obj], at: int, period: tuple[int, int]) -> None:
        """Credit the unused time of items as they were, charge the remaining time of items as they are."""
        start, end = period
        if end <= start or not start <= at <= end:
            return
        old, new = {one["id"]: one for one in before}, {one["id"]: one for one in after}
        for key in [*old, *(key for key in new if key not in old)]:
            was, now = old.get(key), new.get(key)
            if was and now and was["price"]["id"] == now["price"]["id"] and was.get("quantity") == now.get("quantity"):
                continue
            credited = self._items.billed(subscription["customer"], key)
            # The credit is the newer one: lists and bills show it first.
            for item, sign, word in ((now, 1, "Remaining"), (was, -1, "Unused")):
                amount = prorated(sign * amount_of(item), end - at, end - start) if item else 0
                if item is not None and amount != 0:
                    self._prorated(subscription, item, amount, word, (at, end), credited if sign < 0 else None)

    def _prorated(
        self,
        subscription: Obj,
        item: Obj,
        amount: int,
        word: str,
        period: tuple[int, int],
        credited: Obj | None = None,
    ) -> None:
        """Have a part of an item's price wait for the next invoice; `word` says which part of its time it is."""
        day = datetime.fromtimestamp(period[0], UTC).strftime("%d %b %Y")
        times = f"{item['quantity']} × " if item.get("quantity", 1) > 1 else ""
        self._items.make(
            self._books.state.by_id[subscription["customer"]],
            amount=amount,
            code=subscription["currency"],
            description=f"{word} time on {times}{name_of(self._books, item)} after {day}",
            period=period,
            quantity=item.get("quantity", 1),
            price=item["price"],
            subscription=subscription,
            subscription_item=item["id"],
            proration=True,
            credited=credited,
            tax_rates=item["tax_rates"] or subscription["default_tax_rates"],
        )

    def pause(self, subscription: Obj, params: Params) -> Obj:
        """Stop a subscription without ending it: `paused`, no invoices. The unused time is credited.

        Refused for classic billing, for an attached schedule, and unless it runs.
        """
        if subscription["schedule"] is not None:
            raise invalid("You cannot pause a subscription that has a schedule attached to it.")
        if subscription["billing_mode"]["type"] != "flexible":
            raise invalid("Only subscriptions with `billing_mode[type]=flexible` can be paused.")
        if subscription["status"] not in ("active", "trialing", "past_due"):
            raise invalid(f"You cannot pause a subscription with the status {subscription['status']}.")
        unused = params.inner("bill_for").inner("unused_time_from").text("type") or "now"
        items, period = subscription["items"]["data"], period_of(subscription)
        if unused != "none" and subscription["status"] == "active":
            since = period[0] if unused == "item_current_period_start" else self._books.now()
            self.prorate(subscription, items, [], since, period)
        self._subscriptions.set_status(subscription, "paused", "customer.subscription.paused")
        if params.choice("invoicing_behavior", "invoice", "pending_invoice_item") == "invoice":
            self._subscriptions.bill_now(subscription, "subscription_update", whole=False)
        self._cycles.plan(subscription)
        return subscription

    def resume(self, subscription: Obj, params: Params) -> Obj:
        """Take up a paused subscription again; its resumption invoice is finalized and charged at once."""
        if subscription["status"] in ENDED:
            raise no_such("subscription", subscription["id"])
        if subscription["status"] != "paused":
            raise invalid("The subscription cannot be resumed because it is not paused.")
        anchor = params.plain("billing_cycle_anchor")
        kind = params.inner("billing_cycle_anchor").text("type") if isinstance(anchor, dict) else anchor
        now, end = self._books.now(), period_of(subscription)[1]
        if kind == "unchanged" and end > now:
            self._subscriptions.set_status(subscription, "active", "customer.subscription.resumed")
            self._cycles.plan(subscription)
            return subscription
        subscription["billing_cycle_anchor"] = now
        self._restart(subscription, now)
        secrets = self._books.state.secrets[subscription["id"]]
        waits = params.text("payment_behavior") == "resume_on_payment_success"
        if not waits:
            self._subscriptions.set_status(subscription, "active", "customer.subscription.resumed")
        secrets["resuming"] = subscription["latest_invoice"]
        invoice = self._subscriptions.bill_now(subscription, "subscription_cycle", whole=True)
        secrets["resuming"] = invoice["id"] if invoice else None
        if waits and (invoice is None or invoice["status"] == "paid"):
            self._subscriptions.set_status(subscription, "active", "customer.subscription.resumed")
        self._cycles.plan(subscription)
        return subscription

    # -- the parts of an update ------------------------------------------------------------------

    def _refuse_ended(self, subscription: Obj, params: Params) -> None:
        """Only notes may change on what has ended."""
        if set(params) - {"metadata", "cancellation_details", "expand"}:
            if subscription["status"] == "canceled":
                raise invalid(
                    "A canceled subscription can only update its cancellation_details and metadata.",
                    code="invalid_canceled_subscription_fields",
                )
            raise invalid("This subscription has expired; only its metadata can be changed.")

    def _check_scheduled(self, subscription: Obj, params: Params) -> None:
        """How a subscription ends is up to its schedule, if it has one."""
        if subscription["schedule"] is not None and ("cancel_at" in params or "cancel_at_period_end" in params):
            raise invalid(
                f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating "
                "any cancelation behavior directly is not allowed. Please update the schedule instead."
            )

    def _details(self, subscription: Obj, params: Params) -> None:
        given = params.inner("cancellation_details")
        details = subscription["cancellation_details"]
        for name in ("comment", "feedback"):
            if name in given:
                details[name] = given.text(name)

    def _pause_collection(self, subscription: Obj, params: Params) -> None:
        if "pause_collection" not in params:
            return
        given = params.inner("pause_collection")
        behavior = given.choice("behavior", "keep_as_draft", "mark_uncollectible", "void")
        subscription["pause_collection"] = (
            None if behavior is None else {"behavior": behavior, "resumes_at": given.integer("resumes_at")}
        )

    def _change_items(self, subscription: Obj, params: Params) -> bool:
        """Apply `items[]`; true if what is billed changed."""
        rows = params.each("items")
        if not rows:
            return False
        before = copy.deepcopy(subscription["items"]["data"])
        period, livemode = period_of(subscription), subscription["livemode"]
        for row in rows:
            key = row.text("id")
            if key is None:
                add_item(self._books, subscription, self._subscribing.one(row, livemode), period)
                continue
            item = next((one for one in subscription["items"]["data"] if one["id"] == key), None)
            if item is None:
                raise no_such("subscription_item", key, param=row.name("id"), status=400)
            if row.boolean("deleted"):
                subscription["items"]["data"].remove(item)
                continue
            self._change_item(item, row, livemode)
        if not subscription["items"]["data"]:
            raise invalid("A subscription must have at least one active item.", param="items")
        check_together([one["price"] for one in subscription["items"]["data"]])
        relist(subscription)
        return bool(_billed(before) != _billed(subscription["items"]["data"]))

    def _change_item(self, item: Obj, row: Params, livemode: bool) -> None:
        if "price" in row or "price_data" in row:
            item["price"] = copy.deepcopy(self._subscribing.one(row, livemode).price)
            item["plan"] = plan_of(item["price"])
        quantity = row.integer("quantity", least=0)
        if quantity is not None:
            item["quantity"] = quantity
        if "tax_rates" in row:
            item["tax_rates"] = self._discounts.tax_rates(row, "tax_rates", livemode=livemode)
        item["metadata"] = metadata(row, item["metadata"])

    def _anchor(self, subscription: Obj, params: Params, before: Obj) -> bool:
        """Whether a new cycle begins now: asked for, or because the interval became another."""
        given = params.plain("billing_cycle_anchor")
        kind = params.inner("billing_cycle_anchor").text("type") if isinstance(given, dict) else given
        if kind not in (None, "now", "unchanged"):
            raise invalid("billing_cycle_anchor must be `now` or `unchanged`.", param="billing_cycle_anchor")
        old, new = before["items"]["data"][0]["price"], subscription["items"]["data"][0]["price"]
        other = any(old["recurring"][name] != new["recurring"][name] for name in ("interval", "interval_count"))
        free = amount_of(before["items"]["data"][0]) == 0 and amount_of(subscription["items"]["data"][0]) > 0
        return subscription["status"] != "trialing" and (kind == "now" or other or free)

    def _check_payment(self, subscription: Obj, before: Obj, params: Params) -> None:
        behavior = params.choice("payment_behavior", *BEHAVIORS)
        changed = _billed(before["items"]["data"]) != _billed(subscription["items"]["data"])
        if behavior != "error_if_incomplete" or not changed:
            return
        customer = self._books.state.by_id[subscription["customer"]]
        method = self._cards.paying(customer, subscription)
        self._subscriptions.check_payable(
            behavior, method, subscription["currency"], off_session=params.boolean("off_session")
        )

    def _trial(self, subscription: Obj, params: Params) -> bool:
        """`trial_end`: a new end of the trial; true if it is over now."""
        if "trial_end" not in params:
            return False
        now = self._books.now()
        if params.text("trial_end") == "now":
            subscription["trial_end"] = now if subscription["status"] == "trialing" else subscription["trial_end"]
            return bool(subscription["status"] == "trialing")
        end = self._subscribing.trial_end(params, now)
        if end is not None:
            subscription["trial_start"] = subscription["trial_start"] or now
            subscription["trial_end"] = subscription["billing_cycle_anchor"] = end
            subscription["status"] = "trialing"
            set_period(subscription, period_of(subscription)[0], end)
        return False

    def _settle(
        self, subscription: Obj, before: Obj, params: Params, *, priced: bool, reset: bool, trial_over: bool
    ) -> None:
        """Do what an accepted change costs, and tell of it."""
        now = self._books.now()
        behavior = params.choice("proration_behavior", *PRORATIONS) or "create_prorations"
        items, old = subscription["items"]["data"], before["items"]["data"]
        charged = before["status"] in ("active", "past_due", "unpaid")
        if trial_over:
            subscription["billing_cycle_anchor"] = now
            self._cycles.end_trial(subscription, at_once=True)
            return
        at = params.integer("proration_date") or now
        flexible = subscription["billing_mode"]["type"] == "flexible"
        if extends := reset and charged and flexible and not priced:
            self._extend(subscription, charged=behavior != "none")
        elif reset and charged:
            if behavior != "none":
                self.prorate(subscription, old, [], at, period_of(before))
            subscription["billing_cycle_anchor"] = now
            self._restart(subscription, now)
        elif priced and charged and behavior != "none":
            self.prorate(subscription, old, items, at, period_of(subscription))
        for item in old:
            if item["id"] not in {one["id"] for one in items}:
                self._books.state.by_kind["subscription_item"].pop(item["id"], None)
        self._books.events.updated("customer.subscription.updated", subscription, before)
        if reset and charged and not extends:
            self._subscriptions.bill_now(subscription, "subscription_update", whole=True)
        elif (priced or extends) and charged and behavior == "always_invoice":
            self._subscriptions.bill_now(subscription, "subscription_update", whole=False)

    def _extend(self, subscription: Obj, *, charged: bool) -> None:
        """Begin the cycle now: what the running period has paid for stays paid, only the time behind it is charged."""
        now, paid_until = self._books.now(), period_of(subscription)[1]
        subscription["billing_cycle_anchor"] = now
        self._restart(subscription, now)
        end = period_of(subscription)[1]
        for item in subscription["items"]["data"] if charged and end > paid_until else []:
            amount = prorated(amount_of(item), end - paid_until, end - now)
            self._prorated(subscription, item, amount, "Remaining", (paid_until, end))

    def _restart(self, subscription: Obj, now: int) -> None:
        recurring = subscription["items"]["data"][0]["price"]["recurring"]
        set_period(subscription, now, next_end(now, now, recurring))


def _billed(items: list[Obj]) -> list[tuple[str, str, int | None]]:
    return [(one["id"], one["price"]["id"], one.get("quantity")) for one in items]

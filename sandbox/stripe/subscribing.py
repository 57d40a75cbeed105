"""Beginning a subscription, by the API or by a paid Checkout."""

from __future__ import annotations

import copy
from collections.abc import Callable

from sandbox.stripe.books import Books
from sandbox.stripe.cards import Cards
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.customers import Customers
from sandbox.stripe.cycles import Cycles
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.periods import next_end
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_shape import Wanted, add_item, shape
from sandbox.stripe.subscriptions import Subscriptions

ITEMS_MAX = 20
BEHAVIORS = ("allow_incomplete", "error_if_incomplete", "pending_if_incomplete", "default_incomplete")


class Subscribing:
    """Makes subscriptions of Stripe's own parameters."""

    def __init__(
        self,
        books: Books,
        subscriptions: Subscriptions,
        cycles: Cycles,
        customers: Customers,
        catalog: Catalog,
        discounts: Discounts,
        items: InvoiceItems,
        cards: Cards,
    ) -> None:
        self._books = books
        self._subscriptions = subscriptions
        self._cycles = cycles
        self._customers = customers
        self._catalog = catalog
        self._discounts = discounts
        self._items = items
        self._cards = cards
        # Makes the setup intent of a trial that nobody can pay for yet.
        self.setup_intent: Callable[[Obj], Obj | None] = lambda _customer: None

    def create(
        self, customer: Obj, params: Params, *, off_session: bool | None = None, method: Obj | None = None
    ) -> Obj:
        """Begin a subscription with the parameters of `POST /v1/subscriptions`.

        `method` pays and becomes the default (Checkout, where the person has just typed it). Raises StripeError for
        parameters that do not fit, and for a refused card with `payment_behavior=error_if_incomplete`.
        """
        livemode, now = customer["livemode"], self._books.now()
        wanted = self.wanted(params, livemode)
        currency = str(wanted[0].price["currency"])
        trial_end = self._trial_end(params, now)
        anchor = trial_end or params.integer("billing_cycle_anchor") or now
        if anchor < now:
            raise invalid("billing_cycle_anchor must be in the future.", param="billing_cycle_anchor")
        subscription = shape(self._books, customer, currency, anchor)
        self.settings(subscription, params, customer)
        if method is not None:
            subscription["default_payment_method"] = method["id"]
        behavior = params.choice("payment_behavior", *BEHAVIORS) or "allow_incomplete"
        if behavior == "pending_if_incomplete":
            raise invalid(
                "Setting `payment_behavior` to `pending_if_incomplete` has no effect when creating a subscription.",
                param="payment_behavior",
            )
        if subscription["collection_method"] == "send_invoice":
            self._check_sent(customer, subscription)
        self._customers.check_currency(customer, currency)
        end = trial_end or next_end(anchor, now, wanted[0].price["recurring"])
        for one in wanted:
            add_item(self._books, subscription, one, (now, end))
        if trial_end is not None:
            subscription["status"] = "trialing"
            subscription["trial_start"], subscription["trial_end"] = now, trial_end
        subscription["discounts"] = self._discounts.redeem(
            params, livemode=livemode, customer=customer["id"], subscription=subscription["id"]
        )
        self.ending(subscription, params)
        extra = [self._extra(one, subscription, customer) for one in params.each("add_invoice_items")]
        automatic = subscription["collection_method"] == "charge_automatically"
        invoice = self._subscriptions.draft(subscription, "subscription_create", auto_advance=True, period=(now, now))
        if automatic:
            # The first invoice of an automatic subscription does not wait for its hour.
            invoice["automatically_finalizes_at"] = invoice["next_payment_attempt"] = None
        session = params.boolean("off_session") if off_session is None else off_session
        try:
            if trial_end is not None and automatic and self._cards.paying(customer, subscription) is None:
                intent = self.setup_intent(customer)
                subscription["pending_setup_intent"] = intent["id"] if intent else None
            self._subscriptions.begin(subscription, invoice, behavior, off_session=session, method=method)
        except Exception:
            self._subscriptions.forget_draft(subscription, invoice)
            for item in extra:
                self._books.state.remove(item)
            raise
        self._customers.take_currency(customer, currency)
        self._cycles.plan(subscription)
        return subscription

    def wanted(self, params: Params, livemode: bool) -> list[Wanted]:
        """The items that `items[]` asks for. Raises for none, too many, or prices that do not fit together."""
        rows = params.each("items")
        if not rows:
            raise missing("items")
        if len(rows) > ITEMS_MAX:
            raise invalid(f"A subscription can have at most {ITEMS_MAX} items.", param="items")
        found = [self.one(row, livemode) for row in rows]
        check_together([one.price for one in found])
        return found

    def one(self, row: Params, livemode: bool) -> Wanted:
        """One item: its price must be recurring."""
        price = self._catalog.price_from(row, livemode=livemode)
        if price["type"] != "recurring":
            raise invalid(
                "The price specified is set to `type=one_time` but this field only accepts prices with "
                "`type=recurring`.",
                param=row.name("price"),
            )
        quantity = row.integer("quantity", least=0)
        rates = self._discounts.tax_rates(row, "tax_rates", livemode=livemode)
        return Wanted(price, 1 if quantity is None else quantity, metadata(row), rates)

    def settings(self, subscription: Obj, params: Params, customer: Obj) -> None:
        """What both making and changing a subscription may say about it."""
        if "description" in params:
            subscription["description"] = params.text("description")
        if method := params.choice("collection_method", "charge_automatically", "send_invoice"):
            subscription["collection_method"] = method
        if "days_until_due" in params:
            subscription["days_until_due"] = params.integer("days_until_due", least=0)
        if subscription["collection_method"] == "charge_automatically":
            if params.text("days_until_due"):
                raise invalid("You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.")
            subscription["days_until_due"] = None
        if "default_payment_method" in params:
            key = params.text("default_payment_method")
            subscription["default_payment_method"] = self._own_method(key, customer)["id"] if key else None
        if "default_tax_rates" in params:
            subscription["default_tax_rates"] = self._discounts.tax_rates(
                params, "default_tax_rates", livemode=subscription["livemode"]
            )
        behavior = params.inner("trial_settings").inner("end_behavior")
        if wish := behavior.choice("missing_payment_method", "cancel", "create_invoice", "pause"):
            subscription["trial_settings"] = {"end_behavior": {"missing_payment_method": wish}}
        saving = params.inner("payment_settings").choice("save_default_payment_method", "off", "on_subscription")
        if saving is not None:
            subscription["payment_settings"]["save_default_payment_method"] = saving
        kinds = params.inner("payment_settings").texts("payment_method_types")
        if kinds:
            subscription["payment_settings"]["payment_method_types"] = kinds
        own = params.inner("invoice_settings")
        for name in ("description", "footer"):
            if name in own:
                subscription["invoice_settings"][name] = own.text(name)
        if params.inner("billing_mode").choice("type", "classic", "flexible") == "classic":
            subscription["billing_mode"] = {"flexible": None, "type": "classic"}
        subscription["metadata"] = metadata(params, subscription["metadata"])

    def ending(self, subscription: Obj, params: Params) -> None:
        """`cancel_at` and `cancel_at_period_end`, also taken back again."""
        ends = [item["current_period_end"] for item in subscription["items"]["data"]]
        if "cancel_at_period_end" in params and "cancel_at" in params:
            raise invalid(
                "You may only specify one of these parameters: cancel_at, cancel_at_period_end.", param="cancel_at"
            )
        now = self._books.now()
        if "cancel_at_period_end" in params:
            wish = params.boolean("cancel_at_period_end")
            # Flexible billing also shows the moment itself.
            subscription["cancel_at_period_end"] = wish
            subscription["cancel_at"] = min(ends) if wish else None
        elif "cancel_at" in params:
            text = params.text("cancel_at")
            words = {"min_period_end": min(ends), "max_period_end": max(ends), None: None}
            when = words[text] if text in words else params.integer("cancel_at")
            if when is not None and when <= now:
                raise invalid("`cancel_at` must be a timestamp in the future.", param="cancel_at")
            subscription["cancel_at_period_end"] = False
            subscription["cancel_at"] = when
        else:
            return
        chosen = subscription["cancel_at"] is not None
        subscription["canceled_at"] = now if chosen else None
        subscription["cancellation_details"]["reason"] = "cancellation_requested" if chosen else None

    def trial_end(self, params: Params, now: int) -> int | None:
        """The moment that `trial_end` names. Raises for one in the past, or too far away."""
        if params.text("trial_end") == "now":
            return None
        end = params.integer("trial_end")
        if end is not None and end <= now:
            raise invalid(
                "The parameter `trial_end` expects a unix timestamp representing a date and time in the future. You "
                f"specified the value `{end}` which is in the past.",
                "trial_end",
            )
        if end is not None and end > now + 730 * 86400 + 3600:
            raise invalid("Invalid timestamp: can be no more than two years in the future.", param="trial_end")
        return end

    def _trial_end(self, params: Params, now: int) -> int | None:
        days = params.integer("trial_period_days", least=0, most=730)
        if params.boolean("trial_from_plan") and (days or "trial_end" in params):
            raise invalid("You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`.")
        if days and "trial_end" in params:
            raise invalid(
                "You may only specify one of these parameters: trial_end, trial_period_days.", param="trial_end"
            )
        return now + days * 86400 if days else self.trial_end(params, now)

    def _own_method(self, key: str, customer: Obj) -> Obj:
        method = self._cards.resolve(key, livemode=customer["livemode"], param="default_payment_method")
        if method["customer"] != customer["id"]:
            raise invalid(
                f"The customer does not have a payment method with the ID {key}. The payment method must be attached "
                "to the customer.",
                param="default_payment_method",
                code="resource_missing",
            )
        return method

    def _check_sent(self, customer: Obj, subscription: Obj) -> None:
        if subscription["days_until_due"] is None:
            raise invalid(
                "You must specify `days_until_due` when `collection_method` is `send_invoice`.", param="days_until_due"
            )
        if not customer["email"]:
            raise invalid(
                "Missing email. In order to create invoices that are sent to the customer, the customer must have a "
                "valid email."
            )

    def _extra(self, one: Params, subscription: Obj, customer: Obj) -> Obj:
        item = self._items.from_params(one, customer, livemode=subscription["livemode"])
        item["parent"] = {
            "subscription_details": {"subscription": subscription["id"]},
            "type": "subscription_details",
        }
        return item


def check_together(prices: list[Obj]) -> None:
    """Prices of one subscription share currency and interval, and none stands twice."""
    first = copy.deepcopy(prices[0])
    for price in prices[1:]:
        same = all(first["recurring"][name] == price["recurring"][name] for name in ("interval", "interval_count"))
        if price["currency"] != first["currency"] or not same:
            raise invalid(
                "Currency and interval fields must match across all prices on this subscription. Found mismatch in "
                f"prices {first['id']} and {price['id']}.",
                param="items",
            )
    ids = [price["id"] for price in prices]
    if len(ids) != len(set(ids)):
        twice = next(key for key in ids if ids.count(key) > 1)
        raise invalid(
            f"Cannot create a Subscription with multiple Subscription Items with the same Price: {twice}", param="plan"
        )

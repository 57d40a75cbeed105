"""`/v1/subscriptions` and `/v1/subscription_items`: the routes."""

from __future__ import annotations

from sandbox.stripe.books import Books
from sandbox.stripe.changes import Changes
from sandbox.stripe.customers import Customers
from sandbox.stripe.errors import missing, no_such
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.params import Params
from sandbox.stripe.store import Obj
from sandbox.stripe.subscribing import Subscribing
from sandbox.stripe.subscription_shape import period_of
from sandbox.stripe.subscriptions import ENDED, Subscriptions

_STATUSES = (
    "active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired", "trialing", "paused", "all",
    "ended",
)  # fmt: skip
FEEDBACK = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex", "too_expensive",
    "unused",
)  # fmt: skip


class SubscriptionApi:
    """What the API lets one do with subscriptions and their items."""

    def __init__(
        self,
        books: Books,
        subscriptions: Subscriptions,
        subscribing: Subscribing,
        changes: Changes,
        customers: Customers,
    ) -> None:
        self._books = books
        self._subscriptions = subscriptions
        self._subscribing = subscribing
        self._changes = changes
        self._customers = customers
        route = books.api.route
        route("POST", "/v1/subscriptions", self._create)
        route("GET", "/v1/subscriptions", self._list)
        route("GET", "/v1/subscriptions/{id}", self._retrieve)
        route("POST", "/v1/subscriptions/{id}", self._update)
        route("DELETE", "/v1/subscriptions/{id}", self._cancel)
        route("POST", "/v1/subscriptions/{id}/pause", self._pause)
        route("POST", "/v1/subscriptions/{id}/resume", self._resume)
        route("DELETE", "/v1/subscriptions/{id}/discount", self._delete_discount)
        route("POST", "/v1/subscription_items", self._create_item)
        route("GET", "/v1/subscription_items", self._list_items)
        route("GET", "/v1/subscription_items/{id}", self._retrieve_item)
        route("POST", "/v1/subscription_items/{id}", self._update_item)
        route("DELETE", "/v1/subscription_items/{id}", self._delete_item)
        customers.on_delete = subscriptions.end_all

    def cancel(self, subscription: Obj, params: Params) -> Obj:
        """End a subscription now; `prorate` credits the unused time, `invoice_now` bills what is pending."""
        if subscription["status"] in ENDED:
            raise no_such("subscription", subscription["id"])
        if params.boolean("prorate") and subscription["status"] in ("active", "past_due"):
            items = subscription["items"]["data"]
            self._changes.prorate(subscription, items, [], self._books.now(), period_of(subscription))
        if params.boolean("invoice_now"):
            self._subscriptions.bill_now(subscription, "subscription_update", whole=False)
        details = params.inner("cancellation_details")
        self._subscriptions.end(
            subscription,
            "cancellation_requested",
            comment=details.text("comment"),
            feedback=details.choice("feedback", *FEEDBACK),
        )
        return subscription

    # -- routes ----------------------------------------------------------------------------------

    def _get(self, call: Call) -> Obj:
        return self._books.state.get("subscription", call.path["id"], livemode=call.livemode)

    async def _create(self, call: Call) -> Obj:
        return self._subscribing.create(self._customers.ref(call, status=404), call.params)

    async def _retrieve(self, call: Call) -> Obj:
        return self._get(call)

    async def _update(self, call: Call) -> Obj:
        return self._changes.update(self._get(call), call.params)

    async def _cancel(self, call: Call) -> Obj:
        return self.cancel(self._get(call), call.params)

    async def _pause(self, call: Call) -> Obj:
        return self._changes.pause(self._get(call), call.params)

    async def _resume(self, call: Call) -> Obj:
        return self._changes.resume(self._get(call), call.params)

    async def _delete_discount(self, call: Call) -> Obj:
        subscription = self._get(call)
        if not subscription["discounts"]:
            raise no_such("discount", subscription["id"])
        gone = self._books.state.by_id[subscription["discounts"][0]]
        self._changes.update(subscription, Params({"discounts": ""}))
        return gone | {"deleted": True}

    async def _list(self, call: Call) -> Obj:
        params = call.params
        status = params.choice("status", *_STATUSES)
        price, method = params.text("price"), params.text("collection_method")

        def fits(row: Obj) -> bool:
            if status is None:
                return row["status"] not in ENDED
            return status == "all" or row["status"] == status or (status == "ended" and row["status"] in ENDED)

        customer, state = self._books.listed_customer(call), self._books.state
        rows = (
            row
            for row in (
                state.behind("subscription", params.text("starting_after"), livemode=call.livemode)
                if customer is None
                else state.newest("subscription", livemode=call.livemode, customer=customer)
            )
            if fits(row)
            and method in (None, row["collection_method"])
            and (price is None or any(item["price"]["id"] == price for item in row["items"]["data"]))
        )
        return page(rows, params, "/v1/subscriptions", begun=customer is None)

    # -- items -----------------------------------------------------------------------------------

    def _item(self, call: Call) -> tuple[Obj, Obj]:
        item = self._books.state.get("subscription_item", call.path["id"], livemode=call.livemode)
        return item, self._books.state.by_id[item["subscription"]]

    def _change(self, subscription: Obj, call: Call, row: dict[str, object]) -> Obj:
        passed = ("proration_behavior", "proration_date", "payment_behavior", "off_session")
        values = {name: call.params.values[name] for name in passed if name in call.params}
        return self._changes.update(subscription, Params({**values, "items": [row]}))

    async def _create_item(self, call: Call) -> Obj:
        key = call.params.need("subscription")
        subscription = self._books.state.ref("subscription", key, livemode=call.livemode, param="subscription")
        names = ("price", "price_data", "quantity", "metadata", "tax_rates")
        self._change(subscription, call, {n: call.params.values[n] for n in names if n in call.params})
        found: Obj = subscription["items"]["data"][-1]
        return found

    async def _update_item(self, call: Call) -> Obj:
        item, subscription = self._item(call)
        names = ("price", "price_data", "quantity", "metadata", "tax_rates")
        given = {name: call.params.values[name] for name in names if name in call.params}
        self._change(subscription, call, {"id": item["id"], **given})
        return next(one for one in subscription["items"]["data"] if one["id"] == item["id"])

    async def _delete_item(self, call: Call) -> Obj:
        item, subscription = self._item(call)
        self._change(subscription, call, {"id": item["id"], "deleted": "true"})
        return {"id": item["id"], "object": "subscription_item", "deleted": True}

    async def _retrieve_item(self, call: Call) -> Obj:
        return self._item(call)[0]

    async def _list_items(self, call: Call) -> Obj:
        key = call.params.text("subscription")
        if key is None:
            raise missing("subscription")
        subscription = self._books.state.ref("subscription", key, livemode=call.livemode, param="subscription")
        return page(subscription["items"]["data"], call.params, "/v1/subscription_items")

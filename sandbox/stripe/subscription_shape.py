"""A subscription on paper: its shape, its items, the lines they bill."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from sandbox.stripe.bills import Bills
from sandbox.stripe.books import Books
from sandbox.stripe.lists import listed
from sandbox.stripe.money import written
from sandbox.stripe.store import Obj


@dataclass(slots=True)
class Wanted:
    """One item that a subscription is to have."""

    price: Obj
    quantity: int = 1
    metadata: dict[str, str] = field(default_factory=dict)
    tax_rates: list[Obj] = field(default_factory=list)


def shape(books: Books, customer: Obj, currency: str, anchor: int) -> Obj:
    """A subscription of this customer without items, defaults everywhere; not stored yet."""
    now = books.now()
    return {
        "id": books.state.new_id("subscription"),
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": anchor,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {
            "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
            "issuer": {"type": "self"},
        },
        "items": listed([], ""),
        "latest_invoice": None,
        "livemode": customer["livemode"],
        "managed_payments": None,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }  # fmt: skip


def add_item(books: Books, subscription: Obj, wanted: Wanted, period: tuple[int, int]) -> Obj:
    """Give a subscription one more item."""
    item: Obj = {
        "id": books.state.new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": books.now(),
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": dict(wanted.metadata),
        "plan": plan_of(wanted.price),
        "price": copy.deepcopy(wanted.price),
        "quantity": wanted.quantity,
        "subscription": subscription["id"],
        "tax_rates": wanted.tax_rates,
    }
    if wanted.price["recurring"]["usage_type"] == "metered":
        del item["quantity"]
    # Items are found by id too; the dict is the same one that the subscription shows.
    books.state.by_kind["subscription_item"][item["id"]] = item
    books.state.by_id[item["id"]] = item
    books.state.secrets[item["id"]]["livemode"] = subscription["livemode"]
    subscription["items"]["data"].append(item)
    relist(subscription)
    return item


def plan_of(price: Obj) -> Obj:
    """The price in its older shape, which items still show although nothing documents it any more."""
    same = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")
    plan: Obj = copy.deepcopy({name: price[name] for name in same} | price["recurring"])
    plan |= {
        "object": "plan",
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "tiers_mode": None,
        "transform_usage": None,
    }
    return plan


def relist(subscription: Obj) -> None:
    """Set the list's frame right after its items changed."""
    rows = subscription["items"]["data"]
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    subscription["items"] = listed(rows, url) | {"total_count": len(rows)}


def period_of(subscription: Obj) -> tuple[int, int]:
    """The running period: all items of the sandbox's subscriptions share it."""
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def set_period(subscription: Obj, start: int, end: int) -> None:
    """Move all items to this period."""
    for item in subscription["items"]["data"]:
        item["current_period_start"], item["current_period_end"] = start, end


def amount_of(item: Obj) -> int:
    """What an item costs for one whole period (metered ones: nothing in advance)."""
    if item["price"]["recurring"]["usage_type"] == "metered":
        return 0
    return int(item["price"]["unit_amount"] or 0) * int(item["quantity"])


def name_of(books: Books, item: Obj) -> str:
    """The name of the product behind an item."""
    product = books.state.by_id.get(item["price"]["product"])
    return str(product["name"]) if product else "Subscription"


def bill_items(books: Books, bills: Bills, invoice: Obj, subscription: Obj, period: tuple[int, int]) -> None:
    """Put every item on a draft for a whole period, the newest first; while on trial they cost nothing."""
    trial = subscription["status"] == "trialing"
    for item in reversed(subscription["items"]["data"]):
        price, quantity = item["price"], item.get("quantity", 0)
        name = name_of(books, item)
        recurring = price["recurring"]
        every = recurring["interval"]
        if recurring["interval_count"] > 1:
            every = f"every {recurring['interval_count']} {every}s"
        text = f"{quantity} × {name} (at {written(price['unit_amount'] or 0, price['currency'])} / {every})"
        bills.add_line(
            invoice,
            amount=0 if trial else amount_of(item),
            description=f"Trial period for {name}" if trial else text,
            period=period,
            parent={
                "invoice_item_details": None,
                "subscription_item_details": {
                    "invoice_item": None,
                    "proration": False,
                    "proration_details": {"credited_items": None},
                    "subscription": subscription["id"],
                    "subscription_item": item["id"],
                },
                "type": "subscription_item_details",
            },
            quantity=quantity,
            price=price,
            subscription=subscription["id"],
            tax_rates=item["tax_rates"] or subscription["default_tax_rates"],
            metadata=subscription["metadata"],
        )

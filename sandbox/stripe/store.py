"""Everything the sandbox's Stripe remembers: objects as they look on the wire, by kind and id."""

from __future__ import annotations

import random
import string
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sandbox.stripe.errors import no_such

Obj = dict[str, Any]

ACCOUNT_ID, SECOND_ID = "acct_sandbox00000001", "acct_sandbox00000002"
API_VERSION = "2026-10-28.endive"

# kind → (prefix, how many characters follow it)
PREFIXES: dict[str, tuple[str, int]] = {
    "balance_transaction": ("txn_", 24),
    "billing_portal.configuration": ("bpc_", 24),
    "billing_portal.session": ("bps_", 24),
    "charge": ("ch_", 24),
    "charge of a debit": ("py_", 24),
    "coupon": ("", 8),
    "credit_note": ("cn_", 24),
    "credit_note_line_item": ("cnli_", 24),
    "customer": ("cus_", 14),
    "customer_balance_transaction": ("cbtxn_", 24),
    "discount": ("di_", 24),
    "dispute": ("du_", 24),
    "event": ("evt_", 24),
    "invoice": ("in_", 24),
    "invoice_payment": ("inpay_", 24),
    "invoiceitem": ("ii_", 24),
    "line_item": ("il_", 24),
    "payment_intent": ("pi_", 24),
    "payment_link": ("plink_", 24),
    "payment_method": ("pm_", 24),
    "price": ("price_", 24),
    "product": ("prod_", 14),
    "promotion_code": ("promo_", 24),
    "radar.early_fraud_warning": ("issfr_", 24),
    "refund": ("re_", 24),
    "request": ("req_", 14),
    "setup_intent": ("seti_", 24),
    "subscription": ("sub_", 24),
    "subscription_item": ("si_", 14),
    "subscription_schedule": ("sub_sched_", 24),
    "tax_rate": ("txr_", 24),
    "webhook_endpoint": ("we_", 24),
}
_LETTERS = string.ascii_letters + string.digits


class State:
    """The objects of both modes. Each is kept as the plain dict that the API answers, references as ids.

    Handlers change these dicts in place; events hold copies.
    """

    def __init__(self, account_id: str = ACCOUNT_ID) -> None:
        self.account_id = account_id
        self.by_kind: dict[str, dict[str, Obj]] = defaultdict(dict)
        self.by_id: dict[str, Obj] = {}
        self._of_customer: dict[tuple[str, str], list[str]] = defaultdict(list)
        # What Stripe keeps but never shows with the object itself (a card's number, an account's settings).
        self.secrets: dict[str, Obj] = defaultdict(dict)
        self._random = random.Random()
        # The keys of a kind as they are now, with their places, for who reads a long list page by page.
        self._places: dict[str, tuple[list[str], dict[str, int]]] = {}

    def token(self, length: int = 24) -> str:
        """Letters and digits, never the same twice in practice."""
        return "".join(self._random.choices(_LETTERS, k=length))

    def new_id(self, kind: str, *, livemode: bool = False) -> str:
        """A fresh id with Stripe's prefix for this kind."""
        if kind == "checkout.session":
            return f"cs_{'live' if livemode else 'test'}_a1{self.token(56)}"
        prefix, length = PREFIXES[kind]
        return prefix + ("1" + self.token(length - 1) if length == 24 else self.token(length))

    def put(self, obj: Obj) -> Obj:
        """Remember an object (it has `object` and `id`; its `customer`, if any, does not change later). Returns it."""
        kind, key = obj["object"], obj["id"]
        self.by_kind[kind][key] = obj
        self.by_id[key] = obj
        self._places.pop(kind, None)
        if isinstance(customer := obj.get("customer"), str):
            self._of_customer[kind, customer].append(key)
        return obj

    def remove(self, obj: Obj) -> None:
        """Forget an object for good (a deleted draft, a deleted product)."""
        self.by_kind[obj["object"]].pop(obj["id"], None)
        self.by_id.pop(obj["id"], None)
        self._places.pop(obj["object"], None)
        if isinstance(customer := obj.get("customer"), str):
            self._of_customer[obj["object"], customer] = [
                key for key in self._of_customer[obj["object"], customer] if key != obj["id"]
            ]

    def assign(self, obj: Obj, customer: str | None) -> None:
        """Give an object to a customer, or take it from its customer (payment methods)."""
        if isinstance(old := obj.get("customer"), str):
            keys = self._of_customer[obj["object"], old]
            keys[:] = [key for key in keys if key != obj["id"]]
        obj["customer"] = customer
        if customer is not None:
            self._of_customer[obj["object"], customer].append(obj["id"])

    def find(self, kind: str, key: str | None, *, livemode: bool | None = None) -> Obj | None:
        """The object, or None; with `livemode`, only if it is of that mode."""
        obj = self.by_kind[kind].get(key) if key else None
        if obj is not None and livemode is not None and self.mode_of(obj) != livemode:
            return None
        return obj

    def get(self, kind: str, key: str, *, livemode: bool, param: str = "id", status: int = 404) -> Obj:
        """The object named in a path. Raises Stripe's resource_missing (404)."""
        obj = self.by_kind[kind].get(key)
        if obj is None:
            raise no_such(kind, key, param=param, status=status)
        if self.mode_of(obj) != livemode:
            raise no_such(kind, key, param=param, status=status, other_mode=not livemode)
        return obj

    def ref(self, kind: str, key: str, *, livemode: bool, param: str) -> Obj:
        """The object named in a parameter. Raises Stripe's resource_missing (400)."""
        return self.get(kind, key, livemode=livemode, param=param, status=400)

    def newest(self, kind: str, *, livemode: bool | None = None, customer: str | None = None) -> Iterator[Obj]:
        """All objects of a kind, the newest first, of one customer if told so."""
        objects = self.by_kind[kind]
        keys = reversed(self._of_customer[kind, customer]) if customer is not None else reversed(objects)
        for key in list(keys):
            obj = objects.get(key)
            if obj is not None and (livemode is None or self.mode_of(obj) == livemode):
                yield obj

    def behind(self, kind: str, key: str | None, *, livemode: bool) -> Iterator[Obj]:
        """All objects of a kind that are older than one of them, the newest first; all when none is named.

        Takes as long for the last page of a long list as for the first. Raises Stripe's resource_missing (400).
        """
        if key is None:
            yield from self.newest(kind, livemode=livemode)
            return
        self.ref(kind, key, livemode=livemode, param="starting_after")
        if kind not in self._places:
            keys = list(self.by_kind[kind])
            self._places[kind] = keys, {key: place for place, key in enumerate(keys)}
        keys, places = self._places[kind]
        for place in range(places[key] - 1, -1, -1):
            obj = self.by_kind[kind].get(keys[place])
            if obj is not None and self.mode_of(obj) == livemode:
                yield obj

    def mode_of(self, obj: Obj) -> bool:
        """Live or test: the object's own `livemode`, or what was noted where the shape has none (refunds)."""
        mode = obj.get("livemode")
        return bool(self.secrets[obj["id"]].get("livemode", False)) if mode is None else bool(mode)

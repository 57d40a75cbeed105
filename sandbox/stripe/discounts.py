"""Coupons, promotion codes, the discounts they become, and tax rates."""

from __future__ import annotations

import copy

from sandbox.stripe.books import Books
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call, Handler
from sandbox.stripe.lists import page
from sandbox.stripe.money import currency
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.periods import after
from sandbox.stripe.store import Obj

_PARAMS = {"coupon": "coupon", "tax_rate": "tax_rate"}
"""The parameter that Stripe names for an object in the path, where that is not `id`."""


class Discounts:
    """`/v1/coupons`, `/v1/promotion_codes`, `/v1/tax_rates`, and redeeming."""

    def __init__(self, books: Books) -> None:
        self._books = books
        route = books.api.route
        route("POST", "/v1/coupons", self._create_coupon)
        route("GET", "/v1/coupons", self._list("coupon", "/v1/coupons"))
        route("GET", "/v1/coupons/{id}", self._retrieve("coupon"))
        route("POST", "/v1/coupons/{id}", self._update_coupon)
        route("DELETE", "/v1/coupons/{id}", self._delete_coupon)
        route("POST", "/v1/promotion_codes", self._create_code)
        route("GET", "/v1/promotion_codes", self._list_codes)
        route("GET", "/v1/promotion_codes/{id}", self._retrieve("promotion_code"))
        route("POST", "/v1/promotion_codes/{id}", self._update_code)
        route("POST", "/v1/tax_rates", self._create_tax_rate)
        route("GET", "/v1/tax_rates", self._list("tax_rate", "/v1/tax_rates"))
        route("GET", "/v1/tax_rates/{id}", self._retrieve("tax_rate"))
        route("POST", "/v1/tax_rates/{id}", self._update_tax_rate)

    def redeem(self, params: Params, *, livemode: bool, customer: str, name: str = "discounts", **on: str) -> list[str]:
        """The discounts (ids) that `discounts[]` asks for; `on` says what they hang on (`subscription=`, `invoice=`).

        Raises for a coupon or code that is unknown or can't be used any more.
        """
        return [self._apply(one, livemode=livemode, customer=customer, on=on)["id"] for one in params.each(name)]

    def apply(self, coupon: Obj, *, customer: str, promotion_code: str | None = None, **on: str) -> Obj:
        """Redeem a coupon: a discount object. Raises if it is used up or expired."""
        now = self._books.now()
        if not self._valid(coupon):
            raise invalid(f"Coupon {coupon['id']} is used up or expired and cannot be applied.", code="coupon_expired")
        months = coupon["duration_in_months"]
        discount: Obj = {
            "id": self._books.state.new_id("discount"),
            "object": "discount",
            "checkout_session": on.get("checkout_session"),
            "customer": customer,
            "customer_account": None,
            "end": after(now, "month", months) if months else None,
            "invoice": on.get("invoice"),
            "invoice_item": on.get("invoice_item"),
            "promotion_code": promotion_code,
            "source": {"coupon": coupon["id"], "type": "coupon"},
            "start": now,
            "subscription": on.get("subscription"),
            "subscription_item": on.get("subscription_item"),
        }
        coupon["times_redeemed"] += 1
        coupon["valid"] = self._valid(coupon)
        code = self._books.state.find("promotion_code", promotion_code)
        if code is not None:
            code["times_redeemed"] += 1
            if code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]:
                code["active"] = False
        self._books.state.secrets[discount["id"]]["livemode"] = coupon["livemode"]
        return self._books.state.put(discount)

    def coupon_of(self, discount_id: str) -> Obj:
        """The coupon behind a discount."""
        discount = self._books.state.by_id[discount_id]
        return self._books.state.by_id[discount["source"]["coupon"]]

    def running(self, discounts: list[str], at: int) -> list[str]:
        """Those discounts that still count at this time: `repeating` ones end, `once` is over after one invoice."""
        state = self._books.state
        return [
            key
            for key in discounts
            if (state.by_id[key]["end"] is None or state.by_id[key]["end"] > at)
            and not (self.coupon_of(key)["duration"] == "once" and state.secrets[key].get("used"))
        ]

    def used(self, discounts: list[str]) -> None:
        """These discounts stand on an invoice now."""
        for key in discounts:
            self._books.state.secrets[key]["used"] = True

    def give_back(self, discounts: list[str]) -> None:
        """What these discounts were redeemed for was refused: they never were."""
        for key in discounts:
            discount = self._books.state.by_id[key]
            coupon = self.coupon_of(key)
            coupon["times_redeemed"] -= 1
            coupon["valid"] = self._valid(coupon)
            code = self._books.state.find("promotion_code", discount["promotion_code"])
            if code is not None:
                code["times_redeemed"] -= 1
            self._books.state.remove(discount)

    def code(self, text: str, *, livemode: bool) -> Obj | None:
        """The active promotion code of this text, as typed by a person."""
        for row in self._books.state.newest("promotion_code", livemode=livemode):
            expired = row["expires_at"] is not None and row["expires_at"] <= self._books.now()
            if row["code"].lower() == text.lower() and row["active"] and not expired:
                return row
        return None

    def tax_rates(self, params: Params, name: str, *, livemode: bool) -> list[Obj]:
        """The tax rates (whole objects, as Stripe embeds them) that a parameter lists."""
        return [
            copy.deepcopy(self._books.state.ref("tax_rate", key, livemode=livemode, param=params.name(name)))
            for key in params.texts(name)
        ]

    def _apply(self, one: Params, *, livemode: bool, customer: str, on: dict[str, str]) -> Obj:
        state = self._books.state
        if key := one.text("discount"):
            return state.ref("discount", key, livemode=livemode, param=one.name("discount"))
        if key := one.text("promotion_code"):
            code = state.ref("promotion_code", key, livemode=livemode, param=one.name("promotion_code"))
            if not code["active"]:
                raise invalid("This promotion code is not active.", param=one.name("promotion_code"))
            coupon = state.by_id[code["promotion"]["coupon"]]
            return self.apply(coupon, customer=customer, promotion_code=key, **on)
        coupon = state.ref("coupon", one.need("coupon"), livemode=livemode, param=one.name("coupon"))
        return self.apply(coupon, customer=customer, **on)

    def _valid(self, coupon: Obj) -> bool:
        used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
        expired = coupon["redeem_by"] is not None and coupon["redeem_by"] <= self._books.now()
        return not used_up and not expired

    # -- routes ----------------------------------------------------------------------------------

    def _list(self, kind: str, url: str) -> Handler:
        async def handle(call: Call) -> Obj:
            active = call.params.boolean("active") if "active" in call.params else None
            rows = self._books.state.newest(kind, livemode=call.livemode)
            return page((row for row in rows if active in (None, row.get("active"))), call.params, url)

        return handle

    def _retrieve(self, kind: str) -> Handler:
        async def handle(call: Call) -> Obj:
            return self._books.state.get(kind, call.path["id"], livemode=call.livemode, param=_PARAMS.get(kind, "id"))

        return handle

    async def _create_coupon(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        amount, rate = params.integer("amount_off", least=1), params.decimal("percent_off")
        if (amount is None) == (rate is None):
            raise invalid("You must pass one of percent_off or amount_off when creating a coupon.", param="percent_off")
        if rate is not None and not 0 < rate <= 100:
            raise invalid("percent_off must be between 0 and 100", param="percent_off")
        code = currency(params)
        if amount is not None and code is None:
            raise invalid("You must pass currency when passing amount_off", param="currency")
        duration = params.choice("duration", "forever", "once", "repeating") or "once"
        months = params.integer("duration_in_months", least=1)
        if duration == "repeating" and months is None:
            raise missing("duration_in_months")
        key = params.text("id") or state.new_id("coupon")
        if state.find("coupon", key) is not None:
            raise invalid("Coupon already exists.", code="resource_already_exists")
        coupon: Obj = {
            "id": key,
            "object": "coupon",
            "amount_off": amount,
            "created": self._books.now(),
            "currency": code if amount is not None else None,
            "duration": duration,
            "duration_in_months": months,
            "livemode": call.livemode,
            "max_redemptions": params.integer("max_redemptions", least=1),
            "metadata": metadata(params),
            "name": params.text("name"),
            "percent_off": rate,
            "redeem_by": params.integer("redeem_by"),
            "times_redeemed": 0,
            "valid": True,
        }
        self._books.events.emit("coupon.created", state.put(coupon))
        return coupon

    async def _update_coupon(self, call: Call) -> Obj:
        coupon = self._books.state.get("coupon", call.path["id"], livemode=call.livemode)
        before = copy.deepcopy(coupon)
        if "name" in call.params:
            coupon["name"] = call.params.text("name")
        coupon["metadata"] = metadata(call.params, coupon["metadata"])
        self._books.events.updated("coupon.updated", coupon, before)
        return coupon

    async def _delete_coupon(self, call: Call) -> Obj:
        coupon = self._books.state.get("coupon", call.path["id"], livemode=call.livemode)
        # Discounts made of it stay; so does the object behind them.
        self._books.state.by_kind["coupon"].pop(coupon["id"])
        coupon["valid"] = False
        self._books.events.emit("coupon.deleted", coupon)
        return {"id": coupon["id"], "object": "coupon", "deleted": True}

    async def _create_code(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        promotion = params.inner("promotion")
        if promotion.choice("type", "coupon") is None:
            raise missing("promotion[type]")
        key = promotion.need("coupon")
        coupon = state.ref("coupon", key, livemode=call.livemode, param="promotion[coupon]")
        text = params.text("code") or state.token(8).upper()
        if self.code(text, livemode=call.livemode) is not None:
            raise invalid("An active promotion code with `code: " + text + "` already exists.", param="code")
        given = params.inner("restrictions")
        code: Obj = {
            "id": state.new_id("promotion_code"),
            "object": "promotion_code",
            "active": params.boolean("active", True),
            "code": text,
            "created": self._books.now(),
            "customer": params.text("customer"),
            "customer_account": None,
            "expires_at": params.integer("expires_at"),
            "livemode": call.livemode,
            "max_redemptions": params.integer("max_redemptions", least=1),
            "metadata": metadata(params),
            "promotion": {"coupon": coupon["id"], "type": "coupon"},
            "restrictions": {
                "first_time_transaction": given.boolean("first_time_transaction"),
                "minimum_amount": given.integer("minimum_amount"),
                "minimum_amount_currency": currency(given, "minimum_amount_currency"),
            },
            "times_redeemed": 0,
        }
        self._books.events.emit("promotion_code.created", state.put(code))
        return code

    async def _update_code(self, call: Call) -> Obj:
        code = self._books.state.get("promotion_code", call.path["id"], livemode=call.livemode)
        before = copy.deepcopy(code)
        if "active" in call.params:
            code["active"] = call.params.boolean("active")
        code["metadata"] = metadata(call.params, code["metadata"])
        self._books.events.updated("promotion_code.updated", code, before)
        return code

    async def _list_codes(self, call: Call) -> Obj:
        params = call.params
        text, customer, coupon = params.text("code"), params.text("customer"), params.text("coupon")
        active = params.boolean("active") if "active" in params else None
        rows = (
            row
            for row in self._books.state.newest("promotion_code", livemode=call.livemode)
            if (text is None or row["code"].lower() == text.lower())
            and customer in (None, row["customer"])
            and coupon in (None, row["promotion"]["coupon"])
            and active in (None, row["active"])
        )
        return page(rows, params, "/v1/promotion_codes")

    async def _create_tax_rate(self, call: Call) -> Obj:
        params = call.params
        percentage = params.decimal("percentage")
        if percentage is None:
            raise missing("percentage")
        if "inclusive" not in params:
            raise missing("inclusive")
        rate: Obj = {
            "id": self._books.state.new_id("tax_rate"),
            "object": "tax_rate",
            "active": params.boolean("active", True),
            "country": params.text("country"),
            "created": self._books.now(),
            "description": params.text("description"),
            "display_name": params.need("display_name"),
            "effective_percentage": percentage,
            "flat_amount": None,
            "inclusive": params.boolean("inclusive"),
            "jurisdiction": params.text("jurisdiction"),
            "jurisdiction_level": None,
            "livemode": call.livemode,
            "metadata": metadata(params),
            "percentage": percentage,
            "rate_type": "percentage",
            "state": params.text("state"),
            "tax_type": params.text("tax_type"),
        }
        self._books.events.emit("tax_rate.created", self._books.state.put(rate))
        return rate

    async def _update_tax_rate(self, call: Call) -> Obj:
        rate = self._books.state.get("tax_rate", call.path["id"], livemode=call.livemode)
        before, params = copy.deepcopy(rate), call.params
        if "active" in params:
            rate["active"] = params.boolean("active")
        for name in ("description", "jurisdiction", "country", "state"):
            if name in params:
                rate[name] = params.text(name)
        if "display_name" in params:
            rate["display_name"] = params.need("display_name")
        rate["metadata"] = metadata(params, rate["metadata"])
        self._books.events.updated("tax_rate.updated", rate, before)
        return rate

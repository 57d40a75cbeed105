"""What is sold: products and prices."""

from __future__ import annotations

import copy

from sandbox.stripe.books import Books
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.money import currency
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj

INTERVALS = ("day", "month", "week", "year")
# No interval may be longer than three years.
_MOST = {"day": 1095, "week": 156, "month": 36, "year": 3}


class Catalog:
    """`/v1/products` and `/v1/prices`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        # Inline prices are inactive; these may be used all the same, while a Checkout makes what they were made for.
        self.admitted: set[str] = set()
        route = books.api.route
        route("POST", "/v1/products", self._create_product)
        route("GET", "/v1/products", self._list_products)
        route("GET", "/v1/products/{id}", self._retrieve_product)
        route("POST", "/v1/products/{id}", self._update_product)
        route("DELETE", "/v1/products/{id}", self._delete_product)
        route("POST", "/v1/prices", self._create_price)
        route("GET", "/v1/prices", self._list_prices)
        route("GET", "/v1/prices/{id}", self._retrieve_price)
        route("POST", "/v1/prices/{id}", self._update_price)

    def price_from(self, params: Params, *, livemode: bool, name: str = "price") -> Obj:
        """The price that a parameter set names (`price`) or describes (`price_data`). Raises for neither."""
        if key := params.text(name):
            price = self._books.state.ref("price", key, livemode=livemode, param=params.name(name))
            if not price["active"] and key not in self.admitted:
                raise invalid(
                    "The price specified is inactive. This field only accepts active prices.", params.name(name)
                )
            return price
        if f"{name}_data" not in params:
            raise missing(params.name(name))
        return self.make_price(params.inner(f"{name}_data"), livemode=livemode, inline=True)

    def make_product(self, params: Params, *, livemode: bool) -> Obj:
        """A product of these parameters. Emits product.created."""
        state, now = self._books.state, self._books.now()
        key = params.text("id") or state.new_id("product")
        if state.find("product", key) is not None:
            raise invalid("Product already exists.", param="id", code="resource_already_exists")
        product: Obj = {
            "id": key,
            "object": "product",
            "active": params.boolean("active", True),
            "created": now,
            "default_price": None,
            "description": params.text("description"),
            "images": params.texts("images"),
            "livemode": livemode,
            "marketing_features": [{"name": one.need("name")} for one in params.each("marketing_features")],
            "metadata": metadata(params),
            "name": params.need("name"),
            "package_dimensions": _dimensions(params),
            "shippable": params.boolean("shippable") if "shippable" in params else None,
            "statement_descriptor": params.text("statement_descriptor"),
            "tax_code": params.text("tax_code"),
            "unit_label": params.text("unit_label"),
            "updated": now,
            "url": params.text("url"),
        }
        state.put(product)
        self._books.events.emit("product.created", product)
        if "default_price_data" in params:
            given = params.inner("default_price_data")
            given.values["product"] = product["id"]
            product["default_price"] = self.make_price(given, livemode=livemode)["id"]
        return product

    def make_price(self, params: Params, *, livemode: bool, inline: bool = False) -> Obj:
        """A price of these parameters; `inline` ones (`price_data`) are inactive, as at Stripe. Emits price.created."""
        code = currency(params)
        if code is None:
            raise missing(params.name("currency"))
        recurring = _recurring(params.inner("recurring")) if params.plain("recurring") else None
        amount, decimal = _amount(params)
        price: Obj = {
            "id": self._books.state.new_id("price"),
            "object": "price",
            "active": False if inline else params.boolean("active", True),
            "billing_scheme": params.choice("billing_scheme", "per_unit", "tiered") or "per_unit",
            "created": self._books.now(),
            "currency": code,
            "custom_unit_amount": None,
            "livemode": livemode,
            "lookup_key": self._lookup_key(params, livemode),
            "metadata": metadata(params),
            "nickname": params.text("nickname"),
            "product": self._product_of(params, livemode),
            "recurring": recurring,
            "tax_behavior": params.choice("tax_behavior", "exclusive", "inclusive", "unspecified") or "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if recurring else "one_time",
            "unit_amount": amount,
            "unit_amount_decimal": decimal,
        }
        self._books.events.emit("price.created", self._books.state.put(price))
        return price

    def _product_of(self, params: Params, livemode: bool) -> str:
        if key := params.text("product"):
            product = self._books.state.ref("product", key, livemode=livemode, param=params.name("product"))
            return str(product["id"])
        if "product_data" in params:
            return str(self.make_product(params.inner("product_data"), livemode=livemode)["id"])
        raise missing(params.name("product"))

    def _lookup_key(self, params: Params, livemode: bool) -> str | None:
        key = params.text("lookup_key")
        for price in self._books.state.newest("price", livemode=livemode) if key else ():
            if price["lookup_key"] == key:
                if not params.boolean("transfer_lookup_key"):
                    raise invalid(f"A price (`{price['id']}`) already uses that lookup key.", params.name("lookup_key"))
                price["lookup_key"] = None
        return key

    # -- products --------------------------------------------------------------------------------

    async def _create_product(self, call: Call) -> Obj:
        return self.make_product(call.params, livemode=call.livemode)

    async def _retrieve_product(self, call: Call) -> Obj:
        return self._books.state.get("product", call.path["id"], livemode=call.livemode)

    async def _update_product(self, call: Call) -> Obj:
        product = self._books.state.get("product", call.path["id"], livemode=call.livemode)
        before, params = copy.deepcopy(product), call.params
        if "name" in params:
            product["name"] = params.need("name")
        for name in ("description", "statement_descriptor", "tax_code", "unit_label", "url"):
            if name in params:
                product[name] = params.text(name)
        if "active" in params:
            product["active"] = params.boolean("active")
        if "images" in params:
            product["images"] = params.texts("images")
        if key := params.text("default_price"):
            product["default_price"] = self._books.state.ref(
                "price", key, livemode=call.livemode, param="default_price"
            )["id"]
        product["metadata"] = metadata(params, product["metadata"])
        if before != product:
            product["updated"] = self._books.now()
            self._books.events.emit("product.updated", product, before=before)
        return product

    async def _delete_product(self, call: Call) -> Obj:
        state = self._books.state
        product = state.get("product", call.path["id"], livemode=call.livemode)
        if any(price["product"] == product["id"] for price in state.newest("price")):
            raise invalid("This product cannot be deleted because it has one or more user-created prices.", param="id")
        state.remove(product)
        self._books.events.emit("product.deleted", product)
        return {"id": product["id"], "object": "product", "deleted": True}

    async def _list_products(self, call: Call) -> Obj:
        params = call.params
        active = params.boolean("active") if "active" in params else None
        ids = set(params.texts("ids"))
        rows = (
            row
            for row in self._books.state.newest("product", livemode=call.livemode)
            if active in (None, row["active"]) and (not ids or row["id"] in ids)
        )
        return page(rows, params, "/v1/products")

    # -- prices ----------------------------------------------------------------------------------

    async def _create_price(self, call: Call) -> Obj:
        return self.make_price(call.params, livemode=call.livemode)

    async def _retrieve_price(self, call: Call) -> Obj:
        return self._books.state.get("price", call.path["id"], livemode=call.livemode)

    async def _update_price(self, call: Call) -> Obj:
        price = self._books.state.get("price", call.path["id"], livemode=call.livemode)
        before, params = copy.deepcopy(price), call.params
        if "active" in params:
            price["active"] = params.boolean("active")
        if "nickname" in params:
            price["nickname"] = params.text("nickname")
        if "lookup_key" in params:
            price["lookup_key"] = self._lookup_key(params, call.livemode)
        if behavior := params.choice("tax_behavior", "exclusive", "inclusive", "unspecified"):
            price["tax_behavior"] = behavior
        price["metadata"] = metadata(params, price["metadata"])
        self._books.events.updated("price.updated", price, before)
        return price

    async def _list_prices(self, call: Call) -> Obj:
        params = call.params
        active = params.boolean("active") if "active" in params else None
        keys = set(params.texts("lookup_keys"))
        product, kind, code = params.text("product"), params.text("type"), currency(params)
        interval = params.inner("recurring").text("interval")
        rows = (
            row
            for row in self._books.state.newest("price", livemode=call.livemode)
            if active in (None, row["active"])
            and product in (None, row["product"])
            and kind in (None, row["type"])
            and code in (None, row["currency"])
            and (not keys or row["lookup_key"] in keys)
            and (interval is None or (row["recurring"] or {}).get("interval") == interval)
        )
        return page(rows, params, "/v1/prices")


def _dimensions(params: Params) -> Obj | None:
    given = params.inner("package_dimensions")
    return {name: given.decimal(name) for name in ("height", "length", "weight", "width")} if given.values else None


def _amount(params: Params) -> tuple[int | None, str]:
    if "unit_amount_decimal" in params:
        value = params.need("unit_amount_decimal")
        number = params.decimal("unit_amount_decimal") or 0.0
        return (int(number) if number == int(number) else None), value
    amount = params.integer("unit_amount", least=0, most=99_999_999)
    if amount is None:
        raise invalid(
            "You must specify either `unit_amount`, `unit_amount_decimal`, or `custom_unit_amount` when "
            "`billing_scheme=per_unit`.",
            param=params.name("unit_amount"),
        )
    return amount, str(amount)


def _recurring(params: Params) -> Obj:
    interval = params.choice("interval", *INTERVALS)
    if interval is None:
        raise missing(params.name("interval"))
    count = params.integer("interval_count", least=1) or 1
    if count > _MOST[interval]:
        raise invalid(
            f"Invalid interval_count for interval `{interval}`: the longest is {_MOST[interval]}.",
            params.name("interval_count"),
        )
    usage = params.choice("usage_type", "licensed", "metered") or "licensed"
    return {
        "interval": interval,
        "interval_count": count,
        "meter": params.text("meter"),
        "trial_period_days": None,
        "usage_type": usage,
    }

"""Invoice items: what is to be billed, on a given draft or on the customer's next invoice."""

from __future__ import annotations

import copy

from sandbox.stripe.bills import Bills, pricing_of
from sandbox.stripe.books import Books
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.customers import Customers
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import invalid, missing
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.money import currency
from sandbox.stripe.params import Params, metadata
from sandbox.stripe.store import Obj


class InvoiceItems:
    """`/v1/invoiceitems`, prorations included."""

    def __init__(
        self, books: Books, bills: Bills, catalog: Catalog, customers: Customers, discounts: Discounts
    ) -> None:
        self._books = books
        self._bills = bills
        self._catalog = catalog
        self._customers = customers
        self._discounts = discounts
        route = books.api.route
        route("POST", "/v1/invoiceitems", self._create)
        route("GET", "/v1/invoiceitems", self._list)
        route("GET", "/v1/invoiceitems/{id}", self._retrieve)
        route("POST", "/v1/invoiceitems/{id}", self._update)
        route("DELETE", "/v1/invoiceitems/{id}", self._delete)

    def make(
        self,
        customer: Obj,
        *,
        amount: int,
        code: str,
        description: str | None,
        period: tuple[int, int],
        quantity: int = 1,
        price: Obj | None = None,
        subscription: Obj | None = None,
        subscription_item: str | None = None,
        proration: bool = False,
        credited: Obj | None = None,
        tax_rates: list[Obj] | None = None,
        extra: dict[str, str] | None = None,
        discountable: bool = True,
    ) -> Obj:
        """A pending item; `credited` is what a proration gives back. Emits invoiceitem.created."""
        parent = None
        if subscription is not None:
            details = {"subscription": subscription["id"], "subscription_item": subscription_item}
            parent = {
                "subscription_details": {name: value for name, value in details.items() if value is not None},
                "type": "subscription_details",
            }
        item: Obj = {
            "id": self._books.state.new_id("invoiceitem"),
            "object": "invoiceitem",
            "amount": amount,
            "currency": code,
            "customer": customer["id"],
            "customer_account": None,
            "date": self._books.now(),
            "description": description,
            "discountable": discountable and not proration,
            "discounts": [],
            "invoice": None,
            "livemode": customer["livemode"],
            "metadata": dict(extra or {}),
            "net_amount": amount,
            "parent": parent,
            "period": {"end": period[1], "start": period[0]},
            "pricing": pricing_of(price),
            "proration": proration,
            "quantity": quantity,
            "quantity_decimal": str(quantity),
            "tax_rates": tax_rates or [],
            "test_clock": None,
        }
        if proration:
            item["proration_details"] = {"credited_items": credited, "discount_amounts": []}
        # Lists by `created` work on every object; here Stripe calls it `date`.
        self._books.events.emit("invoiceitem.created", self._books.state.put(item))
        return item

    def pending(self, customer: str, code: str, subscription: str | None = None) -> list[Obj]:
        """Items that no invoice has taken yet, the newest first; with a subscription, its own and the unbound ones."""
        return [
            item
            for item in self._books.state.newest("invoiceitem", customer=customer)
            if item["invoice"] is None
            and item["currency"] == code
            and (subscription is None or _subscription(item) in (None, subscription))
        ]

    def billed(self, customer: str, subscription_item: str) -> Obj | None:
        """What last charged for a subscription's item, as `credited_items` names it."""
        for item in self._books.state.newest("invoiceitem", customer=customer):
            details = (item["parent"] or {}).get("subscription_details") or {}
            if item["invoice"] is None and item["amount"] > 0 and details.get("subscription_item") == subscription_item:
                return {"invoice_item": item["id"], "type": "invoice_item"}
        for invoice in self._books.state.newest("invoice", customer=customer):
            for line in self._bills.lines(invoice):
                details = line["parent"]["subscription_item_details"]
                if details and details["subscription_item"] == subscription_item and line["amount"] > 0:
                    lines = {"invoice": invoice["id"], "invoice_line_items": [line["id"]]}
                    return {"invoice_line_item_details": lines, "type": "invoice_line_items"}
        return None

    def put_on(self, invoice: Obj, item: Obj, *, mark: bool = True) -> None:
        """Make an item a line of a draft; `mark=False` for previews, which take nothing."""
        details = (item["parent"] or {}).get("subscription_details")
        credited = (item.get("proration_details", {}).get("credited_items") or {}).get("invoice_line_item_details")
        proration: Obj = {"credited_items": copy.deepcopy(credited)} if item["proration"] else {}
        if details and "subscription_item" in details:
            parent: Obj = {
                "invoice_item_details": None,
                "subscription_item_details": {
                    "invoice_item": item["id"],
                    "proration": item["proration"],
                    "proration_details": proration or None,
                    "subscription": details["subscription"],
                    "subscription_item": details["subscription_item"],
                },
                "type": "subscription_item_details",
            }
        else:
            parent = {
                "invoice_item_details": {
                    "invoice_item": item["id"],
                    "proration": item["proration"],
                    "proration_details": proration or None,
                    "subscription": details["subscription"] if details else None,
                },
                "subscription_item_details": None,
                "type": "invoice_item_details",
            }
        price = item["pricing"]
        line = self._bills.add_line(
            invoice,
            amount=item["amount"],
            description=item["description"],
            period=(item["period"]["start"], item["period"]["end"]),
            parent=parent,
            quantity=item["quantity"],
            subscription=details["subscription"] if details else None,
            tax_rates=item["tax_rates"],
            discountable=item["discountable"],
            metadata=item["metadata"],
        )
        line["pricing"] = copy.deepcopy(price)
        if mark:
            item["invoice"] = invoice["id"]

    def from_params(self, params: Params, customer: Obj, *, livemode: bool) -> Obj:
        """The pending item that parameters describe (also `add_invoice_items` of a subscription)."""
        price, amount, code = self._worth(params, customer, livemode)
        quantity = params.integer("quantity", least=0) or 1
        if price is not None:
            amount = price["unit_amount"] * quantity
        self._customers.take_currency(customer, code)
        given = params.inner("period")
        now = self._books.now()
        description = params.text("description")
        if description is None and price is not None:
            description = self._books.state.by_id[price["product"]]["name"]
        return self.make(
            customer,
            amount=amount,
            code=code,
            description=description,
            period=(given.integer("start") or now, given.integer("end") or now),
            quantity=quantity,
            price=price or self._nameless(amount),
            subscription=self._bound_to(params, livemode),
            tax_rates=self._discounts.tax_rates(params, "tax_rates", livemode=livemode),
            extra=metadata(params),
            discountable=params.boolean("discountable", True),
        )

    def _worth(self, params: Params, customer: Obj, livemode: bool) -> tuple[Obj | None, int, str]:
        pricing = params.inner("pricing")
        if "price" in pricing or "price_data" in params or "price" in params:
            source = pricing if "price" in pricing else params
            price = self._catalog.price_from(source, livemode=livemode)
            if price["type"] != "one_time":
                raise invalid(
                    "The price specified is set to `type=recurring` but this field only accepts prices with "
                    "`type=one_time`.",
                    param=source.name("price"),
                )
            return price, 0, str(price["currency"])
        amount = params.integer("amount")
        if amount is None:
            raise missing(params.name("amount"))
        return None, amount, currency(params) or customer["currency"] or "usd"

    def _nameless(self, amount: int) -> Obj:
        """The price of a bare amount: Stripe makes one, of a product of its own, for this item alone."""
        new_id = self._books.state.new_id
        return {"id": new_id("price"), "product": new_id("product"), "unit_amount_decimal": str(amount)}

    def _bound_to(self, params: Params, livemode: bool) -> Obj | None:
        key = params.text("subscription")
        if key is None:
            return None
        return self._books.state.ref("subscription", key, livemode=livemode, param="subscription")

    # -- routes ----------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        customer = self._customers.ref(call)
        invoice = None
        if key := params.text("invoice"):
            invoice = state.ref("invoice", key, livemode=call.livemode, param="invoice")
            self._check_open(invoice, customer)
        if invoice is not None and customer["currency"] in (None, invoice["currency"]):
            self._match_currency(params, invoice, call.livemode)
        item = self.from_params(params, customer, livemode=call.livemode)
        if invoice is not None:
            try:
                self.put_on(invoice, item)
            except Exception:
                state.remove(item)
                raise
            before = copy.deepcopy(invoice)
            self._bills.sum_up(invoice)
            self._books.events.updated("invoice.updated", invoice, before)
        return item

    def _match_currency(self, params: Params, invoice: Obj, livemode: bool) -> None:
        """A draft without lines takes over the currency of its first item."""
        key = params.inner("pricing").text("price")
        price = self._books.state.find("price", key, livemode=livemode)
        code = price["currency"] if price else currency(params)
        if code is None or code == invoice["currency"]:
            return
        if self._bills.lines(invoice):
            raise invalid(
                f"The invoice item's currency ({code}) does not match the invoice's currency ({invoice['currency']}).",
                param="currency",
            )
        invoice["currency"] = code

    def _check_open(self, invoice: Obj, customer: Obj) -> None:
        if invoice["customer"] != customer["id"]:
            raise invalid(
                f"The invoice {invoice['id']} does not belong to the customer {customer['id']}.", param="invoice"
            )
        if invoice["status"] != "draft":
            raise invalid(
                "You can only add invoice items to draft invoices. This invoice is already finalized.",
                param="invoice",
                code="invoice_not_editable",
            )

    async def _retrieve(self, call: Call) -> Obj:
        return self._books.state.get("invoiceitem", call.path["id"], livemode=call.livemode)

    def _editable(self, call: Call) -> tuple[Obj, Obj | None]:
        state = self._books.state
        if state.secrets.get(call.path["id"], {}).get("went_with_draft"):
            raise invalid(
                "Can't delete an invoice item that is attached to an invoice that is no longer editable"
                if call.method == "DELETE"
                else "This invoice item has been deleted."
            )
        item = state.get("invoiceitem", call.path["id"], livemode=call.livemode)
        invoice = state.find("invoice", item["invoice"])
        if invoice is not None and invoice["status"] != "draft":
            raise invalid(
                "This invoice item is attached to an invoice that is no longer editable.", code="invoice_not_editable"
            )
        return item, invoice

    async def _update(self, call: Call) -> Obj:
        item, invoice = self._editable(call)
        params = call.params
        if "description" in params:
            item["description"] = params.text("description")
        quantity = params.integer("quantity", least=0)
        if quantity is not None:
            item["amount"] = item["amount"] // max(1, item["quantity"]) * quantity
            item["quantity"], item["quantity_decimal"] = quantity, str(quantity)
        amount = params.integer("amount")
        if amount is not None:
            item["amount"] = amount
            item["pricing"]["unit_amount_decimal"] = str(amount)
        item["net_amount"] = item["amount"]
        item["metadata"] = metadata(params, item["metadata"])
        if invoice is not None:
            self._bills.remove_item(invoice, item["id"])
            self.put_on(invoice, item)
            self._bills.sum_up(invoice)
        return item

    async def _delete(self, call: Call) -> Obj:
        item, invoice = self._editable(call)
        if invoice is not None:
            self._bills.remove_item(invoice, item["id"])
        self._books.state.remove(item)
        self._books.events.emit("invoiceitem.deleted", item)
        return {"id": item["id"], "object": "invoiceitem", "deleted": True}

    async def _list(self, call: Call) -> Obj:
        params = call.params
        pending = params.boolean("pending") if "pending" in params else None
        invoice = params.text("invoice")
        rows = (
            row
            for row in self._books.state.newest(
                "invoiceitem", livemode=call.livemode, customer=self._books.listed_customer(call)
            )
            if invoice in (None, row["invoice"]) and (pending is None or (row["invoice"] is None) is pending)
        )
        return page(rows, params, "/v1/invoiceitems")


def _subscription(item: Obj) -> str | None:
    details = (item["parent"] or {}).get("subscription_details") or {}
    return details.get("subscription")

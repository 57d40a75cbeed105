"""What the next invoice would be: `create_preview`, and the object in `invoice.upcoming`. Nothing is changed."""

from __future__ import annotations

from sandbox.stripe.bills import Bills, Terms
from sandbox.stripe.books import Books
from sandbox.stripe.catalog import Catalog
from sandbox.stripe.customers import Customers
from sandbox.stripe.discounts import Discounts
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.http import Call
from sandbox.stripe.invoice_items import InvoiceItems
from sandbox.stripe.periods import next_end
from sandbox.stripe.store import Obj
from sandbox.stripe.subscription_shape import Wanted, add_item, bill_items, period_of, shape


class Previews:
    """`POST /v1/invoices/create_preview`, for a running subscription or for one that does not exist yet."""

    def __init__(
        self,
        books: Books,
        bills: Bills,
        items: InvoiceItems,
        discounts: Discounts,
        customers: Customers,
        catalog: Catalog,
    ) -> None:
        self._books = books
        self._bills = bills
        self._items = items
        self._discounts = discounts
        self._customers = customers
        self._catalog = catalog
        books.api.route("POST", "/v1/invoices/create_preview", self._create)

    def upcoming(self, subscription: Obj) -> Obj | None:
        """The next renewal's invoice; None for a subscription that will not renew."""
        start, end = period_of(subscription)
        if subscription["cancel_at"] is not None and subscription["cancel_at"] <= end:
            return None
        anchor = subscription["billing_cycle_anchor"]
        following = (end, next_end(anchor, end, subscription["items"]["data"][0]["price"]["recurring"]))
        renewing = subscription | {"status": "active"}
        return self._preview(renewing, following, (start, end), due=end)

    def _preview(self, subscription: Obj, billed: tuple[int, int], covered: tuple[int, int], due: int) -> Obj:
        customer = self._books.state.by_id[subscription["customer"]]
        terms = Terms(
            reason="upcoming",
            collection_method=subscription["collection_method"],
            days_until_due=subscription["days_until_due"],
            default_tax_rates=subscription["default_tax_rates"],
            period=covered,
        )
        invoice = self._bills.draft(customer, subscription["currency"], terms, subscription)
        secrets = self._books.state.secrets
        key = f"upcoming_in_{invoice['id'].removeprefix('in_')}"
        secrets[key] = secrets.pop(invoice["id"])
        invoice["id"] = key
        invoice["created"] = due
        if invoice["collection_method"] == "charge_automatically":
            invoice["next_payment_attempt"] = due + 3600
        for item in self._items.pending(customer["id"], subscription["currency"], subscription["id"]):
            self._items.put_on(invoice, item, mark=False)
        bill_items(self._books, self._bills, invoice, subscription, billed)
        invoice["discounts"] = self._discounts.running(subscription["discounts"], due)
        self._bills.sum_up(invoice)
        for line in self._bills.lines(invoice):
            secrets.pop(line["id"], None)
        secrets.pop(key)
        return invoice

    async def _create(self, call: Call) -> Obj:
        params, state = call.params, self._books.state
        details = params.inner("subscription_details")
        if key := params.text("subscription"):
            subscription = state.ref("subscription", key, livemode=call.livemode, param="subscription")
            preview = None if details.boolean("cancel_at_period_end") else self.upcoming(subscription)
            if preview is None:
                raise StripeError(
                    f"No upcoming invoices for customer: {subscription['customer']}",
                    status=404,
                    code="invoice_upcoming_none",
                )
            return preview
        customer = self._customers.ref(call)
        wanted = [
            Wanted(self._catalog.price_from(one, livemode=call.livemode), one.integer("quantity") or 1)
            for one in details.each("items")
        ]
        if not wanted:
            raise missing("subscription_details[items]")
        now = self._books.now()
        imagined = shape(self._books, customer, wanted[0].price["currency"], now)
        period = (now, next_end(now, now, wanted[0].price["recurring"]))
        for one in wanted:
            item = add_item(self._books, imagined, one, period)
            state.by_kind["subscription_item"].pop(item["id"])
            state.by_id.pop(item["id"])
        return self._preview(imagined, period, (now, now), due=now)

"""`PaymentProvider` for one Stripe account. What the objects mean is in `facts`; how a call is made, in `calls`."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payments.core.billing import InvoiceStatus, SnapshotPart, SubscriptionStatus
from payments.core.catalog import Price, PriceKind
from payments.core.ids import AccountId, CustomerRef, InvoiceId, SubscriptionId
from payments.core.snapshot import InvoiceFact, Snapshot
from payments.ports.provider import (
    Account,
    CheckoutOrder,
    CheckoutSession,
    InvoiceOrder,
    KeyRefused,
    ListedEvent,
    ListedSubscription,
    ObjectKind,
    Page,
    PortalFlow,
    ProviderRefused,
    ProviderUnavailable,
)
from payments.providers.stripe import facts, lookup, snapshot
from payments.providers.stripe.calls import PAGE, Json, StripeCalls
from payments.rate_limit import Limiter

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes
    from stripe.params import billing_portal as portal_params
    from stripe.params import checkout as checkout_params


class StripeProvider:
    """One Stripe account. `api_base` None is Stripe itself; `limiter` is the account's own.

    `stripe_account` is set for a connected account. The key appears in no error, log or repr.
    """

    def __init__(
        self, api_key: str, *, limiter: Limiter, api_base: str | None = None, stripe_account: str | None = None
    ) -> None:
        self._livemode = api_key.startswith(("sk_live_", "rk_live_"))
        self._calls = StripeCalls(api_key, api_base=api_base, limiter=limiter, stripe_account=stripe_account)
        self._v1 = self._calls.v1

    async def account(self) -> Account:
        """The account the key belongs to."""
        row = await self._calls.ask(lambda: self._v1.accounts.retrieve_current_async())
        return Account(
            id=AccountId(str(row["id"])),
            livemode=self._livemode,
            currency=str(row.get("default_currency") or "usd"),
        )

    async def lacking(self) -> Sequence[str]:
        """What a restricted key may not read of all that is needed, in Stripe's words.

        Whether it may write shows only when something is made.
        """
        v1 = self._v1
        calls: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: v1.customers.list_async({"limit": 1}),
            lambda: v1.products.list_async({"limit": 1}),
            lambda: v1.prices.list_async({"limit": 1}),
            lambda: v1.checkout.sessions.list_async({"limit": 1}),
            lambda: v1.billing_portal.configurations.list_async({"limit": 1}),
            lambda: v1.subscriptions.list_async({"limit": 1}),
            lambda: v1.invoices.list_async({"limit": 1}),
            lambda: v1.invoice_payments.list_async({"limit": 1}),
            lambda: v1.charges.list_async({"limit": 1}),
            lambda: v1.payment_intents.list_async({"limit": 1}),
            lambda: v1.refunds.list_async({"limit": 1}),
            lambda: v1.disputes.list_async({"limit": 1}),
            lambda: v1.events.list_async({"limit": 1}),
        )
        found = []
        for call in calls:
            try:
                await self._calls.ask(call)
            except KeyRefused as refused:
                found.append(str(refused))
        return found

    async def find(self, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None) -> str | None:
        """The id of the object whose metadata names `row_id`, or None."""
        return await lookup.find(self._calls, kind, row_id, since_at=since_at, customer=customer)

    async def create_customer(
        self, key: str, *, name: str, email: str | None, metadata: Mapping[str, str]
    ) -> CustomerRef:
        """Make a customer."""
        params: stripe_params.CustomerCreateParams = {"name": name, "metadata": dict(metadata)}
        if email is not None:
            params["email"] = email
        row = await self._calls.ask(
            lambda: self._v1.customers.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return CustomerRef(str(row["id"]))

    async def set_customer_email(self, customer: CustomerRef, email: str) -> None:
        """Set the e-mail that invoices are sent to."""
        await self._calls.ask(lambda: self._v1.customers.update_async(customer, {"email": email}), interactive=True)

    async def create_product(self, key: str, *, name: str, metadata: Mapping[str, str]) -> str:
        """Make a product."""
        row = await self._calls.ask(
            lambda: self._v1.products.create_async(
                {"name": name, "metadata": dict(metadata)}, {"idempotency_key": key}
            ),
            interactive=True,
        )
        return str(row["id"])

    async def rename_product(self, product_id: str, name: str) -> None:
        """A plan's new name."""
        await self._calls.ask(lambda: self._v1.products.update_async(product_id, {"name": name}), interactive=True)

    async def create_price(self, key: str, *, product_id: str, price: Price, metadata: Mapping[str, str]) -> str:
        """Make a price. Only a recurring one has an interval at Stripe; how long the others last is our affair."""
        params: stripe_params.PriceCreateParams = {
            "product": product_id,
            "currency": price.currency,
            "unit_amount": price.amount,
            "metadata": dict(metadata),
        }
        if price.kind is PriceKind.RECURRING:
            assert price.unit is not None
            assert price.count is not None
            params["recurring"] = {"interval": price.unit.value, "interval_count": price.count}
        row = await self._calls.ask(
            lambda: self._v1.prices.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return str(row["id"])

    async def create_checkout(self, key: str, order: CheckoutOrder) -> CheckoutSession:
        """Make a checkout session: a subscription, or a payment that makes an invoice."""
        assert order.price.provider_price_id is not None
        metadata = dict(order.metadata)
        params: checkout_params.SessionCreateParams = {
            "customer": order.customer,
            "client_reference_id": order.reference,
            "line_items": [{"price": order.price.provider_price_id, "quantity": 1}],
            "metadata": metadata,
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "expires_at": order.expires_at // 1000,
        }
        if order.price.kind is PriceKind.RECURRING:
            params["mode"] = "subscription"
            params["subscription_data"] = {"metadata": metadata}
            if order.trial_days:
                params["subscription_data"]["trial_period_days"] = order.trial_days
        else:
            params["mode"] = "payment"
            params["invoice_creation"] = {"enabled": True, "invoice_data": {"metadata": metadata}}
            params["payment_intent_data"] = {"metadata": metadata}
        row = await self._calls.ask(
            lambda: self._v1.checkout.sessions.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return facts.session(row)

    async def checkout(self, session_id: str) -> CheckoutSession:
        """A checkout session as it is now."""
        params: checkout_params.SessionRetrieveParams = {"expand": ["payment_intent", "customer"]}
        row = await self._calls.ask(
            lambda: self._v1.checkout.sessions.retrieve_async(session_id, params), interactive=True
        )
        return facts.session(row)

    async def complete_checkouts(self, customer: CustomerRef) -> Sequence[CheckoutSession]:
        """The customer's sessions that ended with a payment, the newest 100."""
        params: checkout_params.SessionListParams = {
            "customer": customer,
            "status": "complete",
            "limit": PAGE,
            "expand": ["data.payment_intent"],
        }
        page = await self._calls.ask(lambda: self._v1.checkout.sessions.list_async(params), interactive=True)
        return [facts.session(row) for row in page.get("data") or []]

    async def expire_checkout(self, session_id: str) -> None:
        """End an open session. Raises `ProviderRefused` if it is not open."""
        await self._calls.ask(lambda: self._v1.checkout.sessions.expire_async(session_id), interactive=True)

    async def create_portal_configuration(self, key: str) -> str:
        """Make the portal's configuration."""
        params: portal_params.ConfigurationCreateParams = {
            "features": {
                "customer_update": {"enabled": True, "allowed_updates": ["email", "name", "address", "tax_id"]},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            },
            "metadata": {"guestlist": "portal"},
        }
        row = await self._calls.ask(
            lambda: self._v1.billing_portal.configurations.create_async(params, {"idempotency_key": key}),
            interactive=True,
        )
        return str(row["id"])

    async def create_portal(
        self,
        customer: CustomerRef,
        *,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription: SubscriptionId | None = None,
    ) -> str:
        """An address of the portal, good for a short time."""
        params: portal_params.SessionCreateParams = {
            "customer": customer,
            "configuration": configuration_id,
            "return_url": return_url,
        }
        if flow is PortalFlow.PAYMENT_METHOD:
            params["flow_data"] = {"type": "payment_method_update"}
        elif flow is PortalFlow.CANCEL and subscription is not None:
            params["flow_data"] = {
                "type": "subscription_cancel",
                "subscription_cancel": {"subscription": subscription},
            }
        row = await self._calls.ask(lambda: self._v1.billing_portal.sessions.create_async(params), interactive=True)
        return str(row["url"])

    async def cancel_at_period_end(self, subscription: SubscriptionId, cancel: bool) -> None:
        """Cancel at the end of the period, or take that back."""
        row = await self._calls.ask(
            lambda: self._v1.subscriptions.update_async(subscription, {"cancel_at_period_end": cancel}),
            interactive=True,
        )
        if not cancel and row.get("cancel_at") is not None:  # it was to end on a date of its own
            await self._calls.ask(
                lambda: self._v1.subscriptions.update_async(subscription, {"cancel_at": ""}), interactive=True
            )

    async def cancel_now(self, subscription: SubscriptionId) -> None:
        """End a subscription at once: nothing more is charged, and nothing is given back."""
        await self._calls.ask(lambda: self._v1.subscriptions.cancel_async(subscription))

    async def cards(self, customer: CustomerRef) -> frozenset[str]:
        """Fingerprints of the customer's cards and accounts; empty where our key may not read them."""
        try:
            page = await self._calls.ask(
                lambda: self._v1.customers.payment_methods.list_async(customer, {"limit": PAGE})
            )
        except KeyRefused as refused:
            if refused.code != "permission_error":
                raise
            return frozenset()
        return facts.fingerprints(page)

    async def create_invoice(self, key: str, order: InvoiceOrder) -> InvoiceId:
        """Make an empty draft that will be sent; nothing pending of the customer is pulled in."""
        params: stripe_params.InvoiceCreateParams = {
            "customer": order.customer,
            "currency": order.currency,
            "collection_method": "send_invoice",
            "days_until_due": order.days_until_due,
            "description": order.description,
            "auto_advance": False,
            "pending_invoice_items_behavior": "exclude",
            "metadata": dict(order.metadata),
        }
        if order.footer is not None:
            params["footer"] = order.footer
        row = await self._calls.ask(
            lambda: self._v1.invoices.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return InvoiceId(str(row["id"]))

    async def create_invoice_item(self, key: str, invoice: InvoiceId, order: InvoiceOrder) -> str:
        """Put the one item on the draft."""
        params: stripe_params.InvoiceItemCreateParams = {
            "customer": order.customer,
            "invoice": invoice,
            "amount": order.amount,
            "currency": order.currency,
            "description": order.description,
            "metadata": dict(order.metadata),
        }
        row = await self._calls.ask(
            lambda: self._v1.invoice_items.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return str(row["id"])

    async def send_invoice(self, invoice: InvoiceId) -> InvoiceFact:
        """Finalize a draft and send it; an invoice that is past that is answered as it is."""
        fact = await self.invoice(invoice)
        if fact.status is InvoiceStatus.DRAFT:
            try:
                row = await self._calls.ask(
                    lambda: self._v1.invoices.finalize_invoice_async(invoice, {"auto_advance": False}),
                    interactive=True,
                )
                fact = facts.invoice(row)
            except ProviderRefused:
                fact = await self.invoice(invoice)
                if fact.status is InvoiceStatus.DRAFT:
                    raise  # else somebody else finalized it in that moment
        if fact.status is InvoiceStatus.OPEN:
            fact = await self._send(invoice)
        return fact

    async def _send(self, invoice: InvoiceId) -> InvoiceFact:
        """Have an open invoice mailed: once, for as long as Stripe remembers the key; then a repeated mail is the
        lesser evil."""

        def ask(key: str) -> Awaitable[Json]:
            return self._calls.ask(
                lambda: self._v1.invoices.send_invoice_async(invoice, {}, {"idempotency_key": key}), interactive=True
            )

        try:
            return facts.invoice(await ask(f"gl-send-{invoice}"))
        except ProviderUnavailable as failed:
            if not failed.replayed:
                raise
        return facts.invoice(await ask(f"gl-send-{invoice}-{secrets.token_hex(4)}"))

    async def delete_draft(self, invoice: InvoiceId, item: str | None) -> None:
        """Delete a draft, then its item: left behind, that would be charged with the customer's next invoice."""
        await self._delete(lambda: self._v1.invoices.delete_async(invoice))
        if item is not None:
            await self._delete(lambda: self._v1.invoice_items.delete_async(item))

    async def _delete(self, call: Callable[[], Awaitable[Any]]) -> None:
        try:
            await self._calls.ask(call, interactive=True)
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise

    async def invoice(self, invoice: InvoiceId) -> InvoiceFact:
        """An invoice as it is now."""
        return facts.invoice(await self._calls.ask(lambda: self._v1.invoices.retrieve_async(invoice), interactive=True))

    async def fetch(
        self, customer: CustomerRef, parts: SnapshotPart, *, failures_unknown: Sequence[InvoiceId] = ()
    ) -> Snapshot:
        """What Stripe says now of these parts; bounded and paged."""
        return await snapshot.fetch(self._calls, customer, parts, failures_unknown)

    async def customer_of(self, event_type: str, body: str) -> CustomerRef | None:
        """Whose an event without customer is; None: nobody's."""
        return await lookup.customer_of(self._calls, event_type, body)

    async def events_page(self, *, since_at: int, after: str | None) -> Page[ListedEvent]:
        """One page of the account's events since a time, newest first."""
        params: stripe_params.EventListParams = {"created": {"gte": since_at // 1000}, "limit": PAGE}
        if after is not None:
            params["starting_after"] = after
        page = await self._calls.ask(lambda: self._v1.events.list_async(params))
        rows = page.get("data") or []
        return Page([facts.event(row) for row in rows], str(rows[-1]["id"]) if page.get("has_more") and rows else None)

    async def subscriptions_page(self, *, after: str | None) -> Page[ListedSubscription]:
        """One page of all the account's subscriptions, ended ones too."""
        params: stripe_params.SubscriptionListParams = {
            "status": "all",
            "limit": PAGE,
            "expand": ["data.discounts.source.coupon"],
        }
        if after is not None:
            params["starting_after"] = after
        page = await self._calls.ask(lambda: self._v1.subscriptions.list_async(params))
        rows = page.get("data") or []
        listed = [
            ListedSubscription(stripe_customer_id=customer, fact=facts.subscription(row))
            for row in rows
            if (customer := facts.customer_in(row)) is not None
        ]
        return Page(listed, str(rows[-1]["id"]) if page.get("has_more") and rows else None)

    async def subscription_status(self, subscription: SubscriptionId) -> SubscriptionStatus:
        """One subscription's status now."""
        row = await self._calls.ask(lambda: self._v1.subscriptions.retrieve_async(subscription), interactive=True)
        return facts.subscription_status(row)

    async def close(self) -> None:
        """Close connections."""
        await self._calls.close()

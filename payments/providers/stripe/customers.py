"""Stripe's customers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from payments.core.ids import CustomerRef
from payments.ports.providers import KeyRefused
from payments.providers.stripe import facts
from payments.providers.stripe.calls import PAGE, StripeCalls
from payments.providers.stripe.fields import text_of

if TYPE_CHECKING:
    from stripe import params as stripe_params  # for annotations only: a module of thousands of classes


class StripeCustomers:
    """`Customers` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def create(self, key: str, *, name: str, email: str | None, metadata: Mapping[str, str]) -> CustomerRef:
        """Make a customer."""
        params: stripe_params.CustomerCreateParams = {"name": name, "metadata": dict(metadata)}
        if email is not None:
            params["email"] = email
        row = await self._calls.ask(
            lambda: self._calls.v1.customers.create_async(params, {"idempotency_key": key}), interactive=True
        )
        return CustomerRef(str(row["id"]))

    async def set_email(self, customer: CustomerRef, email: str) -> None:
        """Set the e-mail that invoices are sent to."""
        await self._calls.ask(
            lambda: self._calls.v1.customers.update_async(customer, {"email": email}), interactive=True
        )

    async def email(self, customer: CustomerRef) -> str | None:
        """Of a customer that may have been made in the dashboard, or by a payment link."""
        row = await self._calls.ask(lambda: self._calls.v1.customers.retrieve_async(customer), interactive=True)
        return text_of(row.get("email"))

    async def name_ours(self, customer: CustomerRef, metadata: Mapping[str, str]) -> None:
        """Metadata of others stays."""
        await self._calls.ask(lambda: self._calls.v1.customers.update_async(customer, {"metadata": dict(metadata)}))

    async def cards(self, customer: CustomerRef) -> frozenset[str]:
        """Fingerprints of the customer's cards and accounts; empty where our key may not read them."""
        try:
            page = await self._calls.ask(
                lambda: self._calls.v1.customers.payment_methods.list_async(customer, {"limit": PAGE})
            )
        except KeyRefused as refused:
            if refused.code != "permission_error":
                raise
            return frozenset()
        return facts.fingerprints(page)

"""Stripe's customer portal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from payments.core.ids import CustomerRef, SubscriptionId
from payments.ports.providers import PortalFlow, ProviderRefused
from payments.providers.stripe.calls import StripeCalls

if TYPE_CHECKING:
    from stripe.params import billing_portal as portal_params  # for annotations only


class StripePortal:
    """`Portal` of one account."""

    def __init__(self, calls: StripeCalls) -> None:
        self._calls = calls

    async def create_configuration(self, key: str) -> str:
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
            lambda: self._calls.v1.billing_portal.configurations.create_async(params, {"idempotency_key": key}),
            interactive=True,
        )
        return str(row["id"])

    async def usable(self, configuration_id: str) -> bool:
        """Whether a configuration is there still, and active."""
        try:
            row = await self._calls.ask(
                lambda: self._calls.v1.billing_portal.configurations.retrieve_async(configuration_id), interactive=True
            )
        except ProviderRefused as refused:
            if refused.code == "missing_object":
                return False
            raise
        return bool(row.get("active"))

    async def login_page(self, configuration_id: str, *, enable: bool) -> str | None:
        """The configuration's login page; `enable`: switched on first."""
        configurations = self._calls.v1.billing_portal.configurations
        on: portal_params.ConfigurationUpdateParams = {"login_page": {"enabled": True}}
        row = await self._calls.ask(
            lambda: (
                configurations.update_async(configuration_id, on)
                if enable
                else configurations.retrieve_async(configuration_id)
            ),
            interactive=False,
        )
        return _login_url(row)

    async def login_pages(self) -> Sequence[str | None]:
        """The login pages of the active configurations that we made, newest first."""
        params: portal_params.ConfigurationListParams = {"active": True, "limit": 100}
        found = await self._calls.ask(
            lambda: self._calls.v1.billing_portal.configurations.list_async(params), interactive=True
        )
        return [_login_url(row) for row in found["data"] if row["metadata"].get("guestlist") == "portal"]

    async def open(
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
        row = await self._calls.ask(
            lambda: self._calls.v1.billing_portal.sessions.create_async(params), interactive=True
        )
        return str(row["url"])


def _login_url(row: Any) -> str | None:
    page = row.get("login_page") or {}
    return str(page["url"]) if row.get("active") and page.get("enabled") and page.get("url") else None

"""The provider's own page on which members manage what they pay."""

from enum import StrEnum
from typing import Protocol

from payments.core.ids import CustomerRef, SubscriptionId


class PortalFlow(StrEnum):
    """Where the portal opens."""

    HOME = "home"
    PAYMENT_METHOD = "payment_method_update"
    CANCEL = "subscription_cancel"


class Portal(Protocol):
    """Cards, invoices and cancellations, on the provider's own page."""

    async def create_configuration(self, key: str) -> str:
        """What the page offers: cancel at period end, change card, invoices, e-mail. Made once for its key."""
        ...

    async def usable(self, configuration_id: str) -> bool:
        """Whether a configuration is there still, and active: the owner may have switched it off."""
        ...

    async def login_page(self, configuration_id: str, *, enable: bool) -> str | None:
        """The address at which whoever pays can ask for a link by e-mail, safe to show to anyone; None: there is none.
        `enable`: switch it on first."""
        ...

    async def open(
        self,
        customer: CustomerRef,
        *,
        configuration_id: str,
        return_url: str,
        flow: PortalFlow,
        subscription: SubscriptionId | None = None,
    ) -> str:
        """An address of the page, good for a short time."""
        ...

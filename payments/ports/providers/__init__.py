"""A payment provider in small parts: three that every one has, and others that a flow takes when they are there."""

from payments.ports.providers.catalog import CatalogSync, Offered
from payments.ports.providers.checkouts import CheckoutOrder, Checkouts, CheckoutSession, PaidOnce, SessionStatus
from payments.ports.providers.customers import Customers
from payments.ports.providers.errors import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.ports.providers.events import (
    EventSource,
    ListedMoney,
    ListedSubscription,
    MoneyKind,
    Page,
    ProviderEvent,
)
from payments.ports.providers.fraud_warnings import FraudWarning, FraudWarnings
from payments.ports.providers.invoicing import InvoiceOrder, Invoicing
from payments.ports.providers.lookup import Lookup, ObjectKind
from payments.ports.providers.portal import Portal, PortalFlow
from payments.ports.providers.provider import Account, PaymentProvider
from payments.ports.providers.refunds import Paid, RefundMade, Refunds
from payments.ports.providers.subscriptions import SubscriptionActions

__all__ = [
    "Account",
    "CatalogSync",
    "CheckoutOrder",
    "CheckoutSession",
    "Checkouts",
    "Customers",
    "EventSource",
    "FraudWarning",
    "FraudWarnings",
    "InvoiceOrder",
    "Invoicing",
    "KeyRefused",
    "ListedMoney",
    "ListedSubscription",
    "Lookup",
    "MoneyKind",
    "ObjectKind",
    "Offered",
    "Page",
    "Paid",
    "PaidOnce",
    "PaymentProvider",
    "Portal",
    "PortalFlow",
    "ProviderEvent",
    "ProviderRefused",
    "ProviderUnavailable",
    "RefundMade",
    "Refunds",
    "SessionStatus",
    "SubscriptionActions",
]

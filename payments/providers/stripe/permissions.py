"""What a restricted key must be allowed: the one list, by which `check` asks and the README tells.

Stripe looks at the key before anything else, so whether it may write is asked with an object that can't be there:
whoever may is told that it is missing, and nothing is made or changed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from stripe._v1_services import V1Services

NONE = "guestlist_check"
"""The end of ids that Stripe gives to nothing."""

Probe = Callable[[V1Services], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Permission:
    """One line of the page where a key is made. ``name`` is as that page has it; to write includes to read."""

    name: str
    write: bool
    probes: tuple[Probe, ...]


PERMISSIONS = (
    Permission("Customers", True, (lambda v1: v1.customers.update_async(f"cus_{NONE}", {}),)),
    Permission("Products", True, (lambda v1: v1.products.update_async(f"prod_{NONE}", {}),)),
    Permission("Prices", True, (lambda v1: v1.prices.update_async(f"price_{NONE}", {}),)),
    Permission("Checkout Sessions", True, (lambda v1: v1.checkout.sessions.expire_async(f"cs_test_{NONE}"),)),
    Permission(
        "Customer portal",
        True,
        (
            lambda v1: v1.billing_portal.configurations.update_async(f"bpc_{NONE}", {}),
            lambda v1: v1.billing_portal.sessions.create_async({"customer": f"cus_{NONE}"}),
        ),
    ),
    Permission(
        "Subscriptions",
        True,
        (
            lambda v1: v1.subscriptions.update_async(f"sub_{NONE}", {}),
            lambda v1: v1.subscription_schedules.release_async(f"sub_sched_{NONE}"),
        ),
    ),
    Permission(
        "Invoices",
        True,
        (
            lambda v1: v1.invoices.void_invoice_async(f"in_{NONE}"),
            lambda v1: v1.invoice_items.delete_async(f"ii_{NONE}"),
            lambda v1: v1.invoice_payments.list_async({"limit": 1}),
        ),
    ),
    Permission("Refunds", True, (lambda v1: v1.refunds.create_async({"charge": f"ch_{NONE}"}),)),
    Permission("Charges", False, (lambda v1: v1.charges.list_async({"limit": 1}),)),
    Permission("Credit notes", False, (lambda v1: v1.credit_notes.list_async({"limit": 1}),)),
    Permission("Payment Intents", False, (lambda v1: v1.payment_intents.list_async({"limit": 1}),)),
    Permission("Payment Methods", False, (lambda v1: v1.customers.payment_methods.list_async(f"cus_{NONE}"),)),
    Permission("Disputes", False, (lambda v1: v1.disputes.list_async({"limit": 1}),)),
    Permission("Early fraud warnings", False, (lambda v1: v1.radar.early_fraud_warnings.list_async({"limit": 1}),)),
    Permission("Events", False, (lambda v1: v1.events.list_async({"limit": 1}),)),
    Permission("the account itself", False, (lambda v1: v1.accounts.retrieve_current_async(),)),
)

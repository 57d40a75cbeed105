"""What a restricted key may do: each resource is none, read or write, and Stripe names the permission that lacks.

The names are Stripe's where its refusals were seen ("Having the 'rak_customer_write' permission would allow this
request to continue"), and made alike elsewhere. Stripe refuses before it looks whether an object exists.
"""

from collections.abc import Collection

from sandbox.stripe.errors import StripeError, invalid

# The longest beginning of a path decides.
RESOURCES = {
    "/v1/account": "accounts_kyc_basic",
    "/v1/billing_portal": "customer_portal",
    "/v1/charges": "charge",
    "/v1/checkout/sessions": "checkout_session",
    "/v1/coupons": "coupon",
    "/v1/credit_notes": "credit_note",
    "/v1/customers": "customer",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/invoice_payments": "invoice",
    "/v1/invoiceitems": "invoice",
    "/v1/invoices": "invoice",
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_links": "payment_links",
    "/v1/payment_methods": "payment_method",
    "/v1/prices": "plan",
    "/v1/products": "product",
    "/v1/promotion_codes": "promotion_code",
    "/v1/radar/early_fraud_warnings": "early_fraud_warning",
    "/v1/refunds": "refund",
    "/v1/setup_intents": "setup_intent",
    "/v1/subscription_items": "subscription",
    "/v1/subscription_schedules": "subscription",
    "/v1/subscriptions": "subscription",
    "/v1/tax_rates": "tax_rate",
    "/v1/webhook_endpoints": "webhook",
}
ALL = frozenset(f"rak_{resource}_{access}" for resource in RESOURCES.values() for access in ("read", "write"))


def needed(method: str, path: str) -> str | None:
    """The permission that a request needs; None: any key may make it."""
    if path.startswith("/v1/customers/") and path.endswith("/payment_methods"):
        resource: str | None = "payment_method"
    else:
        found = [start for start in RESOURCES if path == start or path.startswith(f"{start}/")]
        resource = RESOURCES[max(found, key=len)] if found else None
    return None if resource is None else f"rak_{resource}_{'read' if method == 'GET' else 'write'}"


def check(permissions: Collection[str]) -> frozenset[str]:
    """What a key is given. Raises StripeError for a permission that is none."""
    for name in permissions:
        if name not in ALL:
            raise invalid(f"There is no permission {name!r}: give one such as rak_customer_write.", "restricted_key")
    return frozenset(permissions)


def lacking(permissions: Collection[str], method: str, path: str) -> str | None:
    """The permission that a request needs and that is not among these. To write includes to read."""
    wanted = needed(method, path)
    if wanted is None or wanted in permissions or wanted.replace("_read", "_write") in permissions:
        return None
    return wanted


def refusal(key: str, lacks: str, account: str) -> StripeError:
    """Stripe's 403 of a key that lacks a permission."""
    shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
    return StripeError(
        f"The provided key '{shown}' does not have the required permissions for this endpoint on account '{account}'. "
        f"Having the '{lacks}' permission would allow this request to continue.",
        status=403,
        code="more_permissions_required",
    )

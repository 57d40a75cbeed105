"""Identifiers. Ours carry a prefix that says what they name; Stripe's are kept as Stripe made them."""

from typing import NewType

CommunityId = NewType("CommunityId", str)
PersonId = NewType("PersonId", str)
TargetId = NewType("TargetId", str)
PlanId = NewType("PlanId", str)
PriceId = NewType("PriceId", str)
CustomerId = NewType("CustomerId", str)
CheckoutId = NewType("CheckoutId", str)
PurchaseId = NewType("PurchaseId", str)
EntitlementId = NewType("EntitlementId", str)
RequestId = NewType("RequestId", str)

# Stripe's own ids. Each is unique only within its account, so it is always stored and looked up with an AccountId.
AccountId = NewType("AccountId", str)
EventId = NewType("EventId", str)
CustomerRef = NewType("CustomerRef", str)
SubscriptionId = NewType("SubscriptionId", str)
InvoiceId = NewType("InvoiceId", str)
ChargeId = NewType("ChargeId", str)

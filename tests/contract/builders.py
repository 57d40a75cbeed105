"""What the stores' tests start from: a community, its people, a plan, customers; each one call."""

from decimal import Decimal

from payments.core.access import Access, Entitlement, Reason, Source
from payments.core.billing import (
    BillingReason,
    Checkout,
    CheckoutState,
    CollectionMethod,
    Customer,
    Invoice,
    InvoiceStatus,
    Subscription,
    SubscriptionStatus,
)
from payments.core.calendar import Unit
from payments.core.catalog import Plan, PlanState, Price, PriceKind, PriceState
from payments.core.community import Community, Identity, Place, Platform, Target, TargetKind
from payments.core.ids import (
    AccountId,
    CheckoutId,
    CommunityId,
    CustomerId,
    CustomerRef,
    EntitlementId,
    EventId,
    InvoiceId,
    PersonId,
    PlanId,
    PriceId,
    RequestId,
    SubscriptionId,
    TargetId,
)
from payments.core.lines import CreditedLines, Discount, DiscountDuration, InvoiceLine, SubscriptionItem
from payments.ports.stores import Lease, Notice, ProviderRequest, RequestState, StoredAccount, StoredEvent, Transaction

ACCOUNT = AccountId("acct_1")
CAVE = CommunityId("com_cave")
SERVER = Place(Platform.DISCORD, "server-1")
PRO = PlanId("pln_pro")
MONTHLY = PriceId("prc_monthly")
ROLE = TargetId("tgt_role")
HALF = Discount(
    "di_1", "HALF", "promo_1", Decimal("33.33"), None, "eur", DiscountDuration.REPEATING, 3, 1_800_000_000_000
)
ITEM = SubscriptionItem(
    "si_1", "price_1", "prod_1", "eur", 500, 2, Unit.MONTH, 1, False, 1_700_000_000_000, 1_702_592_000_000, (HALF,)
)
LINE = InvoiceLine(
    "il_1", -250, "eur", "Unused time", 1, "price_1", "prod_1", SubscriptionId("sub_1"), "si_1", 1_700_000_000_000,
    1_702_592_000_000, True, CreditedLines(InvoiceId("in_0"), ("il_0",)), 10, 40, 20,
)  # fmt: skip
ADA = PersonId("prs_ada")
BEN = PersonId("prs_ben")
NOW = 1_763_880_000_000


def lease(token: str = "one", until: int = NOW + 60_000) -> Lease:
    return Lease(token, until)


def community(community_id: str = CAVE) -> Community:
    return Community(CommunityId(community_id), "The Cave", "en", "eur", 0, None, None, NOW)


def target(target_id: str = ROLE, external_id: str = "role-1", place: Place = SERVER) -> Target:
    return Target(
        TargetId(target_id), CAVE, place.platform, place.external_id, TargetKind.ROLE, external_id, "Supporter"
    )


def plan(plan_id: str = PRO, name: str = "Pro", created_at: int = NOW) -> Plan:
    return Plan(PlanId(plan_id), CAVE, name, "", PlanState.ACTIVE, 259_200_000, 0, False, True, True, created_at)


def price(price_id: str = MONTHLY, amount: int = 500) -> Price:
    return Price(
        id=PriceId(price_id),
        plan_id=PRO,
        account_id=ACCOUNT,
        kind=PriceKind.RECURRING,
        unit_amount=amount,
        currency="eur",
        unit=Unit.MONTH,
        count=1,
        until_at=None,
        state=PriceState.PENDING,
        provider_product_id=None,
        provider_price_id=None,
        created_at=NOW,
    )


async def person(tx: Transaction, person_id: str = ADA) -> PersonId:
    identity = Identity(Platform.DISCORD, f"user-{person_id}")
    return await tx.identities.ensure(identity, person_id.removeprefix("prs_").title(), "en", PersonId(person_id), NOW)


async def customer(tx: Transaction, person_id: str = ADA, currency: str = "eur") -> Customer:
    name = person_id.removeprefix("prs_")
    wanted = Customer(
        CustomerId(f"cus_{name}_{currency}"),
        await person(tx, person_id),
        ACCOUNT,
        currency,
        CustomerRef(f"cus_S{name}{currency}"),
        None,
    )
    return await tx.customers.ensure(wanted, NOW)


async def cave(tx: Transaction) -> None:
    """The community in its server, with the plan Pro for 5 EUR a month, which opens a role; Ada and Ben are there."""
    await tx.communities.add(community(), SERVER, "The Cave's server")
    await tx.communities.put_target(target())
    await tx.provider_accounts.ensure(StoredAccount(ACCOUNT, False, "eur", None, None, None), NOW)
    await tx.plans.add(plan())
    await tx.plans.open_target(PRO, ROLE)
    await tx.plans.add_price(price())
    await tx.plans.activate_price(MONTHLY, "prod_1", "price_1")
    await person(tx, ADA)
    await person(tx, BEN)


def subscription(of: Customer, subscription_id: str = "sub_1", started_at: int = NOW) -> Subscription:
    return Subscription(
        account_id=ACCOUNT,
        id=SubscriptionId(subscription_id),
        customer_id=of.id,
        payer_id=of.person_id,
        beneficiary_id=of.person_id,
        plan_id=PRO,
        price_id=MONTHLY,
        status=SubscriptionStatus.ACTIVE,
        currency="eur",
        unit_amount=500,
        quantity=1,
        unit=Unit.MONTH,
        count=1,
        items=(ITEM,),
        discounts=(HALF,),
        collection_method=CollectionMethod.CHARGE_AUTOMATICALLY,
        pause_behavior=None,
        cancel_at=None,
        trial_end_at=None,
        period_start_at=NOW,
        period_end_at=NOW + 2_592_000_000,
        latest_invoice_id=InvoiceId("in_1"),
        past_due_since_at=None,
        paid_once=True,
        started_at=started_at,
        ended_at=None,
    )


def invoice(of: Customer, invoice_id: str = "in_1", created_at: int = NOW) -> Invoice:
    return Invoice(
        account_id=ACCOUNT,
        id=InvoiceId(invoice_id),
        customer_id=of.id,
        subscription_id=SubscriptionId("sub_1"),
        purchase_id=None,
        status=InvoiceStatus.OPEN,
        number="CAVE-0001",
        description=None,
        billing_reason=BillingReason.SUBSCRIPTION_CYCLE,
        currency="eur",
        total=500,
        amount_paid=0,
        amount_remaining=500,
        period_start_at=NOW,
        period_end_at=NOW,
        due_at=None,
        finalized_at=NOW,
        paid_at=None,
        failed_at=None,
        hosted_url="https://invoice",
        pdf_url=None,
        created_at=created_at,
        lines=(LINE, InvoiceLine("il_2")),
    )


def checkout(of: Customer, checkout_id: str = "chk_1") -> Checkout:
    return Checkout(
        CheckoutId(checkout_id),
        of.person_id,
        of.person_id,
        PRO,
        MONTHLY,
        of.id,
        CheckoutState.PENDING,
        None,
        None,
        None,
        NOW,
    )


def entitlement(person_id: PersonId = ADA, number: int = 1) -> Entitlement:
    return Entitlement(
        id=EntitlementId(f"ent_{person_id}_{number}"),
        source=Source.SUBSCRIPTION,
        source_id=f"sub_{number}",
        account_id=ACCOUNT,
        plan_id=PRO,
        payer_id=person_id,
        beneficiary_id=person_id,
        began_at=NOW,
        access_from=NOW,
        access_until=None,
        reason=Reason.PAID,
    )


def access(person_id: PersonId = ADA, *, wanted: bool = True, target_id: TargetId = ROLE) -> Access:
    return Access(person_id, target_id, wanted, False, None, None, Reason.PAID, NOW, None)


def event(
    event_id: str = "evt_1", *, customer_id: str | None = "cus_Sadaeur", kind: str = "invoice.paid"
) -> StoredEvent:
    return StoredEvent(
        account_id=ACCOUNT,
        id=EventId(event_id),
        type=kind,
        object_id="in_1",
        stripe_customer_id=CustomerRef(customer_id) if customer_id else None,
        created_at=NOW,
        received_at=NOW + 1,
        body='{"id": "evt"}',
    )


def notice(key: str = "failed-in_1", created_at: int = NOW) -> Notice:
    return Notice(key, ADA, "payment_failed", "{}", created_at)


def request(subject_id: str = "chk_1", kind: str = "checkout", created_at: int = NOW) -> ProviderRequest:
    return ProviderRequest(
        RequestId(f"req_{kind}_{subject_id}"),
        ACCOUNT,
        kind,
        subject_id,
        "{}",
        RequestState.PENDING,
        None,
        0,
        0,
        None,
        created_at,
        ADA,
    )

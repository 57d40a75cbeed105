"""Our ids in the metadata of the provider's objects: written and read here alone.

They say who an object belongs to, so that it is found again, also by a database that is rebuilt from the provider. The
keys are out in the world and never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from payments.core.billing import Checkout
from payments.core.community import Identity, Platform
from payments.core.ids import (
    AccountId,
    ChargeId,
    CheckoutId,
    CustomerId,
    PersonId,
    PlanId,
    PriceId,
    PurchaseId,
    RequestId,
)

ROW = "guestlist_row"
INSTALLATION = "guestlist_installation"
ACCOUNT = "guestlist_account"
PERSON = "guestlist_person"
PLAN = "guestlist_plan"
PRICE = "guestlist_price"
PAYER = "guestlist_payer"
BENEFICIARY = "guestlist_beneficiary"
CHECKOUT = "guestlist_checkout"
PURCHASE = "guestlist_purchase"
INVOICE = "guestlist_invoice"

Metadata = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refs:
    """What an object's metadata says of us; None where it says nothing.

    ``row``: the id of the row that it was made for. ``installation``: which Guestlist made it; older versions did not
    say. ``account``: the chat account that bought it.
    """

    row: str | None = None
    installation: str | None = None
    account: Identity | None = None
    plan_id: PlanId | None = None
    price_id: PriceId | None = None
    payer_id: PersonId | None = None
    beneficiary_id: PersonId | None = None
    checkout_id: CheckoutId | None = None
    purchase_id: PurchaseId | None = None

    @property
    def customer_row(self) -> CustomerId | None:
        """Our customer, of a customer's metadata: one that replaced a deleted one names that too, behind a colon."""
        return None if self.row is None else CustomerId(self.row.split(":")[0])


def read(metadata: Mapping[str, object]) -> Refs:
    """What metadata says of us. Anything that is not a text, or empty, says nothing."""

    def of(key: str) -> str | None:
        value = metadata.get(key)
        return value if isinstance(value, str) and value else None

    plan, price, payer, beneficiary = of(PLAN), of(PRICE), of(PAYER), of(BENEFICIARY)
    checkout, purchase = of(CHECKOUT), of(PURCHASE)
    return Refs(
        row=of(ROW),
        installation=of(INSTALLATION),
        account=_account(of(ACCOUNT)),
        plan_id=None if plan is None else PlanId(plan),
        price_id=None if price is None else PriceId(price),
        payer_id=None if payer is None else PersonId(payer),
        beneficiary_id=None if beneficiary is None else PersonId(beneficiary),
        checkout_id=None if checkout is None else CheckoutId(checkout),
        purchase_id=None if purchase is None else PurchaseId(purchase),
    )


def _account(text: str | None) -> Identity | None:
    platform, _, user_id = (text or "").partition(":")
    return Identity(Platform(platform), user_id) if platform in tuple(Platform) and user_id else None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the metadata of what one installation makes."""

    installation: str

    def customer(self, row: str, person_id: PersonId, account: Identity | None) -> Metadata:
        """Of a customer. `row`: ours, with what it replaces behind a colon."""
        return self._with(ROW, row) | {PERSON: person_id} | _of_account(account)

    def product(self, row: str, plan_id: PlanId) -> Metadata:
        """Of a plan's product."""
        return self._with(ROW, row) | {PLAN: plan_id}

    def price(self, price_id: PriceId, plan_id: PlanId) -> Metadata:
        """Of a price."""
        return self._with(ROW, price_id) | {PLAN: plan_id, PRICE: price_id}

    def checkout(
        self, checkout: Checkout, payer_id: PersonId, purchase_id: PurchaseId | None, account: Identity | None
    ) -> Metadata:
        """Of a checkout session, and of the subscription, invoice and payment that come of it.

        `payer_id`: the person that the paying account came with, so that it stays with the account that paid, should
        linked accounts part.
        """
        found = self._with(ROW, checkout.id) | {
            PLAN: checkout.plan_id,
            PRICE: checkout.price_id,
            PAYER: payer_id,
            BENEFICIARY: payer_id,
            CHECKOUT: checkout.id,
        }
        return found | _of_account(account) | ({} if purchase_id is None else {PURCHASE: purchase_id})

    def claimed(self, plan_id: PlanId, payer_id: PersonId, account: Identity | None) -> Metadata:
        """Of a subscription that was bought past us, once somebody has claimed it."""
        return self._with(PLAN, plan_id) | {PAYER: payer_id, BENEFICIARY: payer_id} | _of_account(account)

    def invoice(self, row: str, request_id: RequestId, payer_id: PersonId) -> Metadata:
        """Of a bill's invoice and of its item."""
        return self._with(ROW, row) | {INVOICE: request_id, PAYER: payer_id}

    def refund(self, row: str) -> Metadata:
        """Of a refund."""
        return self._with(ROW, row)

    def _with(self, key: str, value: str) -> dict[str, str]:
        return {key: value, INSTALLATION: self.installation}


def refund_row(account_id: AccountId, charge_id: ChargeId) -> str:
    """The row of a payment's whole refund, of which there is one whoever asks for it."""
    return f"{account_id}:{charge_id}"


def _of_account(account: Identity | None) -> dict[str, str]:
    return {} if account is None else {ACCOUNT: f"{account.platform}:{account.user_id}"}


def used_by(metadata: Metadata, person_id: PersonId) -> Metadata:
    """The metadata as if it named this person as the one who uses what was bought."""
    return {**metadata, BENEFICIARY: person_id}

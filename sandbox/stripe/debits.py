"""Test bank accounts: debits of SEPA, ACH and Bacs, which a bank confirms or returns only days later.

Account numbers and tokens are Stripe's own (docs.stripe.com/testing#non-card-payments). Its test mode hurries; here
they take as long as in real life, by the sandbox's clock: the usual number of business days, and for the accounts that
Stripe calls delayed the longest. Sources: docs.stripe.com/payments/sepa-debit,
docs.stripe.com/payments/ach-direct-debit, docs.stripe.com/payments/payment-methods/bacs-debit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sandbox.stripe.refusals import (
    ACCOUNT_CLOSED,
    COULD_NOT_PROCESS,
    NO_ACCOUNT,
    NO_FUNDS,
    NOT_AUTHORIZED,
    Later,
    Refusal,
)
from sandbox.stripe.store import Obj

CURRENCIES = {"sepa_debit": "eur", "us_bank_account": "usd", "bacs_debit": "gbp"}
"""The one currency in which each can be collected."""
NAMES = {"sepa_debit": "SEPA", "us_bank_account": "ACH", "bacs_debit": "Bacs"}
"""What people call them."""


@dataclass(frozen=True, slots=True)
class Debit:
    """A test bank account's nature: Stripe's type of payment method, and what becomes of each debit."""

    kind: str
    later: Later
    refusal: ClassVar[Refusal | None] = None
    attaches: ClassVar[bool] = True
    wants_authentication: ClassVar[bool] = False
    disputed: ClassVar[str | None] = None
    """No dispute follows a moment later; what a bank takes back is in `later`."""

    @property
    def currency(self) -> str:
        """The only currency that it pays in."""
        return CURRENCIES[self.kind]


_SEPA, _SEPA_SLOW = Later(business_days=5), Later(business_days=14)
_ACH = Later(business_days=4)
_BACS, _BACS_SLOW = Later(business_days=4), Later(business_days=7)


def _debit(kind: str, later: Later, refusal: Refusal | None = None, *, disputed: bool = False) -> Debit:
    return Debit(kind, replace(later, refusal=refusal, disputed=disputed))


DEBITS = {
    "AT611904300234573201": _debit("sepa_debit", _SEPA),
    "AT321904300235473204": _debit("sepa_debit", _SEPA_SLOW),
    "AT861904300235473202": _debit("sepa_debit", _SEPA, COULD_NOT_PROCESS),
    "AT051904300235473205": _debit("sepa_debit", _SEPA_SLOW, COULD_NOT_PROCESS),
    "AT591904300235473203": _debit("sepa_debit", _SEPA, disputed=True),
    "AT981904300002222227": _debit("sepa_debit", _SEPA, NO_FUNDS),
    "DE89370400440532013000": _debit("sepa_debit", _SEPA),
    "DE08370400440532013003": _debit("sepa_debit", _SEPA_SLOW),
    "DE62370400440532013001": _debit("sepa_debit", _SEPA, COULD_NOT_PROCESS),
    "DE78370400440532013004": _debit("sepa_debit", _SEPA_SLOW, COULD_NOT_PROCESS),
    "DE35370400440532013002": _debit("sepa_debit", _SEPA, disputed=True),
    "000123456789": _debit("us_bank_account", _ACH),
    "000111111113": _debit("us_bank_account", _ACH, ACCOUNT_CLOSED),
    "000111111116": _debit("us_bank_account", _ACH, NO_ACCOUNT),
    "000222222227": _debit("us_bank_account", _ACH, NO_FUNDS),
    "000333333335": _debit("us_bank_account", _ACH, NOT_AUTHORIZED),
    "000555555559": _debit("us_bank_account", _ACH, disputed=True),
    "000000000009": _debit("us_bank_account", Later()),
    "00012345": _debit("bacs_debit", _BACS),
    "90012345": _debit("bacs_debit", _BACS_SLOW),
    "33333335": _debit("bacs_debit", _BACS, NOT_AUTHORIZED),
    "93333335": _debit("bacs_debit", _BACS_SLOW, NOT_AUTHORIZED),
    "22222227": _debit("bacs_debit", _BACS, NO_FUNDS),
    "92222227": _debit("bacs_debit", _BACS_SLOW, NO_FUNDS),
    "55555559": _debit("bacs_debit", _BACS, disputed=True),
}
TOKENS = {
    "pm_sepaDebit_success_at": "AT611904300234573201",
    "pm_sepaDebit_successDelayed_at": "AT321904300235473204",
    "pm_sepaDebit_failed_at": "AT861904300235473202",
    "pm_sepaDebit_failedDelayed_at": "AT051904300235473205",
    "pm_sepaDebit_disputed_at": "AT591904300235473203",
    "pm_sepaDebit_insufficientFunds_at": "AT981904300002222227",
    "pm_sepaDebit_success_de": "DE89370400440532013000",
    "pm_sepaDebit_successDelayed_de": "DE08370400440532013003",
    "pm_sepaDebit_failed_de": "DE62370400440532013001",
    "pm_sepaDebit_failedDelayed_de": "DE78370400440532013004",
    "pm_sepaDebit_disputed_de": "DE35370400440532013002",
    "pm_usBankAccount_success": "000123456789",
    "pm_usBankAccount_accountClosed": "000111111113",
    "pm_usBankAccount_noAccount": "000111111116",
    "pm_usBankAccount_insufficientFunds": "000222222227",
    "pm_usBankAccount_debitNotAuthorized": "000333333335",
    "pm_usBankAccount_dispute": "000555555559",
    "pm_usBankAccount_processing": "000000000009",
    "pm_bacsDebit_success": "00012345",
    "pm_bacsDebit_successDelayed": "90012345",
    "pm_bacsDebit_debitNotAuthorized": "33333335",
    "pm_bacsDebit_debitNotAuthorizedDelayed": "93333335",
    "pm_bacsDebit_insufficientFunds": "22222227",
    "pm_bacsDebit_insufficientFundsDelayed": "92222227",
    "pm_bacsDebit_dispute": "55555559",
}
PARAMS = {"sepa_debit": "iban", "us_bank_account": "account_number", "bacs_debit": "account_number"}
"""Where `POST /v1/payment_methods` has the account, by type."""


def methods_for(currency: str | None) -> list[str]:
    """The types of payment methods that an account with all of them on offers for a currency."""
    return ["card", *(kind for kind, taken in CURRENCIES.items() if taken == currency)]


def details(kind: str, account: str) -> Obj:
    """What a payment method shows of a bank account, under its type's name."""
    seen: Obj = {"fingerprint": "fp" + account[-14:].rjust(14, "0"), "last4": account[-4:]}
    if kind == "sepa_debit":
        own: Obj = {"bank_code": account[4:9], "branch_code": "", "country": account[:2]}
        return seen | own | {"generated_from": {"charge": None, "setup_attempt": None}}
    if kind == "bacs_debit":
        return seen | {"sort_code": "108800"}
    return seen | {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }


def charged(method: Obj) -> Obj:
    """`payment_method_details` of a charge that debits a bank account."""
    kind = method["type"]
    unseen = ("generated_from", "financial_connections_account", "networks", "status_details")
    shown = {name: value for name, value in method[kind].items() if name not in unseen}
    own = {"payment_reference": None} if kind == "us_bank_account" else {"mandate": None}
    return {kind: shown | own, "type": kind}

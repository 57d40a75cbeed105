"""How an attempt to take money can end: a bank's refusal, and payments that are decided only later."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.stripe.periods import business_days_after

HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bank refuses: Stripe's code, the bank's decline code, the sentence."""

    code: str
    decline_code: str | None
    message: str


DECLINED = Refusal("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT = Refusal("card_declined", "insufficient_funds", "Your card has insufficient funds.")
EXPIRED = Refusal("expired_card", "expired_card", "Your card has expired.")
BAD_CVC = Refusal("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Refusal(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
AUTHENTICATION = Refusal(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
NOT_APPROVED = Refusal(
    "card_declined",
    "transaction_not_approved",
    "Your card was declined. The customer did not approve this payment.",
)
MANDATE_CANCELED = Refusal(
    "india_recurring_payment_mandate_canceled",
    None,
    "The mandate of this card was canceled by the customer.",
)

# What comes back from a bank days after a debit was sent to it.
COULD_NOT_PROCESS = Refusal("generic_could_not_process", None, "The customer's bank could not process this debit.")
NO_FUNDS = Refusal("insufficient_funds", None, "The customer's account has insufficient funds to cover this debit.")
NOT_AUTHORIZED = Refusal("debit_not_authorized", None, "The customer has notified their bank that this debit was "
                         "unauthorized.")  # fmt: skip
ACCOUNT_CLOSED = Refusal("account_closed", None, "The customer's bank account has been closed.")
NO_ACCOUNT = Refusal("no_account", None, "The customer's bank account could not be located.")


@dataclass(frozen=True, slots=True)
class Later:
    """A payment that is `processing` first: for how long, and what comes of it."""

    business_days: int = 0
    hours: int = 0
    refusal: Refusal | None = None
    disputed: bool = False
    """Taken back as soon as it has succeeded."""

    def ends_at(self, now: int) -> int | None:
        """When it is decided; None: never."""
        if self.business_days:
            return business_days_after(now, self.business_days)
        return now + self.hours * HOUR_SECONDS if self.hours else None

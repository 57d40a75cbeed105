"""Stripe's refusals: status, body and the wording its clients and people know."""

from __future__ import annotations

from typing import Any

_NO_PAGE = {"subscription_payment_intent_requires_action"}
"""The codes that Stripe's documentation has no page of."""


class StripeError(Exception):
    """A refusal that goes out as Stripe's error body. Raise it from any handler."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        logged: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.logged = logged
        self.more = more
        self.headers: dict[str, str] = {}

    def body(self, request_id: str, *, livemode: bool) -> dict[str, Any]:
        """The answer's body: `{"error": {...}}`, absent fields left out as Stripe does."""
        mode = "" if livemode else "test/"
        error: dict[str, Any] = {}
        if self.code is not None:
            error["code"] = self.code
        if self.code is not None and self.code not in _NO_PAGE:
            error["doc_url"] = "https://docs.stripe.com/error-codes/" + self.code.replace("_", "-")
        error["message"] = str(self)
        if self.param is not None:
            error["param"] = self.param
        if self.logged:
            error["request_log_url"] = f"https://dashboard.stripe.com/acct_sandbox00000001/{mode}logs/{request_id}"
        error["type"] = self.kind
        return {"error": error | self.more}


_WORDS = {
    "balance_transaction": "balance transaction",
    "credit_note": "credit note",
    "customer_balance_transaction": "customer balance transaction",
    "invoiceitem": "Invoice Item",
    "payment_method": "PaymentMethod",
    "tax_rate": "tax rate",
}
"""What Stripe calls an object that it doesn't find, where that is not the object's own `object`."""


def missing(param: str) -> StripeError:
    """A required parameter is not there."""
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(
    kind: str, wanted: str, *, param: str = "id", status: int = 404, other_mode: bool | None = None
) -> StripeError:
    """An object that does not exist; `other_mode` is the livemode it was found in, if in the other one."""
    text = f"No such {_WORDS.get(kind, kind)}: '{wanted}'"
    if kind == "invoiceitem":
        text += "(livemode=false)"
    if other_mode is not None:
        there, here = ("live", "test") if other_mode else ("test", "live")
        text += f"; a similar object exists in {there} mode, but a {here} mode key was used to make this request."
    return StripeError(text, status=status, code="resource_missing", param=param)


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """A parameter or state that Stripe refuses with 400."""
    return StripeError(message, code=code, param=param)

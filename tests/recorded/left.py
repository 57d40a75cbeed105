"""The recorded steps that the sandbox does not answer as Stripe did, and why each is left.

A step that is listed and right fails too, so the list only ever says what is so.
"""

from enum import StrEnum


class Why(StrEnum):
    """A difference that is left, as docs/sandbox.md lists it."""

    PAYMENT_INTENTS = "Payment intents made by the API, and money that is only held"
    SETUP_INTENTS = "Setup intents made by the API"
    LINES = "Lines put on a draft by `add_lines`"
    PRICES = "Tiered prices, and prices that the buyer chooses"


LEFT: dict[str, dict[Why, str]] = {
    "disputes": {Why.PAYMENT_INTENTS: "7-19 22-30"},
    "invoice_lines_edited": {Why.LINES: "6-9"},
    "payment_intents": {Why.PAYMENT_INTENTS: "5-11 13-18"},
    "payment_intents_capture": {Why.PAYMENT_INTENTS: "5-22"},
    "prices": {Why.PRICES: "7 9 12 18"},
    "refunds": {Why.PAYMENT_INTENTS: "5-20"},
    "setup_intents": {Why.SETUP_INTENTS: "5-24"},
}
"""The steps by scenario, as numbers and ranges. What follows from a step that is left is left with it."""


def steps_left(name: str) -> frozenset[int]:
    """The numbers of a scenario's steps that are left."""
    parts = [part.split("-") for steps in LEFT.get(name, {}).values() for part in steps.split()]
    return frozenset(n for part in parts for n in range(int(part[0]), int(part[-1]) + 1))

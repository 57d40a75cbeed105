"""Early fraud warnings: an issuer says that a payment may be fraud, before anybody disputes it."""

import copy
from functools import partial

from sandbox.stripe.books import Books
from sandbox.stripe.errors import invalid
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.store import Obj

KIND = "radar.early_fraud_warning"
PATH = "/v1/radar/early_fraud_warnings"
WARNING_SECONDS = 1
"""How long after the payment a test card's issuer warns."""
FRAUD_TYPES = (
    "card_never_received",
    "fraudulent_card_application",
    "made_with_counterfeit_card",
    "made_with_lost_card",
    "made_with_stolen_card",
    "misc",
    "unauthorized_use_of_card",
)
OVER = ("charge.refunded", "charge.dispute.created")
"""After these there may be nothing left to do about a warning."""


class FraudWarnings:
    """`/v1/radar/early_fraud_warnings`, and the issuer who warns."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._state = books.state
        books.api.route("GET", PATH, self._list)
        books.api.route("GET", PATH + "/{id}", self._retrieve)
        books.events.listeners.append(self._heard)

    def warn(self, charge: Obj, fraud_type: str = "made_with_lost_card") -> Obj:
        """The issuer warns of a charge. Raises StripeError for one that was not paid, or a type that is none."""
        if fraud_type not in FRAUD_TYPES:
            raise invalid(f"Invalid fraud_type: {fraud_type}; give one of {', '.join(FRAUD_TYPES)}.", "fraud_type")
        if charge["status"] != "succeeded":
            raise invalid(f"Charge {charge['id']} has not been paid, so nobody warns of it.", "charge")
        warning: Obj = {
            "id": self._state.new_id(KIND),
            "object": KIND,
            "actionable": _actionable(charge),
            "charge": charge["id"],
            "created": self._books.now(),
            "fraud_type": fraud_type,
            "livemode": charge["livemode"],
            "payment_intent": charge["payment_intent"],
        }
        self._state.put(warning)
        self._books.events.emit(f"{KIND}.created", warning)
        return warning

    def begin(self, charge: Obj) -> None:
        """The issuer warns a moment after a charge was made: what a test card stands for."""
        when = self._books.now() + WARNING_SECONDS
        self._books.at(charge["id"], "fraud warning", when, partial(self._begin, charge))

    async def _begin(self, charge: Obj) -> None:
        self.warn(charge)

    def _heard(self, event: Obj) -> int:
        """A charge was refunded or disputed: its warnings are updated. Goes to no endpoint itself."""
        if event["type"] in OVER:
            of = event["data"]["object"]
            charge = self._state.by_id[of["charge"] if of["object"] == "dispute" else of["id"]]
            for warning in self._state.newest(KIND):
                if warning["charge"] == charge["id"]:
                    before = copy.deepcopy(warning)
                    warning["actionable"] = _actionable(charge)
                    self._books.events.updated(f"{KIND}.updated", warning, before)
        return 0

    async def _list(self, call: Call) -> Obj:
        params = call.params
        charge, intent = params.text("charge"), params.text("payment_intent")
        rows = (
            warning
            for warning in self._state.newest(KIND, livemode=call.livemode)
            if (charge is None or warning["charge"] == charge)
            and (intent is None or warning["payment_intent"] == intent)
        )
        return page(rows, params, PATH)

    async def _retrieve(self, call: Call) -> Obj:
        return self._state.get(KIND, call.path["id"], livemode=call.livemode, param="early_fraud_warning")


def _actionable(charge: Obj) -> bool:
    return not charge["refunded"] and not charge["disputed"]

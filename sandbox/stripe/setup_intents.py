"""Setup intents: a card saved without a payment, as Checkout does in setup mode and for trials."""

from sandbox.stripe.books import Books
from sandbox.stripe.http import Call
from sandbox.stripe.lists import page
from sandbox.stripe.store import Obj


class SetupIntents:
    """`/v1/setup_intents`, to read; they are made by Checkout."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.api.route("GET", "/v1/setup_intents", self._list)
        books.api.route("GET", "/v1/setup_intents/{id}", self._retrieve)

    def succeed(self, method: Obj, *, customer: str | None, notes: dict[str, str]) -> Obj:
        """A card was saved. Emits setup_intent.created and setup_intent.succeeded."""
        intent = self.create(customer=customer, livemode=method["livemode"], notes=notes)
        intent |= {"payment_method": method["id"], "payment_method_types": [method["type"]], "status": "succeeded"}
        self._books.events.emit("setup_intent.succeeded", intent)
        return intent

    def wait_for(self, customer: Obj) -> Obj:
        """A trial began without a card: this intent waits for one."""
        return self.create(customer=customer["id"], livemode=customer["livemode"], notes={})

    def create(self, *, customer: str | None, livemode: bool, notes: dict[str, str]) -> Obj:
        """An intent without a card yet. Emits setup_intent.created."""
        state = self._books.state
        key = state.new_id("setup_intent")
        intent: Obj = {
            "id": key,
            "object": "setup_intent",
            "application": None,
            "automatic_payment_methods": None,
            "cancellation_reason": None,
            "client_secret": f"{key}_secret_{state.token(25)}",
            "created": self._books.now(),
            "customer": customer,
            "customer_account": None,
            "description": None,
            "excluded_payment_method_types": None,
            "flow_directions": None,
            "last_setup_error": None,
            "latest_attempt": None,
            "livemode": livemode,
            "mandate": None,
            "metadata": dict(notes),
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_configuration_details": None,
            "payment_method_options": {
                "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
            },
            "payment_method_types": ["card"],
            "single_use_mandate": None,
            "status": "requires_payment_method",
            "usage": "off_session",
        }
        self._books.events.emit("setup_intent.created", state.put(intent))
        return intent

    async def _retrieve(self, call: Call) -> Obj:
        return self._books.state.get("setup_intent", call.path["id"], livemode=call.livemode)

    async def _list(self, call: Call) -> Obj:
        customer = call.params.text("customer")
        rows = self._books.state.newest("setup_intent", livemode=call.livemode, customer=customer)
        return page(rows, call.params, "/v1/setup_intents")

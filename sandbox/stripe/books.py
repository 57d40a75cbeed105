"""What every part of the sandbox's Stripe works with: the objects, the clock, the events, the routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.clock import Action, Clock, Handle
from sandbox.stripe.events import Events
from sandbox.stripe.http import Api, Call
from sandbox.stripe.store import State


@dataclass(slots=True)
class Books:
    """One account's books. `base_url()` is where the hosted pages are reached."""

    state: State
    clock: Clock
    events: Events
    api: Api
    base_url: Callable[[], str]
    _timers: dict[tuple[str, str], Handle] = field(default_factory=dict)

    def now(self) -> int:
        """Sandbox time in whole seconds, as Stripe writes it."""
        return int(self.clock.now())

    def listed_customer(self, call: Call) -> str | None:
        """The customer whose objects a list is asked for; deleted ones still have theirs.

        Raises for one that never existed: Stripe refuses, it does not answer an empty list.
        """
        key = call.params.text("customer")
        if key is not None:
            self.state.ref("customer", key, livemode=call.livemode, param="customer")
        return key

    def at(self, key: str, what: str, when: float | None, action: Action) -> None:
        """Set the object's timer `what`; an earlier one of that name is replaced, `when=None` only removes it."""
        old = self._timers.pop((key, what), None)
        if old is not None:
            old.cancel()
        if when is not None:
            self._timers[key, what] = self.clock.call_at(when, action, name=f"{what} {key}")

    def drop_all(self, keys: Iterable[str]) -> None:
        """Remove all timers of these objects."""
        gone = set(keys)
        for key, what in list(self._timers):
            if key in gone:
                self.drop(key, what)

    def drop(self, key: str, *names: str) -> None:
        """Remove timers of an object."""
        for what in names:
            old = self._timers.pop((key, what), None)
            if old is not None:
                old.cancel()

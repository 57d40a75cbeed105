"""How often one person may ask for what costs a call to somebody else: a token bucket each, in memory."""

from collections import OrderedDict

from bot.commands.model import Action, Command, Reply, Request
from bot.texts import say
from payments.core.community import Identity
from payments.ports.clocks import MachineClock

AT_ONCE, EVERY_MS = 20, 6_000
"""What calls Stripe: twenty in a row, then ten a minute. Nobody who buys, cancels or sets up plans comes near it."""

KNOWN_MAX = 10_000


class Allowance:
    """`at_once` in a row, then one `every_ms` (machine time), for each person."""

    def __init__(self, at_once: int, every_ms: int) -> None:
        self._at_once = at_once
        self._every_ms = every_ms
        self._full_at: OrderedDict[Identity, int] = OrderedDict()
        """When a person's bucket is full again."""

    def wait_ms(self, who: Identity, now: int) -> int:
        """How long until the person may ask; 0: now."""
        return max(0, self._full_at.get(who, now) - now - (self._at_once - 1) * self._every_ms)

    def take(self, who: Identity, now: int) -> None:
        """They asked."""
        self._full_at[who] = max(self._full_at.get(who, now), now) + self._every_ms
        self._full_at.move_to_end(who)
        if len(self._full_at) > KNOWN_MAX:
            self._full_at.popitem(last=False)


class Paying(Allowance):
    """The allowance for what calls Stripe."""

    def __init__(self) -> None:
        super().__init__(AT_ONCE, EVERY_MS)

    def refused(self, machine: MachineClock, request: Request, asked: Command | Action | None) -> Reply | None:
        """When to try again, where the person asks too often; None: it is done, and counts."""
        if asked is None or not asked.calls_stripe:
            return None
        now = machine.now()
        wait_ms = self.wait_ms(request.identity, now)
        if wait_ms:
            return Reply(say(request.locale, "error.often", n=-(-wait_ms // 1000)), refused=True)
        self.take(request.identity, now)
        return None

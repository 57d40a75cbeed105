"""What the sandbox's controls and its page are given."""

from sandbox.clock import Clock
from sandbox.discord import DiscordSandbox
from sandbox.faults import Faults
from sandbox.stripe import StripeSandbox
from sandbox.stripe.store import SECOND_ID
from sandbox.telegram import TelegramSandbox


class Services:
    """Stripe, Discord and Telegram on one clock, and the faults on their wires. `url` is known once they are served.

    `accounts`: the Stripe accounts by name; `stripe` is the first of them. The others are served under
    `/accounts/<name>`.
    """

    def __init__(self) -> None:
        self.url = ""
        self.clock = Clock()
        self.stripe = StripeSandbox(self.clock, lambda: self.url)
        second = StripeSandbox(self.clock, lambda: f"{self.url}/accounts/second", SECOND_ID)
        self.accounts = {"main": self.stripe, "second": second}
        self.discord = DiscordSandbox(self.clock)
        self.telegram = TelegramSandbox(self.clock)
        self.faults = Faults()

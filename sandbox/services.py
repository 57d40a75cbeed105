"""What the sandbox's controls and its page are given."""

from sandbox.clock import Clock
from sandbox.discord import DiscordSandbox
from sandbox.faults import Faults
from sandbox.stripe import StripeSandbox
from sandbox.telegram import TelegramSandbox


class Services:
    """Stripe, Discord and Telegram on one clock, and the faults on their wires. `url` is known once they are served."""

    def __init__(self) -> None:
        self.url = ""
        self.clock = Clock()
        self.stripe = StripeSandbox(self.clock, lambda: self.url)
        self.discord = DiscordSandbox(self.clock)
        self.telegram = TelegramSandbox(self.clock)
        self.faults = Faults()

"""The adapters that the configuration asks for: the payment provider and the chat platforms, with their limiters."""

from bot.app.clocks import SteadyClock
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.commands.dispatch import Dispatcher
from bot.config import FIRST_ACCOUNT, Mode, Settings
from bot.platforms.discord.adapter import DiscordPlatform
from bot.platforms.telegram.adapter import TelegramPlatform
from bot.platforms.telegram.client import Webhook
from bot.web.metrics import Metrics
from payments.flows.runtime.context import AppContext
from payments.providers.stripe.provider import StripeProvider
from payments.rate_limit import Limiter

CALLS_PER_SECOND = {Mode.LIVE: 80, Mode.TEST: 20, Mode.SANDBOX: 80}
"""Under Stripe's limits (100 and 25 a second), so that the owner's other programs have room."""

DISCORD_CALLS_PER_SECOND = 45
"""Discord allows a bot 50 in all."""

TELEGRAM_CALLS_PER_SECOND = 30
"""Telegram's own limit of messages; other calls may be more, and are counted alike."""

KEPT_SHARE = 4
"""Of the calls that may be made at once, one in so many is kept for those that a person waits for."""


class Adapters:
    """Makes adapters from the settings. A service has one limiter however often its adapter is made."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._limiters: dict[str, Limiter] = {}
        self._machine = SteadyClock()

    def _provider(self, name: str = FIRST_ACCOUNT) -> StripeProvider:
        """The provider of one of the configured accounts."""
        account = self.settings.stripe.by_name[name]
        assert account.secret_key is not None
        rate = account.calls_per_second or CALLS_PER_SECOND[self.settings.mode]
        return StripeProvider(
            account.secret_key.get_secret_value(),
            api_base=self.settings.stripe_api_base_of(name),
            limiter=self._limiter("stripe" if name == FIRST_ACCOUNT else f"stripe {name}", rate),
        )

    def _discord(self, app: AppContext) -> DiscordPlatform:
        token = self.settings.discord.token
        assert token is not None
        return DiscordPlatform(
            app=lambda: app,
            dispatcher=Dispatcher(),
            commands=COMMANDS,
            actions=ACTIONS,
            token=token.get_secret_value(),
            machine=self._machine,
            api_base=self.settings.discord_api_base,
            gateway=self.settings.discord_gateway,
            limiter=self._limiter("discord", DISCORD_CALLS_PER_SECOND),
        )

    def _telegram(self, app: AppContext) -> TelegramPlatform:
        settings, token = self.settings, self.settings.telegram.token
        assert token is not None
        return TelegramPlatform(
            app=lambda: app,
            dispatcher=Dispatcher(),
            commands=COMMANDS,
            token=token.get_secret_value(),
            machine=self._machine,
            limiter=self._limiter("telegram", TELEGRAM_CALLS_PER_SECOND),
            api_base=settings.telegram_api_base,
            webhook=self._telegram_webhook(),
        )

    def _telegram_webhook(self) -> Webhook | None:
        secret = self.settings.telegram.webhook_secret
        if not self.settings.telegram.webhook or secret is None:
            return None
        return Webhook(f"{self.settings.public_url.rstrip('/')}/webhooks/telegram", secret.get_secret_value())

    def _limiter(self, service: str, per_second: int) -> Limiter:
        """The one limiter of a service: a fresh connection to it has the same limits as the last one."""
        if service not in self._limiters:
            kept = per_second // KEPT_SHARE
            self._limiters[service] = Limiter(self._machine, per_second=per_second, burst=per_second, kept=kept)
            self.metrics.limiters[service] = self._limiters[service].counts
        return self._limiters[service]

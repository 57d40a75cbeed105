"""What `guestlist check` asks of others: whether each answers us, and what to do where it does not."""

from typing import Any

import aiohttp

from bot.config import FIRST_ACCOUNT, Mode, Settings, TelegramCheckout
from bot.web.limits import DESCRIPTORS_WANTED, descriptors_max
from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.providers.stripe.provider import StripeProvider

Line = tuple[bool | None, str]
"""Whether it is good (None: it works, but read this), and the sentence that says so."""

DISCORD_API = "https://discord.com/api/v10"
TELEGRAM_API = "https://api.telegram.org"
TIMEOUT = aiohttp.ClientTimeout(total=10)

TELEGRAM_RULE = (
    "Telegram's terms for bots (6.2) want digital goods that are sold in Telegram to be sold in Stars. With "
    'telegram.checkout = "external" members are sent to Stripe; Telegram may hide or ban such a bot. '
    '"redeem_only" sells nothing in Telegram.'
)

PUBLIC_DISCORD = (
    "Discord: anyone can add this bot to their own server. It does not serve one that nobody "
    'claims, and leaves after 15 minutes. To prevent that, switch off "Public Bot" in the Developer Portal '
    '(Installation: Install Link "None", then Bot)'
)
PUBLIC_TELEGRAM = (
    "Telegram: anyone can add this bot to their own group. It does not serve one that nobody "
    "claims, and leaves after 15 minutes. To prevent that, use /setjoingroups in @BotFather once the bot is "
    "in all of your groups"
)

NOWHERE_SOLD = (
    'telegram.checkout = "redeem_only" sells nothing in Telegram, and there is no Discord bot to sell on: '
    "set discord.token (or DISCORD_TOKEN), or choose another telegram.checkout"
)


TEST_CLOCKS = (
    "Stripe: test clocks are not followed. Bills of a customer on one carry simulated time, and grace periods, "
    "reminders and ends here follow real time; let the sandbox's clock play time instead (docs/sandbox.md)"
)

LOGIN_OFF = (
    "Stripe: the login page of the customer portal is off, so somebody who lost the chat can't cancel by themselves; "
    "switch it on in Stripe's dashboard (Settings, Billing, Customer portal)"
)

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def operations(settings: Settings) -> list[Line]:
    """Where readiness and metrics are, and whether this process may open enough files."""
    web, descriptors = settings.web, descriptors_max()
    where = f"operations: /readyz and /metrics are at {web.operations_host}, port {web.operations_at or 'any'}"
    if web.operations_host in LOOPBACK:
        lines: list[Line] = [(True, f"{where}, for this machine only, not on the public port {web.port}")]
    else:
        lines = [(None, f"{where}; they show what you sell, so make sure nobody else can reach that port")]
    if descriptors < DESCRIPTORS_WANTED:
        words = f"only {descriptors} can be open at once, and {DESCRIPTORS_WANTED} are needed; raise LimitNOFILE"
        lines.append((None, f"files: {words} (docs/deployment.md)"))
    return lines


def test_clocks(settings: Settings) -> list[Line]:
    """What not to expect of a test account."""
    return [(None, TEST_CLOCKS)] if settings.mode is Mode.TEST else []


async def sandbox(settings: Settings) -> tuple[bool, str]:
    """Whether the sandbox answers, which stands for Stripe, Discord and Telegram."""
    url = settings.sandbox.url
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session, session.get(f"{url}/sandbox/clock") as answer:
            answer.raise_for_status()
    except (aiohttp.ClientError, TimeoutError):
        return False, f"sandbox: nothing answers at {url}; start it with `guestlist sandbox`, or check sandbox.url"
    return True, f"sandbox: answers at {url}, and plays Stripe, Discord and Telegram below"


def of_sandbox(lines: list[Line]) -> list[Line]:
    """Without advice that is about the real services alone."""
    return [line for line in lines if line[1] not in (PUBLIC_DISCORD, PUBLIC_TELEGRAM, TELEGRAM_RULE)]


async def stripe(provider: StripeProvider, name: str = FIRST_ACCOUNT) -> list[Line]:
    """Stripe, the key of one of the accounts and its permissions."""
    where = "stripe" if name == FIRST_ACCOUNT else f"stripe.accounts.{name}"
    try:
        account = await provider.account()
        words = f"Stripe: {where}.secret_key lacks a permission; edit the key in Stripe's dashboard"
        lacking = [(False, f"{words} ({missing})") for missing in await provider.lacking()]
        return [(True, f"Stripe: account {account.id}"), *lacking, *([] if lacking else await _login_page(provider))]
    except KeyRefused as error:
        return [(False, f"Stripe: {key_words(error, where)}")]
    except ProviderRefused as error:
        whose = f"won't say which account this key belongs to ({error}); copy {where}.secret_key again"
        return [(False, f"Stripe: {whose}")]
    except ProviderUnavailable as error:
        return [(False, f"Stripe: can't be reached ({error}); try again, or check {where}.api_base")]


async def _login_page(provider: StripeProvider) -> list[Line]:
    """Where members can cancel without the chat. Before the first start there is no page yet."""
    pages = await provider.portal.login_pages()
    if not pages:
        return []
    if url := next((one for one in pages if one is not None), None):
        return [(True, f"Stripe: members can cancel without the chat at {url}, which you may show to anyone")]
    return [(None, LOGIN_OFF)]


def key_words(error: KeyRefused, where: str = "stripe") -> str:
    """What is wrong with the key, and what to do about it. `where`: its table of the configuration."""
    if error.code == "permission_error":
        return f"{where}.secret_key lacks a permission; edit the key in Stripe's dashboard ({error})"
    return f"rejects {where}.secret_key ({error.code}); copy it again from the dashboard"


async def discord(settings: Settings) -> list[Line]:
    """Discord and the bot's token; nothing where there is none."""
    if settings.discord.token is None:
        return []
    base = settings.discord_api_base or DISCORD_API
    headers = {"Authorization": f"Bot {settings.discord.token.get_secret_value()}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(f"{base}/users/@me", headers=headers) as answer,
        ):
            if answer.status == 200:
                lines: list[Line] = [(True, f"Discord: bot {(await answer.json())['username']}")]
                return lines + await _public(session, f"{base}/applications/@me", headers)
            if answer.status == 401:
                return [(False, "Discord: rejects discord.token; reset it in the Developer Portal and copy it again")]
            return [(False, f"Discord: answered {answer.status}; try again later")]
    except (aiohttp.ClientError, TimeoutError) as error:
        return [(False, f"Discord: can't be reached ({type(error).__name__}); try again, or check discord.api_base")]


async def _public(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> list[Line]:
    async with session.get(url, headers=headers) as answer:
        public = answer.status != 200 or (await answer.json()).get("bot_public", True)
    return [(None, PUBLIC_DISCORD)] if public else []


async def telegram(settings: Settings) -> list[Line]:
    """Telegram, the bot's token, and where updates go; nothing where there is no token."""
    if settings.telegram.token is None:
        return []
    base = f"{(settings.telegram_api_base or TELEGRAM_API).rstrip('/')}/bot{settings.telegram.token.get_secret_value()}"
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            status, me = await _result(session, f"{base}/getMe")
            if status in (401, 404):
                return [(False, "Telegram: rejects telegram.token; copy it again from @BotFather (/mybots, API Token)")]
            if status != 200:
                return [(False, f"Telegram: answered {status}; try again later")]
            lines: list[Line] = [(True, f"Telegram: bot @{me.get('username')}")]
            if me.get("can_join_groups", True):
                lines.append((None, PUBLIC_TELEGRAM))
            _, webhook = await _result(session, f"{base}/getWebhookInfo")
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        # The address has the token in it, and so may the error's text: only its kind is told.
        name = type(error).__name__
        return [(False, f"Telegram: can't be reached ({name}); try again, or check telegram.api_base")]
    lines.append(_webhook_line(settings, webhook))
    if settings.telegram.checkout is TelegramCheckout.EXTERNAL:
        lines.append((True, TELEGRAM_RULE))
    elif settings.discord.token is None:
        lines.append((False, NOWHERE_SOLD))
    return lines


async def _result(session: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    async with session.get(url) as answer:
        body = await answer.json()
        return answer.status, body.get("result") or {}


def _webhook_line(settings: Settings, info: dict[str, Any]) -> Line:
    url, waiting = str(info.get("url") or ""), info.get("pending_update_count", 0)
    if not settings.telegram.webhook:
        also = f"; the webhook set to {url} is removed when the service starts" if url else ""
        return True, f"Telegram: updates are polled, {waiting} waiting{also}"
    failed = info.get("last_error_message")
    if url and failed:
        return False, f"Telegram: the last delivery to {url} failed ({failed}); is it reachable from outside?"
    there = f"updates go to {url}" if url else "the webhook is set when the service starts"
    return True, f"Telegram: {there}, {waiting} waiting"

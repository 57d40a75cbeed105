"""Configuration: TOML, then `.env`, then the environment; the later wins.

Secrets are SecretStr and unknown keys are errors, misspelt environment variables and lines of `.env` included: that
is why the three are merged here, by name, before pydantic sees them.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from payments.core.community import Place, Platform

PREFIX = "GUESTLIST_"
USUAL_NAMES = {
    "STRIPE_SECRET_KEY": ("stripe", "secret_key"),
    "STRIPE_WEBHOOK_SECRET": ("stripe", "webhook_secrets"),
    "DISCORD_TOKEN": ("discord", "token"),
    "TELEGRAM_TOKEN": ("telegram", "token"),
    "DATABASE_URL": ("storage", "url"),
}
"""Names that hosting services and Stripe's own documents use."""

FIRST_ACCOUNT = "main"
"""What the account of `[stripe]` itself is called."""

SANDBOX_KEY = "sk_test_sandbox"


class ConfigError(Exception):
    """The configuration can't be used. The message is one line: which key, and what to do."""


class StartError(Exception):
    """The service can't start, or a command can't do its work. The message is one line that says what to do."""


class Mode(StrEnum):
    """What the service talks to: the local sandbox, Stripe's test mode, or Stripe's live mode."""

    SANDBOX = "sandbox"
    TEST = "test"
    LIVE = "live"


class Section(BaseModel):
    """A table of the TOML file. An unknown key is an error, and no value is ever shown in one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Web(Section):
    """Where the listener listens, for everyone; and where it tells probes and Prometheus how the service is."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    operations_host: str = "127.0.0.1"
    operations_port: int | None = Field(None, ge=0, le=65535)

    @property
    def operations_at(self) -> int:
        """The port for operations: the one after `port` unless set, so that two services don't meet; 0: any free."""
        if self.operations_port is not None:
            return self.operations_port
        return self.port + 1 if 0 < self.port < 65535 else 0


class Storage(Section):
    """Where everything is kept."""

    url: SecretStr = SecretStr("sqlite:///guestlist.db")  # may hold a password

    @field_validator("url")
    @classmethod
    def known_engine(cls, url: SecretStr) -> SecretStr:
        """Only the two engines that there are."""
        if not url.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return url


class StripeAccount(Section):
    """One of the owner's Stripe accounts. Several webhook secrets are for rolling one."""

    secret_key: SecretStr | None = None
    webhook_secrets: tuple[SecretStr, ...] = ()
    api_base: str | None = None
    calls_per_second: int | None = Field(None, ge=1, le=1000)

    @field_validator("webhook_secrets", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        """In the environment: separated by commas."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


class Stripe(StripeAccount):
    """The owner's Stripe account, and further ones by the names that `/settings account` takes."""

    invoice_footer: str | None = Field(None, max_length=5000)
    accounts: dict[str, StripeAccount] = {}

    @field_validator("accounts")
    @classmethod
    def short_names(cls, accounts: dict[str, StripeAccount]) -> dict[str, StripeAccount]:
        """Names stand in addresses, and chats show them."""
        for name in accounts:
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,19}", name):
                raise ValueError("an account's name has up to 20 small letters, digits, hyphens and underscores")
            if name == FIRST_ACCOUNT:
                raise ValueError(f'"{FIRST_ACCOUNT}" is what the account of [stripe] itself is called; choose another')
        return accounts

    @property
    def by_name(self) -> Mapping[str, StripeAccount]:
        """All of them, the first one first."""
        return {FIRST_ACCOUNT: self, **self.accounts}


class Discord(Section):
    """The Discord bot."""

    token: SecretStr | None = None
    servers: tuple[str, ...] = ()
    api_base: str | None = None
    gateway: str | None = None

    @field_validator("servers", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        """In the environment: separated by commas."""
        return _ids(value, r"[0-9]{1,20}", "a server's id is a number: right-click its name in Discord, Copy Server ID")


class TelegramCheckout(StrEnum):
    """Whether memberships are sold in Telegram: Telegram's terms (6.2) want digital goods sold there in Stars."""

    EXTERNAL = "external"  # by a link to Stripe
    REDEEM_ONLY = "redeem_only"  # not at all: bought elsewhere, claimed by /link


class Telegram(Section):
    """The Telegram bot."""

    token: SecretStr | None = None
    chats: tuple[str, ...] = ()
    api_base: str | None = None
    checkout: TelegramCheckout = TelegramCheckout.EXTERNAL
    webhook: bool = False
    webhook_secret: SecretStr | None = None

    @field_validator("chats", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        """In the environment: separated by commas."""
        return _ids(value, r"-[0-9]{1,20}", "a chat's id is a negative number, like -1001234567890")


def _ids(value: object, shape: str, what: str) -> tuple[str, ...]:
    """Ids of places as they are written: text or numbers, in a list or separated by commas. Raises ValueError."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else (value,)
    found = tuple(str(part).strip() for part in parts if str(part).strip())
    if not all(re.fullmatch(shape, part) for part in found):
        raise ValueError(what)
    return found


class Sandbox(Section):
    """The local sandbox, for mode = "sandbox": its clock is followed, and its webhooks are sent to our listener."""

    url: str = "http://127.0.0.1:8090"


class Breaker(Section):
    """A pass that would revoke more than this share of a community and more than this many stops and asks."""

    percent: int = Field(5, ge=0, le=100)
    members: int = Field(10, ge=0)


class Trials(Section):
    """Who gets a free trial."""

    once_per_card: bool = True


class Sweep(Section):
    """How often Stripe's event list is read, and everything compared."""

    events_minutes: int = Field(15, ge=1, le=24 * 60)
    compare_hours: int = Field(24, ge=1, le=24 * 7)


class Settings(Section):
    """Everything that can be set, with its default; `config.example.toml` shows it all."""

    mode: Mode = Mode.SANDBOX
    public_url: str = "http://127.0.0.1:8080"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    web: Web = Web()
    storage: Storage = Storage()
    stripe: Stripe = Stripe()
    discord: Discord = Discord()
    telegram: Telegram = Telegram()
    sandbox: Sandbox = Sandbox()
    breaker: Breaker = Breaker()
    trials: Trials = Trials()
    sweep: Sweep = Sweep()

    @model_validator(mode="after")
    def modes_hold_together(self) -> "Settings":
        """Test and live never mix (invariant 11), and nothing that is needed is missing."""
        for problem in _problems(self):
            raise ValueError(problem)
        return self

    @property
    def sells_on(self) -> frozenset[Platform]:
        """The platforms on which checkout links are given."""
        redeem_only = self.telegram.checkout is TelegramCheckout.REDEEM_ONLY
        return frozenset(Platform) - ({Platform.TELEGRAM} if redeem_only else frozenset())

    @property
    def named_places(self) -> frozenset[Place]:
        """The servers and chats that are served without a claim."""
        servers = {Place(Platform.DISCORD, server) for server in self.discord.servers}
        return frozenset(servers | {Place(Platform.TELEGRAM, chat) for chat in self.telegram.chats})

    @property
    def stripe_api_base(self) -> str | None:
        """Another Stripe server, or None for Stripe itself."""
        return self.stripe_api_base_of(FIRST_ACCOUNT)

    def stripe_api_base_of(self, name: str) -> str | None:
        """The same of one of the accounts. The sandbox plays each under an address of its own."""
        base = self.stripe.by_name[name].api_base
        if base is not None or self.mode is not Mode.SANDBOX:
            return base
        return self.sandbox.url if name == FIRST_ACCOUNT else f"{self.sandbox.url}/accounts/{name}"

    @property
    def discord_api_base(self) -> str | None:
        """Another Discord server, or None for Discord itself."""
        return self.discord.api_base or (self.sandbox.url + "/api/v10" if self.mode is Mode.SANDBOX else None)

    @property
    def telegram_api_base(self) -> str | None:
        """Another Bot API server, or None for Telegram itself."""
        return self.telegram.api_base or (self.sandbox.url if self.mode is Mode.SANDBOX else None)

    @property
    def discord_gateway(self) -> str | None:
        """Another gateway, or None for Discord's."""
        if self.discord.gateway or self.mode is not Mode.SANDBOX:
            return self.discord.gateway
        return self.sandbox.url.replace("http", "ws", 1) + "/gateway"


def _problems(settings: Settings) -> list[str]:
    """What does not fit together, each a sentence that starts with the key. Never a value in it."""
    found = []
    for name, account in settings.stripe.by_name.items():
        found += _account_problems("stripe" if name == FIRST_ACCOUNT else f"stripe.accounts.{name}", account, settings)
    found += _accounts_alike(settings)
    if settings.discord.token is None and settings.telegram.token is None:
        found.append(
            "discord.token: missing; set it (or DISCORD_TOKEN) to the bot's token from the Developer Portal, or "
            "telegram.token (or TELEGRAM_TOKEN) to the one from @BotFather; you need at least one"
        )
    web = settings.web
    if web.port and web.operations_at == web.port:
        found.append("web.operations_port: is the same as web.port; choose another: metrics are not for everyone")
    found += _telegram_problems(settings)
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        found.append("public_url: must be this service's address as people reach it, like https://members.example.org")
    elif settings.mode is Mode.LIVE and parts.scheme != "https":
        found.append("public_url: must start with https:// in live mode; put the service behind a TLS proxy")
    return found


def _account_problems(where: str, account: StripeAccount, settings: Settings) -> list[str]:
    first = where == "stripe"
    key = account.secret_key.get_secret_value() if account.secret_key else ""
    live_key = key.startswith(("sk_live_", "rk_live_"))
    test_key = key.startswith(("sk_test_", "rk_test_"))
    found = []
    if not key:
        usual = " (or STRIPE_SECRET_KEY)" if first else ""
        found.append(f"{where}.secret_key: missing; set it{usual} to a key from Stripe's dashboard")
    elif not (live_key or test_key):
        found.append(
            f"{where}.secret_key: is not a secret or restricted key; those start with sk_ or rk_, then test_ or live_"
        )
    elif live_key and settings.mode is not Mode.LIVE:
        found.append(
            f'{where}.secret_key: is a live key in mode = "{settings.mode}"; use a test key, or set mode = "live"'
        )
    elif test_key and settings.mode is Mode.LIVE:
        found.append(f'{where}.secret_key: is a test key in mode = "live"; use the live key, or set mode = "test"')
    if not account.webhook_secrets:
        usual = " (or STRIPE_WEBHOOK_SECRET)" if first else ""
        found.append(f"{where}.webhook_secrets: missing; set it{usual} to the signing secret of your endpoint")
    if any(not s.get_secret_value().startswith("whsec_") for s in account.webhook_secrets):
        found.append(f"{where}.webhook_secrets: each must start with whsec_; copy the endpoint's signing secret again")
    return found


def _accounts_alike(settings: Settings) -> list[str]:
    """An event belongs to the account whose secret signed it, so no two may have one in common."""
    found, seen = [], {secret.get_secret_value() for secret in settings.stripe.webhook_secrets}
    for name, account in settings.stripe.accounts.items():
        where = f"stripe.accounts.{name}"
        secrets = {secret.get_secret_value() for secret in account.webhook_secrets}
        if secrets & seen:
            found.append(f"{where}.webhook_secrets: another account has the same; copy this endpoint's own")
        seen |= secrets
    return found


def _telegram_problems(settings: Settings) -> list[str]:
    telegram = settings.telegram
    token = "" if telegram.token is None else telegram.token.get_secret_value()
    if telegram.token is not None and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
        return ["telegram.token: is not a bot token; copy it from @BotFather (it looks like 123456789:AAF...)"]
    if not telegram.webhook:
        return []
    secret = "" if telegram.webhook_secret is None else telegram.webhook_secret.get_secret_value()
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        return ["telegram.webhook_secret: must be 16 to 256 characters of A-Z, a-z, 0-9, _ and -; make one up"]
    if settings.telegram_api_base is None and not settings.public_url.startswith("https://"):
        return ["telegram.webhook: Telegram only sends updates to https://; set public_url, or webhook = false"]
    return []


def load(path: Path | None, environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """The settings of a TOML file, `.env` and the environment. Raises `ConfigError`, one line, no secret in it."""
    merged = _read_toml(path)
    for source in (_read_dotenv(dotenv), os.environ if environ is None else environ):
        _merge(merged, _from_environment(source))
    if merged.get("mode", "sandbox") == "sandbox":
        merged = _sandbox_defaults(merged)
    try:
        return Settings(**merged)
    except ValidationError as error:
        raise ConfigError(_one_line(error)) from None


def _sandbox_defaults(merged: dict[str, Any]) -> dict[str, Any]:
    """The sandbox takes any token and any test key; the webhook secret has to be agreed on, so it stays explicit."""
    defaults: dict[str, Any] = {
        "stripe": {"secret_key": SANDBOX_KEY},
        "discord": {"token": "sandbox"},
        "telegram": {"token": "1:sandbox"},
    }
    _merge(defaults, merged)
    return defaults


def _read_toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"--config: there is no file {path}; copy config.example.toml to it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--config: {path} can't be read ({type(error).__name__}); check its permissions") from None
    except tomllib.TOMLDecodeError as error:
        # The message of a TOML error may quote the text around it, and that may be a secret: only the place is told.
        place = str(error).rsplit("(", 1)[-1].rstrip(")")
        raise ConfigError(f"--config: {path} is not valid TOML ({place}); compare with config.example.toml") from None


def _read_dotenv(path: Path | None) -> Mapping[str, str]:
    if path is None or not path.is_file():
        return {}
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _from_environment(source: Mapping[str, str]) -> dict[str, Any]:
    """`GUESTLIST_STRIPE__SECRET_KEY` and the usual names, as nested tables. Unknown names become unknown keys."""
    tree: dict[str, Any] = {}
    for name, value in source.items():
        if name in USUAL_NAMES:
            keys: tuple[str, ...] = USUAL_NAMES[name]
        elif name.startswith(PREFIX):
            keys = tuple(name.removeprefix(PREFIX).lower().split("__"))
        else:
            continue
        if value == "":
            continue  # an empty variable is one that nobody set
        node = tree
        for key in keys[:-1]:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise ConfigError(f"{name}: {keys[0]} is also set as a whole; set only its individual keys")
        node[keys[-1]] = value
    return tree


def _merge(under: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(under.get(key), dict):
            _merge(under[key], value)
        else:
            under[key] = value


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{key}: there is no such setting; config.example.toml lists them all"
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message

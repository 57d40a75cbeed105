"""The configuration: three sources in order, clear refusals, no secret ever shown."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.app import doctor
from bot.config import ConfigError, Mode, Settings, load

ROOT = Path(__file__).parents[2]
NEEDED = {"STRIPE_WEBHOOK_SECRET": "whsec_needed"}
LIVE = {
    "GUESTLIST_MODE": "live",
    "GUESTLIST_PUBLIC_URL": "https://example.org",
    "STRIPE_SECRET_KEY": "sk_live_hush",
    "STRIPE_WEBHOOK_SECRET": "whsec_hush",
    "DISCORD_TOKEN": "hush",
}


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def refusal(environ: dict[str, str], path: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ, None)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_example_loads_and_shows_every_default() -> None:
    from_example = load(ROOT / "config.example.toml", NEEDED, None)
    assert from_example == load(None, NEEDED, None)


def test_the_example_names_every_setting() -> None:
    text = (ROOT / "config.example.toml").read_text()
    shown = tomllib.loads(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.M))
    for name, field in Settings.model_fields.items():
        assert name in shown
        section = field.annotation
        if isinstance(shown[name], dict):
            assert set(shown[name]) == set(section.model_fields), name  # type: ignore[union-attr]  # a Section


def test_the_environment_wins_over_dotenv_and_dotenv_over_toml(tmp_path: Path) -> None:
    toml = write(tmp_path / "c.toml", 'public_url = "http://toml"\n[web]\nport = 1\nhost = "toml"\n')
    dotenv = write(tmp_path / ".env", "GUESTLIST_WEB__PORT=2\nGUESTLIST_WEB__HOST=dotenv\nUNRELATED=1\n")
    settings = load(toml, {**NEEDED, "GUESTLIST_WEB__PORT": "3"}, dotenv)
    assert (settings.public_url, settings.web.host, settings.web.port) == ("http://toml", "dotenv", 3)


def test_the_usual_names_are_taken() -> None:
    environ = {**LIVE, "DATABASE_URL": "postgresql://u:p@h/d", "STRIPE_WEBHOOK_SECRET": "whsec_old, whsec_new"}
    settings = load(None, environ, None)
    assert settings.mode is Mode.LIVE
    assert [s.get_secret_value() for s in settings.stripe.webhook_secrets] == ["whsec_old", "whsec_new"]
    assert settings.storage.url.get_secret_value() == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    ("change", "key", "advice"),
    [
        ({"GUESTLIST_WEB__PROT": "1"}, "web.prot", "no such setting"),
        ({"GUESTLIST_PUBLIC_UR": "x"}, "public_ur", "no such setting"),
        ({"GUESTLIST_WEB__PORT": "many"}, "web.port", "integer"),
        ({"GUESTLIST_MODE": "test"}, "stripe.secret_key", "live key in mode"),
        ({"STRIPE_SECRET_KEY": "sk_test_hush"}, "stripe.secret_key", 'test key in mode = "live"'),
        ({"STRIPE_SECRET_KEY": "pk_live_hush"}, "stripe.secret_key", "sk_ or rk_"),
        ({"STRIPE_SECRET_KEY": ""}, "stripe.secret_key", "missing"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "stripe.webhook_secrets", "missing"),
        ({"STRIPE_WEBHOOK_SECRET": "hush"}, "stripe.webhook_secrets", "whsec_"),
        ({"DISCORD_TOKEN": ""}, "discord.token", "Developer Portal"),
        ({"GUESTLIST_PUBLIC_URL": "http://example.org"}, "public_url", "https://"),
        ({"GUESTLIST_PUBLIC_URL": "example.org"}, "public_url", "https://"),
        ({"DATABASE_URL": "mysql://hush"}, "storage.url", "postgresql://"),
        ({"GUESTLIST_STRIPE": "hush"}, "GUESTLIST_STRIPE", "individual keys"),
    ],
)
def test_what_cannot_be_used_is_refused_by_key_with_what_to_do(change: dict[str, str], key: str, advice: str) -> None:
    ordered = {**LIVE, **change}
    if "GUESTLIST_STRIPE" in change:
        ordered = {**change, "GUESTLIST_STRIPE__SECRET_KEY": "sk_live_hush"}
    message = refusal(ordered)
    assert message.startswith(key)
    assert advice in message
    assert "hush" not in message


def test_an_unknown_key_of_the_file_is_refused(tmp_path: Path) -> None:
    toml = write(tmp_path / "c.toml", "[stripe]\nsecret = 'hush'\n")
    message = refusal(NEEDED, toml)
    assert message.startswith("stripe.secret: there is no such setting")
    assert "hush" not in message


def test_a_broken_file_is_refused_without_quoting_it(tmp_path: Path) -> None:
    toml = write(tmp_path / "c.toml", "[stripe]\nsecret_key = sk_live_hush\n")
    message = refusal(NEEDED, toml)
    assert "line 2" in message
    assert "hush" not in message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "config.example.toml" in refusal(NEEDED, tmp_path / "absent.toml")


def test_secrets_do_not_show_in_the_settings_themselves() -> None:
    assert "hush" not in repr(load(None, LIVE, None))


def test_sandbox_mode_points_everything_at_the_sandbox() -> None:
    settings = load(None, {**NEEDED, "GUESTLIST_SANDBOX__URL": "http://127.0.0.1:9"}, None)
    assert settings.stripe_api_base == "http://127.0.0.1:9"
    assert settings.discord_api_base == "http://127.0.0.1:9/api/v10"
    live = load(None, LIVE, None)
    assert (live.stripe_api_base, live.discord_api_base, live.discord_gateway) == (None, None, None)


BOTH: dict[str, str] = {"STRIPE_SECRET_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRET": "whsec_x", "GUESTLIST_MODE": "test"}


def test_one_platform_is_enough_either_one() -> None:
    discord = load(None, {**BOTH, "DISCORD_TOKEN": "x"}, None)
    assert discord.telegram.token is None
    telegram = load(None, {**BOTH, "TELEGRAM_TOKEN": "1:x"}, None)
    assert telegram.discord.token is None
    assert telegram.telegram_api_base is None


def test_that_test_clocks_are_not_followed_is_said_in_test_mode_alone() -> None:
    ((good, words),) = doctor.test_clocks(load(None, {**BOTH, "DISCORD_TOKEN": "x"}, None))
    assert good is None
    assert "test clocks are not followed" in words
    assert doctor.test_clocks(load(None, LIVE, None)) == []


def test_without_any_platform_it_says_where_each_token_comes_from() -> None:
    with pytest.raises(ConfigError, match=r"Developer Portal, or telegram\.token .* @BotFather"):
        load(None, BOTH, None)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"TELEGRAM_TOKEN": "not a token"}, "telegram.token: is not a bot token"),
        ({"TELEGRAM_TOKEN": "1:x", "GUESTLIST_TELEGRAM__WEBHOOK": "true"}, "telegram.webhook_secret: must be 16"),
        (
            {
                "TELEGRAM_TOKEN": "1:x",
                "GUESTLIST_TELEGRAM__WEBHOOK": "true",
                "GUESTLIST_TELEGRAM__WEBHOOK_SECRET": "a_long_enough_secret",
            },
            "telegram.webhook: Telegram only sends updates to https://",
        ),
        ({"TELEGRAM_TOKEN": "1:x", "GUESTLIST_TELEGRAM__CHECKOUT": "stars"}, "telegram.checkout"),
    ],
)
def test_what_does_not_fit_of_telegram_is_told(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(None, {**BOTH, **environ}, None)
    assert words in str(told.value)
    assert "not a token" not in str(told.value)


ACCOUNT = {"SECRET_KEY": "sk_test_north", "WEBHOOK_SECRETS": "whsec_north"}


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("NORTH", {"WEBHOOK_SECRETS": ""}, "stripe.accounts.north.webhook_secrets: missing"),
        ("NORTH", {"SECRET_KEY": "sk_live_x"}, "stripe.accounts.north.secret_key: is a live key"),
        ("NORTH", {"WEBHOOK_SECRETS": NEEDED["STRIPE_WEBHOOK_SECRET"]}, "another account has the same"),
        ("NORTH", {"SECRET": "x"}, "stripe.accounts.north.secret: there is no such setting"),
        ("MAIN", {}, "choose another"),
        ("NO.RTH", {}, "small letters"),
    ],
)
def test_a_further_account_that_can_t_be_used_is_refused_with_what_to_do(
    name: str, changed: dict[str, str], told: str
) -> None:
    given = {f"GUESTLIST_STRIPE__ACCOUNTS__{name}__{key}": value for key, value in (ACCOUNT | changed).items()}
    with pytest.raises(ConfigError, match=re.escape(told)) as refused:
        load(None, {**NEEDED, **given}, None)
    assert "\n" not in str(refused.value)
    assert "whsec_" not in str(refused.value)


def test_further_accounts_come_after_the_first() -> None:
    given = {f"GUESTLIST_STRIPE__ACCOUNTS__NORTH__{key}": value for key, value in ACCOUNT.items()}
    assert list(load(None, {**NEEDED, **given}, None).stripe.by_name) == ["main", "north"]

"""What `guestlist check` says of the files on this machine: secrets and members' data are for the service alone."""

import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.app.doctor import Line
from bot.config import Settings
from storage.engines.sqlite import settings_of

OTHERS_CAN = stat.S_IRWXO | stat.S_IWGRP
"""A group may read: that is how a file of root's is given to a service's user."""

SECRETS = (
    ("stripe", "secret_key"),
    ("stripe", "webhook_secrets"),
    ("discord", "token"),
    ("telegram", "token"),
    ("telegram", "webhook_secret"),
)


def private(config: Path | None, settings: Settings) -> list[Line]:
    """A line for each file that others can read or change."""
    lines = [_line(path, secret=True) for path in _dotenvs(config) if _open_to_others(path)]
    if config is not None and _open_to_others(config):
        lines.append(_line(config, secret=_holds_secrets(config)))
    return lines + [_line(path, secret=True) for path in _data(settings) if _open_to_others(path)]


def _line(path: Path, *, secret: bool) -> Line:
    writable = bool(path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    what = "change" if writable else "read"
    if secret or writable:
        return False, f"{path}: others on this machine can {what} it; run: chmod 600 {path}"
    return True, f"{path}: others on this machine can read it; it holds no secrets"


def _open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS_CAN)
    except OSError:
        return False


def _dotenvs(config: Path | None) -> list[Path]:
    beside = [] if config is None else [config.with_name(".env")]
    return [Path(".env"), *(path for path in beside if path.resolve() != Path(".env").resolve())]


def _holds_secrets(config: Path) -> bool:
    found = tomllib.loads(config.read_text(encoding="utf-8"))
    url = _value(found, "storage", "url")
    in_url = isinstance(url, str) and urlsplit(url).password is not None
    return in_url or any(_value(found, *key) for key in SECRETS)


def _value(tree: Mapping[str, Any], section: str, key: str) -> object:
    table = tree.get(section)
    return table.get(key) if isinstance(table, Mapping) else None


def _data(settings: Settings) -> Iterator[Path]:
    """The database, its log, its lock, and what copies lie beside it."""
    url = settings.storage.url.get_secret_value()
    if not url.startswith("sqlite:"):
        return
    database = settings_of(url).path
    for path in sorted(database.parent.glob("*")):
        if path.name == database.name or path.name.startswith((f"{database.name}-", f"{database.name}.")):
            yield path

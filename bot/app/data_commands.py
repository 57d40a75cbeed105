"""`guestlist backup`, `restore` and `verify`: the owner's data, as the owner handles them. See docs/backup.md."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.config import ConfigError, Mode, Settings, StartError, load
from payments.ports.stores import StoreUnavailable
from storage.database import DatabaseRefused
from storage.engines.sqlite import settings_of
from storage.files.backup import back_up
from storage.files.restore import restore
from storage.verify import verify

ON_POSTGRES = (
    "storage.url: PostgreSQL is backed up by its own tools: pg_dump --format=custom, and pg_restore into an empty "
    "database; docs/backup.md has the exact commands"
)

AFTER_RESTORE = (
    "Start the service: it asks Stripe what has changed for the customers in this backup. Memberships first bought "
    "after the backup are not in it, though Stripe still charges for them: look them up in Stripe's dashboard before "
    "you sell to those members again. The team, and the servers and chats that are served, are as they were in the "
    "backup: check `guestlist places` and, in each community, /team, and remove again anyone removed since. Unused "
    "codes are void: `guestlist claim` prints new ones."
)

Command = Callable[[str, str, object], argparse.ArgumentParser]


def register(command: Command) -> None:
    """Add the commands to the parser's."""
    made = command("backup", "Copy the SQLite database to a file, even while the service runs.", _backup)
    made.add_argument("file", type=Path, metavar="FILE", help="the copy to make")
    made.add_argument("--overwrite", action="store_true", help="replace an older backup with that name")
    _add_config(made)
    made = command("restore", "Replace the SQLite database with a backup; the former one is kept aside.", _restore)
    made.add_argument("file", type=Path, metavar="FILE", help="the backup")
    _add_config(made)
    made = command("verify", "Check that the database is intact, and count what is in it.", _verify)
    _add_config(made)


def _add_config(made: argparse.ArgumentParser) -> None:
    made.add_argument("--config", type=Path, metavar="FILE", help="a TOML file")


def _backup(args: argparse.Namespace) -> int:
    settings = load(args.config)
    database = _sqlite(settings)
    if not database.exists():
        raise StartError(f"backup: there is no database at {database.absolute()}")
    try:
        facts = back_up(database, args.file, overwrite=args.overwrite)
    except DatabaseRefused as error:
        raise StartError(f"backup: {error}") from None
    size = args.file.stat().st_size
    print(f"{args.file}: schema version {facts.version}, {facts.members:,} members with access, {size:,} bytes")
    return 0


def _restore(args: argparse.Namespace) -> int:
    settings = load(args.config)
    database = _sqlite(settings)
    try:
        restored = restore(args.file, database, livemode=settings.mode is Mode.LIVE)
    except DatabaseRefused as error:
        raise StartError(f"restore: {error}") from None
    facts = restored.facts
    print(f"{database}: schema version {facts.version}, {facts.members:,} members with access")
    if restored.former is not None:
        print(f"The database that was there is kept as {restored.former}")
    print(AFTER_RESTORE)
    return 0


def _verify(args: argparse.Namespace) -> int:
    settings = load(args.config)
    try:
        verdicts = asyncio.run(verify(settings.storage.url.get_secret_value()))
    except (DatabaseRefused, StoreUnavailable) as error:
        raise StartError(f"verify: {error}") from None
    except ValueError as error:
        raise ConfigError(f"storage.url: {error}") from None
    for verdict in verdicts:
        print(("ok       " if verdict.good else "NOT OK   ") + verdict.line)
    return 0 if all(verdict.good for verdict in verdicts) else 1


def _sqlite(settings: Settings) -> Path:
    """The database's file. Raises `StartError` on PostgreSQL."""
    url = settings.storage.url.get_secret_value()
    if not url.startswith("sqlite:"):
        raise StartError(ON_POSTGRES)
    try:
        return settings_of(url).path
    except ValueError as error:
        raise ConfigError(f"storage.url: {error}") from None

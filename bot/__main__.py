"""The `guestlist` command: run, check, replay, claim, places, backup, restore, verify, sandbox, demo.

What a command alone needs it imports itself, after the configuration was read: the clients of three services take a
second to load, and a word that is wrong should be told at once.
"""

import argparse
import asyncio
import dataclasses
import errno
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.app import data_commands
from bot.config import ConfigError, Settings, StartError, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand. Exit codes: 0 done, 1 it did not work, 2 the configuration or the call can't be used."""
    args = _parser().parse_args(arguments)
    try:
        code: int = args.run(args)
    except (ConfigError, StartError) as error:
        print(f"guestlist: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="guestlist", description="Paid memberships for Discord and Telegram.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, text: str, run: object) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    made: dict[str, argparse.ArgumentParser] = {}
    for name, text, run in (
        ("run", "Run the service.", _run),
        ("check", "Check configuration, database, Stripe, Discord and Telegram, and say what is wrong.", _check),
        ("replay", "Retry work that was given up or is blocked.", _replay),
        ("claim", "Print a one-time code to claim a server or chat; can run beside the service.", _claim),
        ("places", "List the servers and chats that are served, or stop serving one.", _places),
    ):
        made[name] = command(name, text, run)
        made[name].add_argument("--config", type=Path, metavar="FILE", help="a TOML file")
    made["places"].add_argument("--stop", metavar="PLATFORM:ID", help="stop serving this place, like discord:123")
    data_commands.register(command)
    sandbox = command("sandbox", "Run a local Stripe, Discord and Telegram to try things with.", _sandbox)
    sandbox.add_argument("--port", type=_port, default=8090, help="the port for everything (default 8090)")
    demo = command("demo", "Sandbox and service together: a page to try everything, or a tour in the terminal.", _demo)
    way = demo.add_mutually_exclusive_group()
    way.add_argument("--page", action="store_true", help="serve the page until Ctrl-C (the default in a terminal)")
    way.add_argument("--tour", action="store_true", help="play the tour and exit (the default without a terminal)")
    demo.add_argument("--port", type=_port, help="the page's port (default 8090, or any free one if that is taken)")
    for recorded in (sandbox, demo):
        recorded.add_argument("--har", type=Path, metavar="FILE", help="save all traffic as HAR 1.2")
    return parser


def _log_to_stderr(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The libraries' own chatter at info would hide ours, and their logs may hold what people wrote. httpx's hold
    # Telegram's token, which is a part of each address.
    for name in ("discord", "stripe", "telegram", "httpx", "httpcore", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _run(args: argparse.Namespace) -> int:
    settings = load(args.config)
    _log_to_stderr(settings)
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then end in order."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    from bot.app.service import Service

    service = Service(settings)
    try:
        await service.start()
        await ended.wait()
    finally:
        await service.stop()
    return 0


def _check(args: argparse.Namespace) -> int:
    settings = load(args.config)
    from bot.app import file_checks
    from bot.app.owner_commands import check

    lines = file_checks.private(args.config, settings) + asyncio.run(check(settings))
    for good, line in lines:
        print({True: "ok       ", False: "NOT OK   ", None: "warning  "}[good] + line)
    return 1 if any(good is False for good, _ in lines) else 0


def _replay(args: argparse.Namespace) -> int:
    settings = load(args.config)
    from bot.app.owner_commands import replay_dead

    replayed = asyncio.run(replay_dead(settings))
    for what, count in dataclasses.asdict(replayed).items():
        print(f"{what}: {count} retried")
    return 0


def _claim(args: argparse.Namespace) -> int:
    settings = load(args.config)
    from bot.app.owner_commands import new_claim

    code = asyncio.run(new_claim(settings))
    print(
        f"{code}\n\n"
        "Good for one server or chat, within 24 hours. Whoever types it becomes the owner: don't show it to anyone.\n"
        "Discord: add the bot to the server and type /claim there; a form asks for the code.\n"
        "Telegram: send the bot /claim with the code in private, then add it to the chat from the same account."
    )
    return 0


def _places(args: argparse.Namespace) -> int:
    settings = load(args.config)
    from bot.app.owner_commands import served_places

    found = asyncio.run(served_places(settings, args.stop))
    for line in found or ["no server or chat is served; `guestlist claim` prints a code to claim one"]:
        print(line)
    return 0


def _sandbox(args: argparse.Namespace) -> int:
    from sandbox.server import run

    try:
        run(args.port, args.har)
    except OSError as error:
        if error.filename is not None:
            return _cannot_write(error)
        print(f"guestlist sandbox: can't listen on port {args.port} ({error.strerror}); try --port", file=sys.stderr)
        return 1
    return 0


def _cannot_write(error: OSError) -> int:
    print(
        f"guestlist: can't write {error.filename} ({error.strerror}); choose another file with --har", file=sys.stderr
    )
    return 1


def _port(text: str) -> int:
    """A port as typed. Raises argparse's complaint for what is none."""
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 (any free one) to 65535, not {text!r}")
    return int(text)


def _demo(args: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.ERROR)
    from demo import show_page, tell_tour

    page = args.page or (not args.tour and sys.stdout.isatty())
    if not page and not args.tour:
        print("No terminal, so the tour is played. `guestlist demo --page` serves the page.", flush=True)
    try:
        return asyncio.run(show_page(args.har, args.port) if page else tell_tour(args.har))
    except OSError as error:
        if error.filename is not None and args.har is not None:
            return _cannot_write(error)
        if error.errno == errno.EADDRINUSE:
            print(f"guestlist demo: port {args.port} is taken; try another with --port", file=sys.stderr)
            return 1
        raise


if __name__ == "__main__":
    sys.exit(main())

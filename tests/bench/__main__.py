"""`python -m tests.bench`: all measurements, one after the other; a table to the screen and to `bench.json`."""

import argparse
import asyncio
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure
from tests.bench.machine import machine

MEASUREMENTS: tuple[str, ...] = (
    "acks",
    "purchases",
    "stripe_slow",
    "strangers",
    "settling",
    "starting",
    "memory",
    "nightly",
    "growth",
)
"""Modules of this package, in the order they run. Each has a TITLE and `async def measure(quick) -> list[Figure]`."""


def main() -> int:
    """Exit code 0: measured (goals that are not met are shown, and end nothing); 2: the call can't be used."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="some of: %(default)s")
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that it runs, not to be quoted")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE")
    parser.add_argument("--peers", action="store_true", help="acks also of dj-stripe, installed into .bench/")
    args = parser.parse_args()
    chosen = [name for word in args.only.split(",") if (name := word.strip())]
    if not chosen:
        parser.error(f"--only names no measurement: use some of {', '.join(MEASUREMENTS)}")
    if unknown := [name for name in chosen if name not in MEASUREMENTS]:
        parser.error(f"there is no measurement {unknown[0]!r}: use some of {', '.join(MEASUREMENTS)}")
    if args.peers and "acks" not in chosen:
        parser.error("--peers is measured by acks: name it with --only too, or leave --only out")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    told: dict[str, Any] = {"quick": args.quick, "machine": machine(), "measurements": {}}
    console.print(", ".join(f"{name} {value}" for name, value in told["machine"].items()))
    for name in chosen:
        module = importlib.import_module(f"tests.bench.{name}")
        began = time.monotonic()
        console.print(f"[bold]{module.TITLE}[/]")
        more = {"with_peers": True} if args.peers and name == "acks" else {}
        figures: list[Figure] = asyncio.run(module.measure(args.quick, **more))
        console.print(table(figures))
        seconds = round(time.monotonic() - began, 1)
        told["measurements"][name] = {"title": module.TITLE, "seconds": seconds, "figures": [f.told() for f in figures]}
        args.json.write_text(json.dumps(told, indent=2) + "\n")
    return 0


def table(figures: list[Figure]) -> Table:
    """The figures of one measurement, a line each."""
    made = Table("figure", "value", "goal", "", "note", box=None, pad_edge=False)
    for figure in figures:
        verdict = {True: "yes", False: "[red]NO[/]", None: ""}[figure.met]
        made.add_row(figure.name, f"{figure.value:,.4g} {figure.unit}".strip(), figure.goal, verdict, figure.note)
    return made


if __name__ == "__main__":
    sys.exit(main())

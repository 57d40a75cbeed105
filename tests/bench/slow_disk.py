"""A disk whose fsync takes longer: a library that is preloaded into the server's process, made here by `cc`."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

COMMITS = 20


class NotSlowed(Exception):
    """Why there is no slow disk here, in words for the report."""


def slow_disk(folder: Path, us: int) -> Mapping[str, str]:
    """The environment of a process whose fsync takes so many µs longer. Raises `NotSlowed`.

    `folder` is for the library, and for a database on which it is tried: its commits must have become slower.
    """
    library = folder / "slow_fsync.so"
    _compile(library)
    there = {"LD_PRELOAD": str(library), "SLOW_FSYNC_US": str(us)}
    found = subprocess.run(
        [sys.executable, "-m", "tests.bench.slow_disk", str(folder / "tried.db")],
        env=os.environ | there,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if found.returncode:
        raise NotSlowed(f"the preloaded library does not run here ({found.stderr.strip()[-200:]})")
    if float(found.stdout) < commit_seconds(folder / "plain.db") + 0.5 * us / 1e6:
        raise NotSlowed("SQLite does not go through the preloaded library here")
    return there


def _compile(library: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotSlowed("there is no C compiler (cc) here")
    source = Path(__file__).with_name("slow_fsync.c")
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if made.returncode:
        raise NotSlowed(f"{compiler} failed ({made.stderr.strip()[-200:]})")


def commit_seconds(path: Path) -> float:
    """What a commit of one small row costs on SQLite with synchronous=FULL, the least of a few."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE row (n INTEGER)"):
        connection.execute(statement)
    took = []
    for number in range(COMMITS):
        began = time.perf_counter()
        connection.execute("INSERT INTO row VALUES (?)", (number,))
        took.append(time.perf_counter() - began)
    connection.close()
    return min(took)  # what else the machine does only adds to it


if __name__ == "__main__":
    print(commit_seconds(Path(sys.argv[1])))

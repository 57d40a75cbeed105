"""Fixtures that every test may ask for."""

import gc
import os
import shutil
import ssl
import sys

import pytest
from hypothesis import settings

# Speed is never asserted: the machine may be busy. The examples stand fixed, so that a failure is the change's;
# `make soak` and `make fuzz` are what draws new ones.
settings.register_profile("guestlist", deadline=None, derandomize=True)
settings.load_profile("guestlist")

pytest_plugins = ["tests.storage_fixtures"]

LONG_FIRST = (
    "tests/soak/",
    "tests/fuzz/",
    "tests/crash/",
    "tests/e2e/test_two_processes.py",
    "tests/e2e/test_crash.py",
    "tests/sandbox/test_long_life.py",
    "tests/browser/test_tour.py",
    "tests/browser/test_looks.py",
)
"""Where the tests stand that take longest, the longest first: begun last, they would keep one process busy alone."""

WAITING = "tests/e2e/"
"""Where tests mostly wait, as for a chat's turn: one message a second. What they leave idle, others use."""


def trust_nobody() -> None:
    """Let no TLS context read the authorities: nothing here speaks TLS, and each client of each service would."""
    setattr(ssl.SSLContext, "load_verify_locations", lambda *_args, **_more: None)  # noqa: B010 -- mypy knows it as fixed


trust_nobody()

MEMORY, MEMORY_BYTES_MIN = "/dev/shm", 4 << 30


def keep_files_in_memory() -> None:
    """Let the tests' files lie in memory where the machine has such a folder: a commit then waits for no disk."""
    if os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


keep_files_in_memory()


UNHURRIED = {
    "sandbox.discord.interactions": ("FIRST_ANSWER_S",),
    "sandbox.discord.people": ("FIRST_ANSWER_S", "WAIT_S"),
    "bot.platforms.discord.interactions": ("SOON_S", "FORM_S", "COMPLETE_S"),
    "bot.commands.dispatch": ("ANSWER_SECONDS_MAX", "COMPLETE_SECONDS_MAX"),
}
"""Bounds of a few seconds, after which a person reads something else. A machine with a lot to do passes them, so they
are a minute here; a test of one of them is marked `in_a_hurry` and sees to it that the bound is passed, or is not."""


@pytest.fixture(autouse=True)
def unhurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who asks something is told that it takes long because the machine is busy."""
    if request.node.get_closest_marker("in_a_hurry") is None:
        for module, names in UNHURRIED.items():
            if module in sys.modules:
                for name in names:
                    monkeypatch.setattr(sys.modules[module], name, 60.0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first, then those that wait, spread evenly among those that compute.

    Each process takes the next when it is free (`--dist load --maxschedchunk 1`), so both kinds run all the time.
    """
    waiting = [item for item in items if item.nodeid.startswith(WAITING)]
    others = [item for item in items if not item.nodeid.startswith(WAITING)]
    spread = {item: at / len(kind) for kind in (waiting, others) for at, item in enumerate(kind)}

    def rank(item: pytest.Item) -> tuple[int, float]:
        long = (at for at, start in enumerate(LONG_FIRST) if item.nodeid.startswith(start))
        return next(long, len(LONG_FIRST)), spread[item]

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What collecting made stays until the end, so the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()

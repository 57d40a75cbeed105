"""Fixtures that every test may ask for."""

import ssl

import pytest
from hypothesis import settings

# Speed is never asserted: the machine may be busy. The examples stand fixed, so that a failure is the change's;
# `make soak` and `make fuzz` are what draws new ones.
settings.register_profile("guestlist", deadline=None, derandomize=True)
settings.load_profile("guestlist")

pytest_plugins = ["tests.storage_fixtures"]

LONG_FIRST = ("tests/soak/", "tests/e2e/test_two_processes.py", "tests/crash/", "tests/e2e/")
"""Where the tests stand that take longest, the longest first: begun last, they would keep one process busy alone."""


def trust_nobody() -> None:
    """Let no TLS context read the authorities: nothing here speaks TLS, and each client of each service would."""
    setattr(ssl.SSLContext, "load_verify_locations", lambda *_args, **_more: None)  # noqa: B010 -- mypy knows it as fixed


trust_nobody()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests first. Each process takes the next when it is free (`--dist load --maxschedchunk 1`)."""

    def rank(item: pytest.Item) -> int:
        return next((at for at, start in enumerate(LONG_FIRST) if item.nodeid.startswith(start)), len(LONG_FIRST))

    items.sort(key=rank)

"""Fixtures that every test may ask for."""

from hypothesis import settings

# Speed is never asserted: the machine may be busy. The examples stand fixed, so that a failure is the change's;
# `make soak` and `make fuzz` are what draws new ones.
settings.register_profile("guestlist", deadline=None, derandomize=True)
settings.load_profile("guestlist")

pytest_plugins = ["tests.storage_fixtures"]

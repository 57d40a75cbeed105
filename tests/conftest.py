"""Fixtures that every test may ask for."""

from hypothesis import settings

settings.register_profile("guestlist", deadline=None)  # speed is never asserted: the machine may be busy
settings.load_profile("guestlist")

pytest_plugins = ["tests.storage_fixtures"]

"""All tests."""

import warnings

# Python 3.11 and 3.12 warn of a module that discord.py takes for voice: it is imported before warnings are errors.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord  # noqa: F401

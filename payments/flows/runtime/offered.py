"""What a payment provider may not offer."""

from typing import TypeVar

T = TypeVar("T")


class NotOffered(Exception):
    """The payment account's provider can't do this at all: nothing was asked, and there is nothing to try again."""


def offered(port: T | None) -> T:
    """A port that the flow can't do without. Raises `NotOffered`."""
    if port is None:
        raise NotOffered
    return port

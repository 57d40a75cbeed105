"""What a person at the controls reads when a request can't be played."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""What every machine calls itself."""
_PORT = re.compile(r":\d*$")


@dataclass(slots=True)
class Refused(Exception):
    """A control request that can't be played, told in one sentence that says what to do."""

    sentence: str
    status: int = 400


def only(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The same. Raises Refused for a key that the control does not know."""
    wrong = next((key for key in data if key not in keys), None)
    if wrong is not None:
        raise Refused(f"There is no {wrong!r} here: use {', '.join(keys)}.")
    return data


def known(data: Any, where: str, *keys: str) -> None:
    """A part of a seed, `where` in it, is an object with no keys but these. Raises Refused."""
    if not isinstance(data, dict):
        raise Refused(f"{where} is an object; give it as {{...}}.")
    for key in data:
        if key not in keys:
            raise Refused(f"{where} has no key {key!r}: use {', '.join(keys)}.")


def listed(data: dict[str, Any], key: str) -> list[Any]:
    """The list that a part of a seed has under `key`, empty where it has none. Raises Refused."""
    value = data.get(key) or []
    if not isinstance(value, list):
        raise Refused(f"{key} is a list: give it as [...].")
    return value


def by_its_own_name(request: web.Request, url: str) -> None:
    """Raises Refused for a Host that is neither this machine's own name nor what the sandbox listens on (`url`): whose
    name leads here (DNS rebinding) is one site with the sandbox to a browser, and reads and plays what it likes."""
    name = _PORT.sub("", request.host).lower()
    if name not in OWN_NAMES and request.host != urlsplit(url).netloc:
        raise Refused(f"The sandbox does not answer to the name {name}: open it at {url}.", 403)


def from_elsewhere(request: web.Request) -> bool:
    """Whether a page of another site sends this: any page in a browser can, to this machine too. Scripts name none."""
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host

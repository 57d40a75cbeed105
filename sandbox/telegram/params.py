"""A call's parameters: from the query, a form, a multipart form or JSON; a value may itself be JSON."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.telegram.errors import ApiError, bad


async def of(request: web.Request) -> Params:
    """Reads a request. Raises ApiError for a body that is none."""
    given: dict[str, Any] = dict(request.query)
    raw = await request.read()
    kind = request.content_type
    if not raw:
        pass
    elif kind == "application/json":
        try:
            body = json.loads(raw)
        except ValueError:
            raise bad("can't parse request as JSON object") from None
        if not isinstance(body, dict):
            raise bad("can't parse request as JSON object")
        given |= body
    elif kind == "multipart/form-data":
        given |= _parts(request.headers["Content-Type"], raw)
    else:
        given |= dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True))
    return Params(given)


def _parts(content_type: str, raw: bytes) -> dict[str, str]:
    """The fields of a multipart form; files are passed over."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    whole = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    fields: dict[str, str] = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(payload, bytes):
            fields[name] = payload.decode(errors="replace")
    return fields


class Params:
    """What was given; each reader says what Telegram would where it does not fit."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = {key: value for key, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def text(self, name: str, default: str = "") -> str:
        """A text; a number is its digits."""
        value = self.given.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self.given.get(name, default)
        try:
            if isinstance(value, bool) or (isinstance(value, float) and value != int(value)):
                raise ValueError
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(name, "an integer") from None

    def flag(self, name: str) -> bool:
        """True or false; absent is false."""
        return str(self.given.get(name, "")).lower() in ("true", "yes", "1")

    def json(self, name: str) -> Any:
        """A value that is JSON, as text or already read; None when absent or empty."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def object(self, name: str) -> dict[str, Any] | None:
        """A JSON object."""
        value = self.json(name)
        if value is not None and not isinstance(value, dict):
            raise bad(f"object expected as {name.replace('_', ' ')}")
        return value

    @staticmethod
    def _wrong(name: str, what: str) -> ApiError:
        return bad(f"invalid {name} specified: {what} is expected")

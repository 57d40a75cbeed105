"""Stripe's HTTP manners: keys, request ids, versions, idempotency, errors, and the table of routes."""

from __future__ import annotations

import base64
import binascii
import contextlib
import itertools
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.clock import Clock
from sandbox.stripe.errors import StripeError
from sandbox.stripe.lists import Expander
from sandbox.stripe.params import Params, decode
from sandbox.stripe.permissions import lacking, refusal
from sandbox.stripe.store import API_VERSION, Obj, State
from sandbox.stripe.supported import unknown

log = logging.getLogger("sandbox.stripe")

KEY_LIFE_SECONDS = 24 * 3600
KEYS_MAX = 20_000


@dataclass(slots=True)
class Call:
    """One API request, read: what handlers take."""

    method: str
    url: str
    path: dict[str, str]
    params: Params
    livemode: bool
    request_id: str
    idempotency_key: str | None
    headers: dict[str, str]


Handler = Callable[[Call], Awaitable[Obj]]

# The request that is being worked on: events name it. None while the clock drives.
current_call: ContextVar[Call | None] = ContextVar("current_call", default=None)


@dataclass(slots=True)
class _Kept:
    """What an idempotency key was used for, and what came of it (None while it runs)."""

    fingerprint: str
    url: str
    until: float
    request_id: str
    status: int = 0
    body: str | None = None


class Api:
    """Routes with Stripe's behaviour around them. Handlers return the object; expansion is done here."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.expander = Expander(state)
        self._routes: list[web.RouteDef] = []
        self._kept: dict[tuple[bool, str], _Kept] = {}
        self.observers: list[Callable[[Call], None]] = []
        """Told of each call that can be read, before it is answered."""
        self.restricted: frozenset[str] | None = None
        """What restricted keys may do; None: everything."""
        self.lacked: set[str] = set()
        """What they were refused for, by the permissions that lacked."""

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Register a handler; `{name}` parts of the path come in `call.path`."""

        async def serve(request: web.Request) -> web.StreamResponse:
            answer = await self._serve(request, handler, path)
            answer.headers["Date"] = formatdate(time.time() + self._clock.offset, usegmt=True)
            return answer

        self._routes.append(web.route(method, path, serve))

    def routes(self) -> list[web.RouteDef]:
        """All registered routes, and last the one that says "Unrecognized request URL"."""

        async def unrecognized(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, _unrecognized)

        catch_all = [web.route("*", f"/{version}/{{tail:.*}}", unrecognized) for version in ("v1", "v2")]
        return [*self._routes, *catch_all]

    async def _serve(self, request: web.Request, handler: Handler, path: str = "") -> web.StreamResponse:
        request_id = self._state.new_id("request")
        livemode = False
        try:
            livemode = _authenticate(request, self._state.account_id)
            if self.restricted is not None and (whose := _key_of(request)).startswith("rk_"):
                self._permit(request, whose, self.restricted)
            _check_version(request)
            call = await _read(request, request_id, livemode)
            _refuse_unknown(call, path)
            for observer in self.observers:
                observer(call)
            if request.method == "POST" and call.idempotency_key is not None:
                return await self._once(call, call.idempotency_key, handler)
            status, body = await self._run(call, handler)
            return _answer(call.request_id, status, body)
        except StripeError as error:
            headers = error.headers
            if key := request.headers.get("Idempotency-Key"):
                headers = headers | {"Idempotency-Key": key}
            body = json.dumps(error.body(request_id, livemode=livemode))
            return _answer(request_id, error.status, body, headers)

    def _permit(self, request: web.Request, key: str, may: frozenset[str]) -> None:
        lacks = lacking(may, request.method, _unprefixed(request.path))
        if lacks is not None:
            self.lacked.add(lacks)
            raise refusal(key, lacks, self._state.account_id)

    async def _run(self, call: Call, handler: Handler) -> tuple[int, str]:
        """The handler's answer as (status, body). Lets refusals before execution through as StripeError."""
        token = current_call.set(call)
        try:
            paths = call.params.texts("expand")
            obj = await handler(call)
            return 200, json.dumps(self.expander.answer(obj, paths))
        except StripeError as error:
            if not _executed(error):
                raise
            return error.status, json.dumps(error.body(call.request_id, livemode=call.livemode))
        except Exception:
            log.exception("%s %s failed", call.method, call.url)
            failure = StripeError("An unknown error occurred", status=500, kind="api_error")
            return 500, json.dumps(failure.body(call.request_id, livemode=call.livemode))
        finally:
            current_call.reset(token)

    async def _once(self, call: Call, key: str, handler: Handler) -> web.StreamResponse:
        """Idempotency: the first outcome under a key is kept, whatever it was, and told again for 24 h."""
        if len(key) > 255:
            raise StripeError("Idempotency keys can have up to 255 characters.", kind="idempotency_error")
        slot = (call.livemode, key)
        now = self._clock.now()
        kept = self._kept.get(slot)
        fingerprint = json.dumps(call.params.values, sort_keys=True)
        if kept is not None and kept.until > now:
            return self._again(call, key, kept, fingerprint)
        self._forget(now)
        kept = _Kept(fingerprint, call.url, now + KEY_LIFE_SECONDS, call.request_id)
        self._kept[slot] = kept
        try:
            kept.status, kept.body = await self._run(call, handler)
        except BaseException:
            # Nothing was executed (refused parameters), or the server is going down: the key stays free.
            del self._kept[slot]
            raise
        return _answer(call.request_id, kept.status, kept.body, {"Idempotency-Key": key})

    def _forget(self, now: float) -> None:
        """Drop the keys whose time is over, and the oldest of very many; the oldest stand first."""
        for n, (slot, kept) in enumerate(list(itertools.islice(self._kept.items(), 8))):
            if kept.until <= now or (kept.body is not None and n < len(self._kept) - KEYS_MAX):
                del self._kept[slot]

    def _again(self, call: Call, key: str, kept: _Kept, fingerprint: str) -> web.StreamResponse:
        if kept.url != call.url:
            raise StripeError(
                f"Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{call.url}' vs '{kept.url}'). Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                kind="idempotency_error",
            )
        if kept.fingerprint != fingerprint:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        if kept.body is None:
            busy = StripeError(
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Try again once the other "
                "request finishes.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
            busy.headers = {"Stripe-Should-Retry": "true"}
            raise busy
        headers = {"Idempotency-Key": key, "Idempotent-Replayed": "true", "Original-Request": kept.request_id}
        return _answer(call.request_id, kept.status, kept.body, headers)


def _executed(error: StripeError) -> bool:
    """Refused parameters leave an idempotency key unused; all else was executed, and its outcome is kept."""
    return error.status not in (401, 409, 429) and not (error.code or "").startswith("parameter_")


def _answer(request_id: str, status: int, body: str, headers: dict[str, str] | None = None) -> web.Response:
    standard = {
        "Request-Id": request_id,
        "Stripe-Version": API_VERSION,
        "Cache-Control": "no-cache, no-store",
    }
    return web.Response(
        status=status, text=body, content_type="application/json", charset=None, headers=standard | (headers or {})
    )


def _key_of(request: web.Request) -> str:
    """The key that a request comes with, as a bearer token or as the user of basic authentication."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
    return key.strip()


def _unprefixed(path: str) -> str:
    """The path as it is at Stripe, without what leads to a second account here."""
    return path[path.index("/v") :] if path.startswith("/accounts/") else path


def _authenticate(request: web.Request, account_id: str) -> bool:
    """The key's mode (true: live). Raises 401 as Stripe does; 403 for another account."""
    key = _key_of(request)
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
            "https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
            status=401,
        )
    kind, _, rest = key.partition("_")
    mode, _, secret = rest.partition("_")
    if kind not in ("sk", "rk") or mode not in ("test", "live") or not secret:
        shown = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)
    account = request.headers.get("Stripe-Account")
    if account not in (None, account_id):
        raise StripeError(
            f"The provided key '{kind}_{mode}_***' does not have access to account '{account}' (or that account does "
            "not exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return mode == "live"


def _check_version(request: web.Request) -> None:
    """A version is a date with a name; whether Stripe ever made one of that date is not checked."""
    version = request.headers.get("Stripe-Version", API_VERSION)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?(;.*)?", version):
        raise StripeError(f"Invalid Stripe API version: {version}", logged=False)


async def _read(request: web.Request, request_id: str, livemode: bool) -> Call:
    pairs = parse_qsl(request.query_string, keep_blank_values=True)
    text = await request.text() if request.body_exists else ""
    values: dict[str, Any]
    if "json" in request.content_type and text:
        try:
            values = json.loads(text)
        except ValueError as problem:
            raise StripeError("Invalid request: the body is no valid JSON.") from problem
    else:
        values = decode([*pairs, *parse_qsl(text, keep_blank_values=True)])
    return Call(
        method=request.method,
        url=request.path,
        path=dict(request.match_info),
        params=Params(values),
        livemode=livemode,
        request_id=request_id,
        idempotency_key=request.headers.get("Idempotency-Key") or None,
        headers=dict(request.headers),
    )


def _refuse_unknown(call: Call, path: str) -> None:
    names = unknown(call.method, path, set(call.params))
    if names:
        text = "Received unknown parameter" + ("s" if len(names) > 1 else "") + ": " + ", ".join(names)
        raise StripeError(text, code="parameter_unknown", param=names[0])


async def _unrecognized(call: Call) -> Obj:
    raise StripeError(
        f"Unrecognized request URL ({call.method}: {call.url}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
        status=404,
    )

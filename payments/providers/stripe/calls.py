"""One call to Stripe: its turn at the limiter, its time limit, its errors as the port's two kinds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, cast

import aiohttp
import stripe
from stripe._api_requestor import _APIRequestor
from stripe._base_address import BaseAddress, BaseAddresses
from stripe._request_options import RequestOptions
from stripe._util import get_api_mode
from stripe._v1_services import V1Services

from payments.ports.providers import KeyRefused, ProviderRefused, ProviderUnavailable
from payments.rate_limit import Limiter, LimiterFull

API_VERSION = "2026-10-28.endive"
"""Pinned: the shapes that `facts` reads. It is the SDK's own version too (a test holds the two together)."""

ATTEMPT_SECONDS = 10
CALL_MS_MAX = 15_000
"""One call with its retries and its wait for a slot, at most: what the ports promise to flows."""

RETRIES = 2
PAGE = 100
PAUSE_MS = 1_000
"""How long everybody waits after a 429 that names no time."""

Json = dict[str, Any]  # an object as it came over the wire: only `facts` and this package look inside


class _Http(stripe.AIOHTTPClient):
    """The SDK's client, with errors while the body is read seen as what they are: a broken connection."""

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            return await super().request_async(method, url, headers, post_data)
        except (aiohttp.ClientError, TimeoutError, OSError) as broken:
            message = f"the answer broke off ({type(broken).__name__})"
            raise stripe.APIConnectionError(message, should_retry=True) from None  # type: ignore[no-untyped-call]  # the SDK's own


class _Plain(_APIRequestor):
    """The SDK's calls, answered by the response with its JSON alone.

    The SDK would make its objects of all of it: ten times the work of the whole call, for what nobody here reads.
    """

    async def request_async(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        options: RequestOptions | None = None,
        *,
        base_address: BaseAddress,
        usage: list[str] | None = None,
    ) -> Any:
        """The response, whose `data` is the parsed JSON."""
        mode = get_api_mode(url)
        body, status, headers = await self.request_raw_async(
            method, url, params, options, base_address=base_address, api_mode=mode, usage=usage
        )
        return self._interpret_response(body, status, headers, mode)


class StripeCalls:
    """The SDK's services for one account, as `v1`; `ask` makes a call through the limiter."""

    def __init__(self, api_key: str, *, api_base: str | None, limiter: Limiter, stripe_account: str | None) -> None:
        self._http = _Http(timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS))
        self._limiter = limiter
        self._machine = limiter.machine
        self._secret = api_key
        self._told: tuple[int, int] | None = None
        bases: BaseAddresses = {}
        if api_base is not None:
            bases = {"api": api_base, "files": api_base, "connect": api_base, "meter_events": api_base}
        client = stripe.StripeClient(
            api_key,
            stripe_account=stripe_account,
            stripe_version=API_VERSION,
            base_addresses=bases,
            max_network_retries=RETRIES,
            http_client=self._http,
        )
        requestor = _Plain(client._requestor._options, self._http)
        self.v1 = V1Services(requestor)  # type: ignore[no-untyped-call]  # the SDK's own

    async def ask(self, call: Callable[[], Awaitable[Any]], *, interactive: bool = False) -> Json:
        """Make a call and give the JSON of its answer.

        Raises `ProviderUnavailable` or `ProviderRefused`, nothing else of the wire.
        """
        try:
            answer = await self._ask(call, interactive)
        except (ProviderUnavailable, ProviderRefused) as error:
            refused = isinstance(error, ProviderRefused | KeyRefused)
            self._limiter.counts.ended["refused" if refused else "unavailable"] += 1
            raise
        self._limiter.counts.ended["ok"] += 1
        told_at = _date_ms(answer.headers)
        if told_at is not None:
            self._told = told_at, self._machine.now()
        return cast("Json", answer.data)

    def told_time(self) -> int | None:
        """Stripe's time by the `Date` of its newest answer, carried on by a clock that never jumps."""
        if self._told is None:
            return None
        told_at, since_at = self._told
        return told_at + self._machine.now() - since_at

    async def _ask(self, call: Callable[[], Awaitable[Any]], interactive: bool) -> Any:
        try:
            async with asyncio.timeout(CALL_MS_MAX / 1000):
                async with self._limiter.slot(interactive=interactive, wait_ms_max=CALL_MS_MAX):
                    return await call()
        except LimiterFull as full:
            raise ProviderUnavailable(str(full), retry_after_ms=full.retry_after_ms, unclear=False) from None
        except stripe.StripeError as error:
            raise self._translated(error) from None
        except TimeoutError:
            raise ProviderUnavailable(f"no answer from Stripe within {CALL_MS_MAX // 1000} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProviderUnavailable(f"no readable answer from Stripe ({type(error).__name__})") from None

    async def pages(
        self, call: Callable[[str | None], Awaitable[Any]], *, pages_max: int, interactive: bool = False
    ) -> AsyncIterator[Json]:
        """The objects of a list, page by page, at most `pages_max` pages of it.

        The last object of a page may be deleted before the next page is asked for, which Stripe then refuses as it does
        for a customer who is gone (`resource_missing`). That is no answer: the list must be read again.
        """
        after: str | None = None
        for _ in range(pages_max):
            try:
                page = await self.ask(partial(call, after), interactive=interactive)
            except ProviderRefused as refused:
                if refused.param == "starting_after":
                    raise ProviderUnavailable("the list changed while it was read", unclear=False) from None
                raise
            rows = cast("list[Json]", page.get("data") or [])
            for row in rows:
                yield row
            if not page.get("has_more") or not rows:
                return
            after = str(rows[-1]["id"])

    def _translated(self, error: stripe.StripeError) -> ProviderUnavailable | ProviderRefused:
        status = error.http_status or 0
        headers = {str(k).lower(): str(v) for k, v in (error.headers or {}).items()}
        message = (str(error) or type(error).__name__).replace(self._secret, "the API key")
        if isinstance(error, stripe.RateLimitError) or status == 429:
            wait_ms = _retry_after_ms(headers) or PAUSE_MS
            self._limiter.pause(wait_ms)
            return ProviderUnavailable(message, retry_after_ms=wait_ms, unclear=False)
        replayed = headers.get("idempotent-replayed", "").lower() == "true"
        if isinstance(error, stripe.AuthenticationError):
            return KeyRefused("authentication_error", message, replayed=replayed)
        if isinstance(error, stripe.PermissionError):
            return KeyRefused("permission_error", message, replayed=replayed)
        if not 400 <= status < 500 or status == 409:
            return ProviderUnavailable(message, retry_after_ms=_retry_after_ms(headers), replayed=replayed)
        body = cast("Json", error.json_body) if isinstance(error.json_body, dict) else {}
        details = body.get("error")
        details = details if isinstance(details, dict) else {}
        code = str(details.get("code") or details.get("type") or "refused")
        if "missing email" in message.lower():
            code = "missing_email"
        elif code == "resource_missing":
            code = "missing_object"
        param = details.get("param")
        return ProviderRefused(code, message, param=str(param) if param is not None else None)

    async def close(self) -> None:
        """Close connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK's own


def _date_ms(headers: Mapping[str, str]) -> int | None:
    date = next((value for name, value in headers.items() if name.lower() == "date"), None)
    try:
        return None if date is None else round(parsedate_to_datetime(date).timestamp() * 1000)
    except ValueError:
        return None


def _retry_after_ms(headers: Mapping[str, str]) -> int | None:
    try:
        return max(0, round(float(headers["retry-after"]) * 1000))
    except (KeyError, ValueError):  # absent, or a date: the caller's own backoff will do
        return None

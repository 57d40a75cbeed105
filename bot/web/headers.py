"""What every answer says to browsers and caches, and what it does not say of us."""

from collections.abc import Mapping

from aiohttp import web
from aiohttp.hdrs import SERVER

STATIC = "/static/"

SECURE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Of any answer that says nothing else itself."""


async def secure(request: web.Request, response: web.StreamResponse) -> None:
    """A signal for `on_response_prepare`: the headers of every answer, and no banner with versions."""
    response.headers.popall(SERVER, None)
    if request.path.startswith(STATIC) and response.status in (200, 206, 304):
        response.headers.setdefault("Cache-Control", "no-cache")
    for name, value in SECURE.items():
        response.headers.setdefault(name, value)


def refusal(status: int, reason: str) -> bytes:
    """An answer in full, for a connection that gets no other and is closed after it."""
    text = f"{reason}.\n"
    more = {"Retry-After": "5"} if status == 503 else {}
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(text)),
        "Connection": "close",
        **SECURE,
        **more,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n{text}".encode()

"""The pages that people see: at the root, after paying, after leaving the checkout, back from the portal, at a fault.

They prove and change nothing: access comes from Stripe's word alone. A page is found by the checkout's own id, which
nobody can guess, and names no person.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from markupsafe import Markup, escape

from bot.texts import Safe, language, plain, reason_text, say
from bot.web.branding import COLOR_DEFAULT, DARK_CARD, LIGHT_CARD, initials, ink_on, parse_color, readable
from payments.core.community import TargetKind
from payments.core.ids import CheckoutId
from payments.flows.runtime.context import AppContext
from payments.flows.views import purchase_status
from payments.flows.views.purchase_status import Bought, Past, PurchaseStatus, Stage, TargetStatus
from payments.ports.stores import StoreUnavailable

log = logging.getLogger("guestlist.web")

HERE = Path(__file__).parent
FILES = HERE / "static"
CHECKOUT_ID = re.compile(r"chk_[0-9a-f]{20}")
READING_MAX = 4
"""So many pages read the database at once; the others wait for their turn. Money and access go before them."""
WAITING_MAX = 64
"""More than these don't wait: they are asked to come back."""
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
UNFRAMED = "frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
CSS = """:root {{ --brand: {brand}; --on-brand: {ink}; --accent: {light}; }}
@media (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}
"""
FAULTS = {404: "missing", 405: "method", 503: "away"}
"""Which page tells of a status; any other is trouble."""
COMING_SECONDS = 3
WAITING_SECONDS = 15
"""Until somebody links an account, comes in or mends something: that takes as long as they like."""
TONES = {Stage.UNPAID: "calm", Stage.ARRIVING: "good", Stage.OPEN: "good", Stage.ENDED: "calm", Stage.OVER: "calm"}
_MARKUP = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")


class Pages:
    """The pages' routes. `app` answers None until the service knows its account and its database.

    `sandbox` is the sandbox's address, in its mode: its page may show ours in a frame, and stands where links to
    Discord and Telegram lead; elsewhere no site may show them.
    """

    def __init__(self, app: Callable[[], AppContext | None], *, sandbox: str | None) -> None:
        self._app = app
        self._sandbox = sandbox
        self._headers = HEADERS if sandbox else HEADERS | {"Content-Security-Policy": f"{POLICY}; {UNFRAMED}"}
        self._reading = asyncio.Semaphore(READING_MAX)
        self._waiting = 0
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["marked"] = marked

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/", self.home),
            web.get("/paid", self.paid),
            web.get("/cancelled", self.cancelled),
            web.get("/returned", self.returned),
            web.get(r"/style/{color:[0-9a-f]{6}}.css", self.style),
        ]

    async def home(self, request: web.Request) -> web.Response:
        """What this is, for whoever comes by, without a word about the communities."""
        return self._page("home.html", _locale(request), title="page.home.title", tone="calm")

    async def paid(self, request: web.Request) -> web.Response:
        """Where Stripe sends a person after paying: what was bought, and how far it is; it follows along."""
        found = await self._bought(request)
        if found is None or isinstance(found, Past):
            return self._page("plain.html", _locale(request), title="page.plain.title", tone="good")
        title = f"page.{found.stage}.title"
        return self._page("paid.html", found.locale, found, title=title, tone=TONES[found.stage])

    async def cancelled(self, request: web.Request) -> web.Response:
        """Where Stripe sends a person who left the checkout."""
        found = await self._bought(request)
        locale = _locale(request) if found is None else found.locale
        found = None if isinstance(found, Past) else found
        return self._page("cancelled.html", locale, found, title="page.cancelled.title", tone="calm")

    async def returned(self, request: web.Request) -> web.Response:
        """Where the billing portal leads back to."""
        return self._page("returned.html", _locale(request), title="page.returned.title", tone="calm")

    async def style(self, request: web.Request) -> web.Response:
        """A community's colour as a style sheet: inline styles are not allowed."""
        color = parse_color(request.match_info["color"])
        assert color is not None, "the route takes colours only"
        light, dark = readable(color, LIGHT_CARD), readable(color, DARK_CARD)
        text = CSS.format(brand=color, ink=ink_on(color), light=light, dark=dark)
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return web.Response(text=text, content_type="text/css", headers=headers)

    @property
    def faults(self) -> Middleware:
        """The middleware that tells a person of a fault on a page. Who asks for no HTML gets the bare answer."""

        @web.middleware
        async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not _reads_html(request):
                return await handler(request)
            try:
                return await handler(request)
            except web.HTTPException as fault:
                if fault.status < 400:
                    raise
                status, headers = fault.status, {k: v for k, v in fault.headers.items() if k == "Allow"}
            except StoreUnavailable:
                status, headers = 503, {"Retry-After": "30"}
            except Exception:
                log.exception("a page failed: %r", request.path)
                status, headers = 500, {}
            name = FAULTS.get(status, "trouble")
            page = self._page("fault.html", _locale(request), status=status, title=f"page.{name}.title", name=name)
            page.headers.update(headers)
            return page

        return tell

    async def _bought(self, request: web.Request) -> Bought | Past | None:
        """What became of the checkout that the address names; None where it names none. Raises HTTPNotFound."""
        checkout_id, app = request.query.get("checkout"), self._app()
        if checkout_id is None:
            return None
        if not CHECKOUT_ID.fullmatch(checkout_id):
            raise web.HTTPNotFound
        if app is None or self._waiting >= WAITING_MAX:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._reading:
                found = await purchase_status.purchase_status(app, CheckoutId(checkout_id))
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"}) from None
        finally:
            self._waiting -= 1
        if found is None:
            raise web.HTTPNotFound
        return found

    def _page(
        self, template: str, locale: str, found: Bought | None = None, *, title: str, status: int = 200, **more: Any
    ) -> web.Response:
        named = {} if found is None else {"plan": found.plan.name, "community": found.community.name}

        def t(key: str, /, **params: str) -> Safe:
            # No markup is made harmless here: the template escapes all of it.
            return say(locale, key, **{name: Safe(plain(value)) for name, value in {**named, **params}.items()})

        community = None if found is None else found.community
        color = COLOR_DEFAULT if community is None else community.color or COLOR_DEFAULT
        icon = None if community is None else community.icon or initials(community.name)
        text = self._templates.get_template(template).render(
            t=t,
            lang=language(locale),
            title=t(title),
            found=found,
            community=community,
            icon=icon,
            color=color.removeprefix("#"),
            reason=None if found is None or found.reason is None else reason_text(locale, found.reason),
            arrivals=[] if found is None else [self._shown(t, locale, found, arrival) for arrival in found.arrivals],
            within=self._sandbox is not None,
            refresh=None if found is None else _refresh(found),
            **{"tone": "calm", **more},
        )
        return web.Response(status=status, text=text, content_type="text/html", headers=self._headers)

    def _shown(self, t: Callable[..., Safe], locale: str, found: Bought, arrival: PurchaseStatus) -> dict[str, Any]:
        """One line of what opens."""
        name = arrival.target.name
        place = found.community.name if arrival.target.kind is TargetKind.ROLE else name
        verb = "come_in" if arrival.step is TargetStatus.COME_IN else "go"
        platform = say(locale, f"platform.{arrival.target.platform}")
        url = arrival.url
        if url is not None and self._sandbox is not None:
            url = f"{self._sandbox}/page/to?{urlencode({'url': url})}"
        return {
            "name": name,
            "kind": arrival.target.kind,
            "step": arrival.step,
            "text": t(f"page.step.{arrival.step}", platform=platform),
            "url": url,
            "label": t(f"page.{verb}", target=place),
        }


def _refresh(found: Bought) -> int | None:
    """After how many seconds a browser without scripts asks again; None once nothing more will change."""
    if found.stage not in (Stage.UNPAID, Stage.ARRIVING):
        return None
    coming = found.stage is Stage.UNPAID or any(arrival.step is TargetStatus.COMING for arrival in found.arrivals)
    return COMING_SECONDS if coming else WAITING_SECONDS


def marked(text: str) -> Markup:
    """A sentence with its `code` and **bold** as HTML; all else is escaped."""

    def put(found: re.Match[str]) -> str:
        code, bold = found.groups()
        return f"<code>{code}</code>" if code else f"<strong>{bold}</strong>"

    return Markup(_MARKUP.sub(put, str(escape(text))))  # noqa: S704 - escaped before it is marked


def _locale(request: web.Request) -> str:
    """The first language that the browser asks for."""
    return request.headers.get("Accept-Language", "en").partition(",")[0].partition(";")[0].strip() or "en"


def _reads_html(request: web.Request) -> bool:
    wanted = "text/html" in request.headers.get("Accept", "")
    return wanted and not request.path.startswith(("/webhooks/", "/healthz"))

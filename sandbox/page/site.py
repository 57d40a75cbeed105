"""The page's own routes: the page, its files, its stream, and the service's switch."""

from __future__ import annotations

import asyncio
import json
import mimetypes
from pathlib import Path

import jinja2
from aiohttp import web

from sandbox.page.backstage import Backstage, CanNot
from sandbox.page.live import Live
from sandbox.page.world import service_of
from sandbox.refused import Refused, by_its_own_name, from_elsewhere, only
from sandbox.services import Services

HERE = Path(__file__).parent
POLICY = (
    "default-src 'self'; img-src 'self' data:; frame-src 'self' http://127.0.0.1:* http://localhost:*; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Page:
    """The page of one sandbox. `backstage`: the service it may show, where somebody runs one."""

    def __init__(self, sandbox: Services) -> None:
        self._sandbox = sandbox
        self._live = Live(sandbox)
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @property
    def backstage(self) -> Backstage | None:
        """The service behind it."""
        return self._live.backstage

    @backstage.setter
    def backstage(self, backstage: Backstage | None) -> None:
        self._live.backstage = backstage

    def routes(self) -> list[web.RouteDef]:
        """`/` and all under `/page`."""
        return [
            web.get("/", self.index),
            web.get("/page/live", self.live, allow_head=False),
            web.post("/page/service", self.service),
            web.get("/page/to", self.to),
            web.get("/page/{file}", self.file),
        ]

    def close(self) -> None:
        """Ends all streams, so that nobody waits for them."""
        self._live.closing = True

    async def index(self, request: web.Request) -> web.StreamResponse:
        """`GET /`."""
        try:
            by_its_own_name(request, self._sandbox.url)
        except Refused as refused:  # in words: the page would come, and then wait for a stream that it does not get
            return web.Response(text=refused.sentence + "\n", status=refused.status, headers=HEADERS)
        text = self._templates.get_template("index.html").render()
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=HEADERS)

    async def to(self, request: web.Request) -> web.StreamResponse:
        """`GET /page/to?url=…`: stands where a link leads to Discord or Telegram. The page follows it into a pane."""
        text = self._templates.get_template("to.html").render(url=request.query.get("url", ""))
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=HEADERS)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """`GET /page/{file}`: a style sheet, a script, a picture."""
        path = HERE / "static" / request.match_info["file"]
        if path.parent != HERE / "static" or path.name.startswith(".") or not path.is_file():
            return _refused(Refused(f"There is no {request.path}: the page itself is at /.", 404))
        kind = KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        return web.Response(body=path.read_bytes(), headers={**HEADERS, "Content-Type": kind + charset})

    async def live(self, request: web.Request) -> web.StreamResponse:
        """`GET /page/live?who=mia`."""
        try:
            by_its_own_name(request, self._sandbox.url)
            return await self._live.serve(request, request.query.get("who"))
        except Refused as refused:
            return _refused(refused)

    async def service(self, request: web.Request) -> web.StreamResponse:
        """`POST /page/service {"do": "kill"}` or `{"do": "start"}`; answers how the service stands then."""
        try:
            by_its_own_name(request, self._sandbox.url)
            if from_elsewhere(request):
                raise Refused("Another site's page may not do that: use the sandbox's own.", 403)
            do = _wish(await request.text())
            if self.backstage is None:
                raise Refused("No service was started from here: `guestlist demo --page` starts one.", 409)
            doing = asyncio.ensure_future(self.backstage.kill() if do == "kill" else self.backstage.start())
            doing.add_done_callback(lambda task: task.cancelled() or task.exception())
            await asyncio.shield(doing)  # who closes the page meanwhile leaves no service half started
        except Refused as refused:
            return _refused(refused)
        except CanNot as reason:
            return _refused(Refused(str(reason), 409))
        return web.json_response(service_of(self.backstage))


def _wish(text: str) -> str:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict) or data.get("do") not in ("kill", "start"):
        raise Refused('Say what to do with the service: {"do": "kill"} or {"do": "start"}.')
    return str(only(data, "do")["do"])


def _refused(refused: Refused) -> web.Response:
    return web.json_response({"error": refused.sentence}, status=refused.status)

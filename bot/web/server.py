"""The public application: webhooks, the pages for people, and a sign of life."""

from collections.abc import Callable

from aiohttp import web

from bot.web.gate import watched
from bot.web.headers import STATIC, secure
from bot.web.metrics import Metrics
from bot.web.operations import alive
from bot.web.pages.views import FILES, Pages
from bot.web.telegram import TelegramWebhooks
from bot.web.webhooks import BODY_BYTES_MAX, StripeWebhooks
from payments.flows.runtime.context import AppContext


def make_app(
    verify: Callable[[bytes, str], str | None],
    app: Callable[[], AppContext | None],
    metrics: Metrics,
    telegram: TelegramWebhooks | None = None,
    *,
    sandbox: str | None = None,
) -> web.Application:
    """The application. Bodies over 1 MiB are refused before they are read. `telegram`: unless it is polled.
    `sandbox`: its address, in its mode; see `Pages`."""
    webhooks = StripeWebhooks(verify, app, metrics)
    pages = Pages(app, sandbox=sandbox)
    application = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[watched, pages.faults])
    application.router.add_post("/webhooks/stripe", webhooks.receive)
    application.router.add_post("/webhooks/stripe/{account}", webhooks.receive)
    if telegram is not None:
        application.router.add_post("/webhooks/telegram", telegram.receive)
    application.router.add_get("/healthz", alive)
    application.add_routes(pages.routes())
    application.router.add_static(STATIC, FILES)
    application.on_response_prepare.append(secure)
    return application

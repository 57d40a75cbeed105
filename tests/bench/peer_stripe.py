"""What a peer asks Stripe for while it works on an event, answered at once from loopback: a process of its own."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

INVOICE: dict[str, Any] = json.loads(Path(__file__).with_name("invoice_paid.json").read_text())["data"]["object"]


def found(kind: str, id_: str) -> dict[str, Any]:
    """An object of this kind, such as a peer can store it."""
    if kind == "invoices":
        paid: dict[str, Any] = json.loads(json.dumps(INVOICE).replace("in_BENCH", id_))
        return paid | {"customer": "cus_10000000000000"}
    common = {"id": id_, "created": 1764150000, "livemode": False, "metadata": {}}
    if kind == "accounts":
        return {**common, "object": "account", "email": "", "settings": {}, "type": "standard"}
    if kind == "customers":
        none: dict[str, Any] = {"object": "list", "data": [], "has_more": False, "url": f"/v1/customers/{id_}/sources"}
        return {**common, "object": "customer", "email": "mia@example.com", "balance": 0, "sources": none}
    return {**common, "object": kind.removesuffix("s")}


async def answer(request: web.Request) -> web.Response:
    """One object."""
    kind, _, id_ = request.path.removeprefix("/v1/").partition("/")
    return web.json_response(found("accounts" if kind == "account" else kind, id_ or "acct_bench"))


async def serve() -> None:
    """Listen, say where in a line of JSON, and end with the standard input."""
    app = web.Application()
    app.router.add_get("/v1/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"port": runner.addresses[0][1], "pid": os.getpid()}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())

"""Watches what the service asks of the sandbox: so that a script knows when it has looked, and what met a fault."""

from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.faults import Fault, Faults, service_of

DASHBOARD = "X-Dashboard"
"""A header of what the owner does in Stripe's dashboard: no fault meets it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Traffic(Faults):
    """The sandbox's faults, counted. `sweeps` and `comparisons`: how often the service began to look by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.thrown: Counter[str] = Counter()
        self.sweeps = 0
        self.comparisons = 0

    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Looks at every request to a service, as the sandbox does."""
        if DASHBOARD in request.headers:
            return await handler(request)
        service = service_of(request.path)
        if service is not None:
            self.calls[service] += 1
        answer = await super().middleware(request, handler)
        if request.method == "GET" and answer.status == 200:
            if request.path == "/v1/events" and "type" not in request.query:
                self.sweeps += 1
            elif request.path.endswith("/members") and request.path.startswith("/api/"):
                self.comparisons += 1
        return answer

    def _take(self, service: str, method: str, path: str) -> Fault | None:
        fault = super()._take(service, method, path)
        if fault is not None:
            what = "cut off" if fault.drop else f"{fault.status}" if fault.status else "slow"
            self.thrown[f"{service} {what}{' after the work' if fault.after else ''}"] += 1
        return fault

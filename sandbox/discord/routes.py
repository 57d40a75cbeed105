"""Which path of `/api/v10` is answered by what, with token, limits and error bodies around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord import wire
from sandbox.discord.errors import ApiError
from sandbox.discord.interactions import Interactions
from sandbox.discord.ratelimit import Limiter
from sandbox.discord.rest import Rest

PREFIX = "/api/v10"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def table(rest: Rest) -> list[tuple[str, str, Handler]]:
    """Method, path and handler of every call that carries the bot's token."""
    role, ban = "/guilds/{guild}/roles/{role}", "/guilds/{guild}/bans/{user}"
    member, message = "/guilds/{guild}/members/{user}", "/channels/{channel}/messages/{message}"
    return [
        ("GET", "/users/@me", rest.me),
        ("GET", "/users/@me/guilds", rest.my_guilds),
        ("DELETE", "/users/@me/guilds/{guild}", rest.leave_guild),
        ("POST", "/users/@me/channels", rest.open_dm),
        ("GET", "/oauth2/applications/@me", rest.application),
        ("GET", "/applications/@me", rest.application),
        ("GET", "/gateway/bot", rest.gateway_bot),
        ("GET", "/applications/{app}/commands", rest.get_commands),
        ("PUT", "/applications/{app}/commands", rest.put_commands),
        ("GET", "/applications/{app}/guilds/{guild}/commands", rest.get_commands),
        ("PUT", "/applications/{app}/guilds/{guild}/commands", rest.put_commands),
        ("GET", "/guilds/{guild}", rest.get_guild),
        ("GET", "/guilds/{guild}/channels", rest.get_channels),
        ("GET", "/guilds/{guild}/onboarding", rest.get_onboarding),
        ("GET", "/guilds/{guild}/roles", rest.get_roles),
        ("POST", "/guilds/{guild}/roles", rest.post_role),
        ("GET", role, rest.get_role),
        ("PATCH", role, rest.patch_role),
        ("DELETE", role, rest.delete_role),
        ("GET", "/guilds/{guild}/members", rest.get_members),
        ("GET", member, rest.get_member),
        ("DELETE", member, rest.kick),
        ("PUT", member + "/roles/{role}", rest.change_member_role),
        ("DELETE", member + "/roles/{role}", rest.change_member_role),
        ("GET", ban, rest.get_ban),
        ("PUT", ban, rest.put_ban),
        ("DELETE", ban, rest.delete_ban),
        ("GET", "/channels/{channel}", rest.get_channel),
        ("GET", "/channels/{channel}/messages", rest.get_messages),
        ("POST", "/channels/{channel}/messages", rest.post_message),
        ("GET", message, rest.get_message),
        ("PATCH", message, rest.patch_message),
        ("DELETE", message, rest.delete_message),
    ]


class Guarded:
    """Puts token check, rate limit and error bodies around handlers."""

    def __init__(self, rest: Rest, limiter: Limiter) -> None:
        self.rest = rest
        self.limiter = limiter

    def wrap(self, handler: Handler, *, token: bool) -> Handler:
        """The handler as the server calls it."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            headers: dict[str, str] = {}
            try:
                if token:
                    self.rest.check_token(request)
                refusal, headers = self.limiter.take(request.method, request.path.removeprefix(PREFIX))
                answer = await handler(request) if refusal is None else refusal
            except ApiError as error:
                answer = error.response()
            self.limiter.count(answer.status)
            if not answer.prepared:
                answer.headers.update(headers)
                answer.headers.setdefault("Via", "1.1 google")
            return answer

        return guarded


async def not_found(request: web.Request) -> web.StreamResponse:
    """Any other path of the API."""
    return wire.reply({"message": "404: Not Found", "code": 0}, 404)


def routes(rest: Rest, interactions: Interactions, limiter: Limiter) -> list[web.RouteDef]:
    """Everything under `/api/v10`, and the gateway's WebSocket."""
    guard = Guarded(rest, limiter)
    made = [
        web.RouteDef(method, PREFIX + path, guard.wrap(handler, token=True), {})
        for method, path, handler in table(rest)
    ]
    made.append(web.get(PREFIX + "/gateway", guard.wrap(rest.gateway_url, token=False), allow_head=False))
    made += [
        web.RouteDef(item.method, item.path, guard.wrap(item.handler, token=False), item.kwargs)
        for item in interactions.routes()
    ]
    made.append(web.get("/gateway", rest.gateway.handle, allow_head=False))
    made.append(web.get("/gateway/", rest.gateway.handle, allow_head=False))
    made.append(web.route("*", "/api/{tail:.*}", not_found))
    return made

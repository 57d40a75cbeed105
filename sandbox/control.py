"""The controls: JSON over HTTP under `/sandbox`, by which any script plays a person, the time or a fault."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.discord.errors import ApiError
from sandbox.discord.state import Json
from sandbox.lengths import seconds
from sandbox.refused import Refused, by_its_own_name, from_elsewhere, only
from sandbox.services import Services
from sandbox.stripe import StripeSandbox
from sandbox.stripe.errors import StripeError

LONG_POLL_MAX_S = 60.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Routes under `/sandbox`. Every answer is JSON; what can't be done is told in one sentence with its remedy."""

    def __init__(self, sandbox: Services) -> None:
        self.sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        """All control routes."""
        people = self.sandbox.discord.people
        members, admins = self.sandbox.telegram.people, self.sandbox.telegram.admins
        get: list[tuple[str, Handler]] = [
            ("/sandbox/clock", self.get_clock),
            ("/sandbox/faults", self.get_faults),
            ("/sandbox/state", self.state),
            ("/sandbox/webhooks", self.get_webhooks),
            ("/sandbox/discord/guilds/{id}", self.guild),
            ("/sandbox/discord/gateway", self.get_gateway),
            ("/sandbox/telegram/chats/{id}", self.chat),
            ("/sandbox/telegram/users/{id}", self.user),
        ]
        post: list[tuple[str, Handler]] = [
            ("/sandbox/seed", self.seed),
            ("/sandbox/clock", self.post_clock),
            ("/sandbox/faults", self.post_faults),
            ("/sandbox/settle", self.settle),
            ("/sandbox/webhooks", self.webhooks),
            ("/sandbox/stripe/pay", self._stripe("pay", ("session", "invoice", "link"), "card", "email")),
            ("/sandbox/stripe/refund", self._stripe("refund", _WHICH, "amount", "status")),
            ("/sandbox/stripe/settings", self.settings),
            ("/sandbox/stripe/decline", self.decline),
            ("/sandbox/stripe/wipe", self.wipe),
            ("/sandbox/stripe/dispute", self._stripe("dispute", _WHICH, "status", "amount", "reason")),
            ("/sandbox/stripe/fraud_warning", self._stripe("fraud_warning", _WHICH, "fraud_type")),
            ("/sandbox/discord/command", self._json(people.command)),
            ("/sandbox/discord/autocomplete", self._json(people.autocomplete)),
            ("/sandbox/discord/click", self._json(people.click)),
            ("/sandbox/discord/modal", self._json(people.modal)),
            ("/sandbox/discord/message", self._json(self.sandbox.discord.chatting.message)),
            ("/sandbox/discord/member", self._json(people.member)),
            ("/sandbox/discord/server", self._json(people.server)),
            ("/sandbox/discord/bot", self._json(people.bot)),
            ("/sandbox/discord/role", self._json(people.role)),
            ("/sandbox/discord/gateway", self._json(self.sandbox.discord.gateway_control)),
            ("/sandbox/telegram/message", self._json(members.message)),
            ("/sandbox/telegram/start", self._json(members.start)),
            ("/sandbox/telegram/click", self._json(members.click)),
            ("/sandbox/telegram/join", self._json(members.join)),
            ("/sandbox/telegram/leave", self._json(members.leave)),
            ("/sandbox/telegram/block", self._json(admins.block)),
            ("/sandbox/telegram/member", self._json(admins.member)),
            ("/sandbox/telegram/request", self._json(admins.request)),
            ("/sandbox/telegram/link", self._json(admins.link)),
            ("/sandbox/telegram/bot", self._json(admins.bot)),
            ("/sandbox/telegram/chat", self._json(admins.chat)),
            ("/sandbox/telegram/updates", self._json(admins.lose)),
            ("/sandbox/telegram/migrate", self._json(admins.migrate)),
        ]
        return [
            *(web.get(path, self._guarded(handler), allow_head=False) for path, handler in get),
            *(web.post(path, self._guarded(handler)) for path, handler in post),
            web.delete("/sandbox/faults", self._guarded(self.delete_faults)),
            web.delete("/sandbox/faults/{id}", self._guarded(self.delete_faults)),
            web.route("*", "/sandbox/{tail:.*}", self._guarded(self.not_found)),
        ]

    # -- seed, state -------------------------------------------------------------------------------
    async def seed(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/seed`."""
        data = await _body(request)
        makers = {"discord": self.sandbox.discord.seed, "telegram": self.sandbox.telegram.seed}
        if not data or any(key not in makers for key in data):
            raise Refused(
                'Give what to make under "discord": {"guilds": [...], "users": [...]} or '
                '"telegram": {"chats": [...], "users": [...]}.'
            )
        return _answer({key: makers[key](described) for key, described in data.items()})

    async def state(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/state`."""
        box = self.sandbox
        return _answer(
            {
                "clock": self._clock(),
                "discord": box.discord.state(),
                "telegram": box.telegram.state(),
                "stripe": box.stripe.state(),
                "accounts": {name: one.state() for name, one in box.accounts.items() if one is not box.stripe},
                "faults": box.faults.told(),
            }
        )

    async def guild(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/discord/guilds/{id}`."""
        people = self.sandbox.discord.people
        return _answer(people.guild_view(people.guild(request.match_info["id"])))

    async def get_gateway(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/discord/gateway`."""
        return _answer(self.sandbox.discord.gateway_view())

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/telegram/chats/{id}`."""
        return _answer(self.sandbox.telegram.chat_view(request.match_info["id"]))

    async def user(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/telegram/users/{id}`."""
        return _answer(self.sandbox.telegram.user_view(request.match_info["id"]))

    # -- time ----------------------------------------------------------------------------------------
    def _clock(self) -> Json:
        return {"now": self.sandbox.clock.now(), "offset": self.sandbox.clock.offset}

    async def get_clock(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/clock`; with `offset` and `wait` it answers when the clock has been moved."""
        if "wait" in request.query:
            try:
                offset, wait = float(request.query.get("offset", "0")), float(request.query["wait"])
            except ValueError:
                raise Refused("offset and wait are numbers of seconds: give ?offset=0.0&wait=20.") from None
            await self.sandbox.clock.changed(offset, min(max(wait, 0.0), LONG_POLL_MAX_S))
        return _answer(self._clock())

    async def post_clock(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/clock {"advance": "1mo 2h"}`: all that was due has happened when it answers."""
        data = await _body(request)
        clock = self.sandbox.clock
        await clock.advance(seconds(data.get("advance"), clock.now()))
        await self._settled()
        return _answer(self._clock())

    async def _settled(self) -> None:
        for account in self.sandbox.accounts.values():
            await account.settled()

    def _account(self, data: Json) -> StripeSandbox:
        """The Stripe account that is meant; takes the name out of the data."""
        name = data.pop("account", "main")
        if name not in self.sandbox.accounts:
            raise Refused(f'There is no account "{name}": give one of {", ".join(self.sandbox.accounts)}, or none.')
        return self.sandbox.accounts[name]

    async def settle(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/settle`: answers when every delivery that can be made has been attempted."""
        await self._settled()
        await self.sandbox.telegram.webhook.settled()
        return _answer(self._clock())

    # -- faults ----------------------------------------------------------------------------------------
    async def get_faults(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/faults`."""
        return _answer({"faults": self.sandbox.faults.told()})

    async def post_faults(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/faults` adds one."""
        return _answer(self.sandbox.faults.add(await _body(request)).told())

    async def delete_faults(self, request: web.Request) -> web.StreamResponse:
        """`DELETE /sandbox/faults[/{id}]`."""
        return _answer({"cleared": self.sandbox.faults.clear(request.match_info.get("id"))})

    # -- Stripe ------------------------------------------------------------------------------------------
    def _stripe(self, verb: str, which: tuple[str, ...], *keys: str) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            data = only(await _body(request), "account", *which, *keys)
            account = self._account(data)
            for key, value in data.items():
                if key == "amount" and type(value) is not int:
                    raise Refused('"amount" is a whole number of minor units: give one, such as 500 for 5.00.')
                if key != "amount" and not isinstance(value, str):
                    raise Refused(f'"{key}" is a text: give it in quotes.')
            if sum(key in data for key in which) != 1:
                raise Refused(f"Say what it is about: give one of {', '.join(which)}.")
            if verb == "pay" and "card" not in data:
                raise Refused('Say with which card: give "card" a number such as "4242424242424242", or "visa".')
            return _answer(await getattr(account, verb)(**data))

        return handler

    async def settings(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/stripe/settings`: what the owner sets in the dashboard; `{}` only tells."""
        return _answer(
            self.sandbox.stripe.settings(**only(await _body(request), "dunning_end", "bounced_first", "restricted_key"))
        )

    async def decline(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/stripe/decline {"times": 1}`: so many of the next automatic payments are declined."""
        return _answer(self.sandbox.stripe.decline(**only(await _body(request), "times")))

    async def wipe(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/stripe/wipe {}`: the owner deletes all test data."""
        return _answer(self._account(only(await _body(request), "account")).wipe())

    async def get_webhooks(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/webhooks`: what is done to deliveries now."""
        return _answer(self.sandbox.stripe.webhook_control())

    async def webhooks(self, request: web.Request) -> web.StreamResponse:
        """`POST /sandbox/webhooks`: registers an endpoint (`url`, `secret`), or plays with deliveries."""
        data = await _body(request)
        account = self._account(data)
        if "url" in data:
            data = only(data, "url", "secret", "enabled_events", "livemode", "thin")
            secret = data.pop("secret", None)
            if not isinstance(data["url"], str):
                raise Refused('"url" is a text: give it in quotes.')
            secrets = [secret] if isinstance(secret, str) else secret
            if not isinstance(secrets, list) or not secrets:
                raise Refused('Say what it is signed with: give "secret", such as "whsec_...", or a list of them.')
            return _answer(account.webhook_endpoints.register(secrets=secrets, **data))
        data = only(data, "duplicate", "shuffle", "spread", "drop", "hold", "release")
        return _answer(account.webhook_control(**data))

    # -- odds --------------------------------------------------------------------------------------------
    @staticmethod
    def _json(play: Callable[[Json], Json] | Callable[[Json], Awaitable[Json]]) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            answer = play(await _body(request))
            return _answer(answer if isinstance(answer, dict) else await answer)

        return handler

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                by_its_own_name(request, self.sandbox.url)
                if request.method != "GET" and from_elsewhere(request):
                    raise Refused("Another site's page may not play here: use the sandbox's own, or a script.", 403)
                return await handler(request)
            except Refused as refused:
                return _answer({"error": refused.sentence, "replies": []}, refused.status)
            except (ApiError, StripeError, ValueError, LookupError, TypeError) as error:
                text = error.message if isinstance(error, ApiError) else str(error)
                return _answer({"error": text or type(error).__name__, "replies": []}, 400)

        return guarded

    async def not_found(self, request: web.Request) -> web.StreamResponse:
        """Any other path under `/sandbox`."""
        raise Refused(f"There is no {request.method} {request.path}: docs/sandbox.md lists the controls.", 404)


_WHICH = ("charge", "payment_intent", "invoice", "subscription")


async def _body(request: web.Request) -> Json:
    text = await request.text()
    try:
        data = json.loads(text) if text.strip() else {}
    except ValueError:
        raise Refused("The body is no JSON: send an object, such as {}.") from None
    if not isinstance(data, dict):
        raise Refused("The body is no object: send one, such as {}.")
    return data


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)

"""What goes wrong: refusals, lost answers, lost, doubled and late webhooks, platforms that are down, sudden death."""

import asyncio
from typing import Any

from sandbox.play import NotTaken
from tests.soak.people import GOOD, noted, pays_session
from tests.soak.steps import ACTS, Step, one_of, step
from tests.soak.world import NotNow, World

ROLE = "/guilds/*/members/*/roles/*"
NO_RIGHT = {"message": "Missing Permissions", "code": 50013}
NO_ACCESS = {"message": "Missing Access", "code": 50001}
TELEGRAM_FAULTS: tuple[dict[str, Any], ...] = (
    {"path": "approveChatJoinRequest", "status": 500, "after": True},
    {"path": "approveChatJoinRequest", "drop": True, "after": True},
    {"path": "approveChatJoinRequest", "drop": True},
    {"path": "banChatMember", "status": 429, "body": {"retry_after": 1}},
    {"path": "banChatMember", "drop": True, "after": True},
    {"path": "unbanChatMember", "status": 500},
    {"path": "unbanChatMember", "drop": True},
    {"path": "getChatMember", "status": 500},
    {"path": "getChatMember", "status": 429, "body": {"retry_after": 1}},
    {"path": "declineChatJoinRequest", "status": 500},
    {"path": "sendMessage", "status": 429, "body": {"retry_after": 1}},
    {"path": "sendMessage", "drop": True, "after": True},
    {"path": "getUpdates", "drop": True, "after": True},
    {"path": "getUpdates", "status": 500},
    {"path": "createChatInviteLink", "drop": True, "after": True},
)
STRIPE_FAULTS: tuple[dict[str, Any], ...] = (
    {"method": "GET", "path": "/v1/*", "status": 500},
    {"method": "GET", "path": "/v1/subscriptions*", "status": 503},
    {"method": "GET", "path": "/v1/*", "status": 429},
    {"method": "GET", "path": "/v1/*", "drop": True},
    {"method": "GET", "path": "/v1/*", "delay": 0.4},
    {"method": "GET", "path": "/v1/events*", "status": 500},
    {"method": "POST", "path": "/v1/*", "status": 500},
    {"method": "POST", "path": "/v1/*", "status": 500, "after": True},
    {"method": "POST", "path": "/v1/*", "status": 429},
    {"method": "POST", "path": "/v1/*", "drop": True, "after": True},
    {"method": "POST", "path": "/v1/checkout/sessions", "drop": True, "after": True},
    {"method": "POST", "path": "/v1/customers", "drop": True, "after": True},
    {"method": "POST", "path": "/v1/*", "delay": 0.4},
)
DISCORD_FAULTS: tuple[dict[str, Any], ...] = (
    {"method": "PUT", "path": ROLE, "status": 403, "body": NO_RIGHT},
    {"method": "DELETE", "path": ROLE, "status": 403, "body": NO_ACCESS},
    {"method": "PUT", "path": ROLE, "status": 500, "after": True},
    {"method": "DELETE", "path": ROLE, "status": 500, "after": True},
    {"method": "PUT", "path": ROLE, "drop": True, "after": True},
    {"method": "DELETE", "path": ROLE, "drop": True},
    {"method": "PUT", "path": ROLE, "status": 429, "body": {"retry_after": 0.3}},
    {"method": "DELETE", "path": ROLE, "status": 429, "body": {"retry_after": 0.3, "global": True}},
    {"method": "GET", "path": "/guilds/*/members/*", "status": 500},
    {
        "method": "GET",
        "path": "/guilds/*/members/*",
        "status": 403,
        "body": {"message": "Missing Access", "code": 50001},
    },
    {"method": "PUT", "path": ROLE, "delay": 0.4, "after": True},
    {"method": "POST", "path": "/channels/*/messages", "status": 500},
)
BREAKS: tuple[dict[str, Any], ...] = (
    {"action": "close", "code": 4000, "resumable": True},
    {"action": "reconnect"},
    {"action": "invalidate", "resumable": False},
)


# -- refusals and lost answers -----------------------------------------------------------------------------------------


async def fault(w: World, service: str, found: dict[str, Any], n: int) -> str:
    """A fault that meets one to three requests."""
    await w.play.post("faults", {"service": service, "times": 1 + n % 3, **found})
    how = found.get("status") or ("cut off" if found.get("drop") else "slow")
    return f"{found.get('method', '')} {found['path']}: {how}{' after the work' if found.get('after') else ''}"


@step(7)
async def stripe_fails(w: World, s: Step) -> str:
    return await fault(w, "stripe", one_of(STRIPE_FAULTS, s.n // 3), s.n)


@step(3)
async def discord_fails(w: World, s: Step) -> str:
    return await fault(w, "discord", one_of(DISCORD_FAULTS, s.n // 3), s.n)


@step(4)
async def discord_fails_as_somebody_comes(w: World, s: Step) -> str:
    """So that the fault meets a role that is to be given."""
    how = await fault(w, "discord", one_of(DISCORD_FAULTS, s.n // 3), s.n)
    return f"{how}; {await ACTS['buys'](w, s)}"


@step(4)
async def discord_fails_as_somebody_goes(w: World, s: Step) -> str:
    """So that the fault meets a role that is to be taken."""
    how = await fault(w, "discord", one_of(DISCORD_FAULTS, s.n // 3), s.n)
    ending = one_of(("ended_at_once", "refunded_in_full", "disputed"), s.n)
    return f"{how}; {ending} {await ACTS[ending](w, s)}"


@step(3)
async def stripe_is_slow_as_something_changes(w: World, s: Step) -> str:
    """An answer of Stripe's is on its way for a while, and what it says is not true any more when it comes."""
    mine = one_of([x for x in w.subscriptions_of(s.who) if x["status"] in ("active", "trialing", "past_due")], s.n)
    slow = {"service": "stripe", "method": "GET", "path": "/v1/*", "delay": 0.5, "after": True, "times": 4}
    await w.play.post("faults", slow)
    await w.owner("POST", f"subscriptions/{mine['id']}", {"metadata[note]": str(s.n)})
    await asyncio.sleep(0.05 + s.n % 30 * 0.01)
    changed = one_of(({"cancel_at": str(int(w.sandbox.clock.now()) + 40)}, {"pause_collection[behavior]": "void"}), s.n)
    if s.n % 3:
        await w.owner("POST", f"subscriptions/{mine['id']}", changed)
        return f"{mine['id'][:12]}: {changed}"
    await w.owner("DELETE", f"subscriptions/{mine['id']}")
    return f"{mine['id'][:12]}: ended"


@step(1)
async def stripe_goes_down(w: World, s: Step) -> str:
    """Until the next quiet period, or until it is back."""
    await w.play.post("faults", {"service": "stripe", "path": "/v1/*", "status": 503, "times": 0})
    return "503"


@step(1)
async def discord_goes_down(w: World, s: Step) -> str:
    """REST and gateway, until the next quiet period, or until it is back."""
    await w.play.post("faults", {"service": "discord", "path": "/api/*", "status": 503, "times": 0})
    await w.play.post("discord/gateway", {"action": "refuse"})
    w.discord_away = True
    return "503"


@step(3)
async def telegram_fails(w: World, s: Step) -> str:
    return await fault(w, "telegram", one_of(TELEGRAM_FAULTS, s.n // 3), s.n)


@step(4)
async def telegram_fails_as_somebody_comes(w: World, s: Step) -> str:
    """So that the fault meets somebody who is to be let in."""
    how = await fault(w, "telegram", one_of(TELEGRAM_FAULTS, s.n // 3), s.n)
    return f"{how}; {await ACTS['asks_to_join'](w, s)}"


@step(1)
async def telegram_goes_down(w: World, s: Step) -> str:
    """Until the next quiet period, or until it is back."""
    await w.play.post("faults", {"service": "telegram", "status": 502, "times": 0})
    w.telegram_away = True
    return "502"


@step(3)
async def all_is_well_again(w: World, s: Step) -> str:
    await w.clear_faults()
    return "faults cleared"


@step(2)
async def gateway_breaks_off(w: World, s: Step) -> str:
    how = one_of(BREAKS, s.n)
    try:
        await w.play.post("discord/gateway", how)
    except NotTaken as refused:
        raise NotNow(str(refused)) from None
    return str(how["action"])


# -- webhooks ----------------------------------------------------------------------------------------------------------


@step(3)
async def webhooks_come_doubled(w: World, s: Step) -> str:
    await w.play.post("webhooks", {"duplicate": 2 + s.n % 2})
    return f"{2 + s.n % 2} times each"


@step(3)
async def webhooks_come_in_any_order(w: World, s: Step) -> str:
    await w.play.post("webhooks", {"hold": True})
    await w.play.post("webhooks", {"shuffle": s.n})
    return "held back, to come in any order"


@step(3)
async def webhooks_get_lost(w: World, s: Step) -> str:
    """The next few, for good."""
    await w.play.post("webhooks", {"drop": 1 + s.n % 9})
    return f"the next {1 + s.n % 9}"


@step(2)
async def all_webhooks_get_lost(w: World, s: Step) -> str:
    await w.play.post("webhooks", {"drop": True})
    return "all, until the next quiet period"


@step(3)
async def held_webhooks_go(w: World, s: Step) -> str:
    await w.play.post("webhooks", {"release": one_of((True, 1, 2, 5), s.n)})
    return "released"


@step(3)
async def old_events_come_again(w: World, s: Step) -> str:
    """Webhooks of long ago, from Stripe's dashboard or a replay: nothing follows from them."""
    events = w.stripe("event")
    if w.pid is None or not events:
        raise NotNow("nobody listens")
    chosen = [events[(s.n * (k + 7)) % len(events)] for k in range(1 + s.n % 4)]
    return ", ".join([f"{event['type']}: {await w.resend(event)}" for event in chosen])


# -- death -------------------------------------------------------------------------------------------------------------


@step(4)
async def killed_and_started(w: World, s: Step) -> str:
    await w.kill()
    await w.start()
    return "started again at once"


@step(2)
async def killed(w: World, s: Step) -> str:
    """Down until something starts it, or the next quiet period."""
    if w.pid is None:
        raise NotNow("it is dead already")
    await w.kill()
    return "down"


@step(2)
async def started(w: World, s: Step) -> str:
    if w.pid is not None:
        raise NotNow("it runs")
    await w.start()
    return "up"


@step(3)
async def killed_while_asked(w: World, s: Step) -> str:
    """Somebody asks for a link, and the service dies at some moment of it; they ask again, and pay."""
    await w.can_talk(s.account)
    asking = asyncio.create_task(w.says(s.account, "subscribe", plan=s.plan))
    await asyncio.sleep(s.n % 40 * 0.003)
    await w.kill()
    await w.start()
    answered = asking.done() and asking.exception() is None
    asking.cancel()  # nobody waits for a dead service
    await asyncio.gather(asking, return_exceptions=True)
    if answered:
        noted(w, s.account, asking.result())
    session = noted(w, s.account, await w.says(s.account, "subscribe", plan=s.plan))
    paid = await pays_session(w, session, GOOD)
    return f"{'answered' if answered else 'not answered'}, then {paid}"


@step(3)
async def killed_while_it_settles(w: World, s: Step) -> str:
    """Somebody pays, and the service dies at some moment of hearing of it."""
    session = noted(w, s.account, await w.says(s.account, "subscribe", plan=s.plan))
    paid = await pays_session(w, session, GOOD)
    await asyncio.sleep(s.n % 50 * 0.004)
    await w.kill()
    await w.start()
    return paid

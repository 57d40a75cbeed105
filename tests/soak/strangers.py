"""A stranger with a server of her own, and a moderator who wants more: whatever they try, they are turned away."""

from typing import Any

from sandbox.play import NotTaken, Received
from tests.soak.cast import GUILD, MOD, PEOPLE, ROLES
from tests.soak.steps import Step, one_of, step
from tests.soak.world import NoAnswer, World

ZOE, DEN, COUP = "700000000000000901", "700000000000000902", "700000000000000903"
THE_DEN: dict[str, Any] = {
    "users": [{"id": ZOE, "name": "zoe"}],
    "guilds": [{"id": DEN, "name": "Zoe's den", "owner": ZOE, "roles": [{"id": COUP, "name": "Coup"}]}],
}
TURNED_AWAY = ("doesn't serve this", "community's team")
NOT_NOW = ("a moment longer", "restarting right now", "Reference for the admins", "a lot at once")
"""Parts of what is answered while something is broken: nothing was done then either."""


@step(2)
async def stranger_tries(w: World, s: Step) -> str:
    """She adds the bot (again), and uses the owner's Stripe account."""
    plan = f"Coup {s.n}"
    tries: tuple[tuple[str, dict[str, object]], ...] = (
        ("plan create", {"name": plan, "price": "5", "currency": "usd", "period": "every_months", "role": COUP}),
        ("invoice create", {"member": ZOE, "amount": "4999", "what": "Coup", "currency": "usd"}),
        ("settings", {"contact_me": True}),
        ("plans", {}),
        ("member", {"member": ZOE}),
        ("team", {}),
    )
    name, options = one_of(tries, s.n)
    await w.can_talk(MOD)
    try:
        heard = await w.play.command(DEN, ZOE, name, **options)
    except NotTaken:  # the bot has left
        await w.play.post("seed", {"discord": THE_DEN})
        return "the bot is added to the den (again)"
    return _turned_away(heard, f"zoe in her den: /{name}")


@step(2)
async def moderator_tries(w: World, s: Step) -> str:
    """He may manage the server and hand out roles, and belongs to no team."""
    tries: tuple[tuple[str, dict[str, object]], ...] = (
        ("plan edit", {"plan": s.plan, "price": "0.50"}),
        ("member", {"member": MOD, "give": s.plan}),
        ("plan create", {"name": "Mine", "price": "1", "period": "forever", "role": ROLES["Gold"]}),
        ("invoice create", {"member": PEOPLE[s.who], "amount": "99", "what": "Mine", "currency": "usd"}),
        ("settings", {"contact_me": True}),
        ("breaker", {}),
        ("audit", {}),
        ("team", {"member": MOD, "rank": "owner"}),
        ("connect", {}),
    )
    name, options = one_of(tries, s.n)
    await w.can_talk(MOD)
    try:
        heard = await w.play.command(GUILD, MOD, name, **options)
    except NotTaken as refused:
        raise NoAnswer(str(refused)) from None
    return _turned_away(heard, f"the moderator: /{name}")


def _turned_away(heard: Received, what: str) -> str:
    if not heard.text or any(part in heard.text for part in NOT_NOW):
        raise NoAnswer(f"{what} was not answered")
    assert any(part in heard.text for part in TURNED_AWAY), f"{what} was answered {heard.text!r}"
    return f"{what}: turned away"

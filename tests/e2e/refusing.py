"""What the tests of refusals have in common: time is hurried, and what is held up can be looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.platforms.discord import adapter as discord_adapter
from bot.platforms.discord import pauses
from payments.core import refusals
from payments.core.access import EffectState
from payments.core.refusals import RULES, Cause
from payments.flows.access import alarms
from payments.ports.stores import Effect
from sandbox.play import eventually
from tests.e2e.world import GUILD, World


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if minutes were moments: one of those who are held up may be tried at each look, and pauses are short."""
    monkeypatch.setattr(alarms, "probe_ms", lambda stood_ms: 0)
    monkeypatch.setattr(refusals, "PAUSE_MS_MIN", 100)
    monkeypatch.setattr(refusals, "PAUSE_MS_MAX", 500)
    monkeypatch.setattr(discord_adapter, "REFUSED_RETRY_MS", 300)
    monkeypatch.setattr(discord_adapter, "AWAY_RETRY_MS", 300)
    for name, ms in (("FIRST_MS", 200), ("LONGEST_MS", 400), ("COME_BACK_MS", 200), ("SPACED_MS", 20)):
        monkeypatch.setattr(pauses, name, ms)


def hours_passed(monkeypatch: pytest.MonkeyPatch, cause: Cause) -> None:
    """As if a cause stood for more than an hour as soon as it stands."""
    monkeypatch.setitem(RULES, cause, replace(RULES[cause], alarm_ms=0))


async def effects(w: World) -> list[Effect]:
    """All there are."""
    assert w.service.app is not None
    async with w.service.app.store.transaction() as tx:
        return list(await tx.accesses.effects(community_id=None, states=set(EffectState), limit=1_000))


async def refused(w: World, cause: Cause, count: int = 1) -> None:
    """So many are held up by this cause, within a bounded time."""

    async def there() -> bool:
        return sum(effect.cause == cause for effect in await effects(w)) == count

    assert await eventually(there), await effects(w)
    await looks(w)


async def looks(w: World) -> None:
    """A look at all causes, as one comes every few seconds."""
    assert w.service.app is not None
    await alarms.look(w.service.app)


async def by_itself(w: World, right: Callable[[], Awaitable[bool]]) -> None:
    """It comes right within a bounded time, by no more than looks."""

    async def look() -> bool:
        await looks(w)
        return await right()

    assert await eventually(look), await effects(w)


async def all_right(w: World) -> None:
    """Nothing is held up any more, and no attempt was used up by what was."""

    async def look() -> bool:
        return not any(effect.cause for effect in await effects(w))

    await by_itself(w, look)
    assert {effect.attempts for effect in await effects(w)} <= {0}
    await looks(w)


async def alarms_told(w: World, user: str) -> list[str]:
    """What the contact was told of what is held up, or was."""
    await w.quiet()
    texts = [message.text for message in await w.play.direct_messages(GUILD, user)]
    return [text for text in texts if "⚠️" in text or "holds nothing up any more" in text]

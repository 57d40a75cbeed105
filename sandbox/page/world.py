"""Everything the page shows, as one JSON, for one person."""

from __future__ import annotations

from typing import Any

from sandbox.page.backstage import Backstage
from sandbox.page.discord_side import discord_side
from sandbox.page.people import people_of, person_of
from sandbox.page.telegram_side import telegram_side
from sandbox.services import Services

Json = dict[str, Any]


def world_of(sandbox: Services, backstage: Backstage | None, who: str | None) -> Json:
    """The `world` event for somebody. Raises Refused for somebody who is not there."""
    person = person_of(sandbox, who)
    return {
        "clock": {"now": sandbox.clock.now(), "offset": sandbox.clock.offset},
        "people": [one.told() for one in people_of(sandbox)],
        "who": None if person is None else person.key,
        "discord": discord_side(sandbox, None if person is None else person.discord),
        "telegram": telegram_side(sandbox, None if person is None else person.telegram),
        "faults": sandbox.faults.told(),
        "webhooks": sandbox.stripe.webhook_control(),
        "stripe": {"declining": sandbox.stripe.payments.declining, "busy": sandbox.stripe.deliveries.busy},
        "service": service_of(backstage),
    }


def service_of(backstage: Backstage | None) -> Json:
    """How the service behind it stands; `can`: whether it can be killed and started from here."""
    if backstage is None:
        return {"can": False, "alive": False, "ready": False, "url": None, "pid": None}
    return {
        "can": True,
        "alive": backstage.alive,
        "ready": backstage.ready,
        "url": backstage.url,
        "pid": backstage.pid,
    }

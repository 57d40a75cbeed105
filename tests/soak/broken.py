"""Ways to break the product, so that one sees that the machine finds them: `python -m tests.soak --broken NAME`.

Each is done to the service in its own process, before it runs. A run of a broken service must end in `Wrong`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from telegram.ext import ExtBot

from bot.platforms.discord import adapter
from bot.platforms.telegram import chat_events
from payments.core import entitlements as entitle
from payments.core.access import desired_access
from payments.core.covering import money, verdict, want
from payments.flows.access import desired as wanting
from payments.flows.access import presence
from payments.flows.checkout import offer as offering
from payments.flows.checkout import sessions as links
from payments.flows.checkout import subscribe as checkout
from payments.flows.jobs import redrive as creating
from payments.flows.people import merge as merging
from payments.flows.runtime import outbox as requesting
from payments.flows.settlement import reconcile as sweep
from payments.flows.settlement import settle
from payments.ports.chat import Done, Holding
from storage.tables.customers import SqlCustomers


def _set(owner: object, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner} has no {name} any more: break it another way"
    setattr(owner, name, value)


async def _nothing(*_: object, **__: object) -> Any:
    return 0


def refunds_ignored() -> None:
    """A full refund of the current period ends nothing."""
    _set(money._GivenBack, "counts", lambda *_: False)
    _set(money, "_all_lines", lambda *_: False)


def disputes_ignored() -> None:
    """An open dispute suspends nothing."""
    _set(money, "_over", lambda *_: 0)


def past_due_forgotten() -> None:
    """Payment is wanting since now at each settlement, so that a grace never ends."""
    kept = want._failed_at
    _set(want, "_failed_at", lambda known, bill, now: None if kept(known, bill, now) is None else now)


def grace_for_all() -> None:
    """Whoever never paid gets a grace too."""
    _set(verdict, "had_paid", lambda *_: True)


def pauses_ignored() -> None:
    """Who pays nothing while collection is paused stays in."""
    kept = entitle.access_window
    _set(entitle, "access_window", lambda known, *rest: kept(replace(known, pause=None), *rest))


def no_provenance() -> None:
    """Nobody is asked whether a role was there before."""

    async def holds(*_: object) -> Holding:
        return Holding(False)

    _set(adapter.DiscordPlatform, "holds", holds)


def refused_is_done() -> None:
    """A change that Discord refused counts as made."""
    _set(adapter, "_refusal", lambda _error: Done())


def sweep_asleep() -> None:
    """The event list is read and nothing of it stored."""
    _set(sweep, "_store", _nothing)


def joins_unheard() -> None:
    """Who comes back is not given anything, and nobody compares."""
    _set(presence, "member_joined", _nothing)
    _set(presence, "compare_place", _nothing)


def mark_is_a_flag() -> None:
    """A settlement also clears the marks that came while it asked."""
    kept = SqlCustomers.settled

    async def settled(self: SqlCustomers, customer_id: Any, lease: Any, seq: int, recheck_at: int | None) -> None:
        await kept(self, customer_id, lease, seq, recheck_at)
        await self._tx.execute("UPDATE customer SET settled_seq = mark_seq, parts = 0 WHERE id = ?", customer_id)

    _set(SqlCustomers, "settled", settled)


def one_entitlement_at_a_time() -> None:
    """Only the newest thing somebody bought counts."""

    def desired(entitlements: Any, links: Any, now: int) -> Any:
        newest = {e.beneficiary_id: e for e in sorted(entitlements, key=lambda e: e.began_at)}
        return desired_access(newest.values(), links, now)

    _set(wanting, "desired_access", desired)


def timers_stopped() -> None:
    """Nothing is looked at again when its time has come."""
    _set(settle, "_recheck_at", lambda *_: None)


def bought_again() -> None:
    """Nobody looks whether a person has the plan, or a link, already."""

    async def nothing(*_: object) -> tuple[bool, None]:
        return False, None

    _set(offering, "_runs", lambda *_: False)
    _set(checkout, "ask_provider", nothing)


def made_again() -> None:
    """After an unclear answer it is asked for again under a new key, without looking."""
    kept = requesting._make

    async def make(app: Any, creation: Any, request: Any, deadline: Any) -> Any:
        return await kept(app, creation, replace(request, key_version=app.machine.now()), deadline)

    async def found(*_: object) -> None:
        return None

    _set(requesting, "_make", make)
    _set(links, "find_session", found)
    _set(creating, "REDRIVEN", ())


def unlinked_in_word_only() -> None:
    """`/unlink` says that it parts two accounts, and leaves them one person."""
    _set(merging, "unmerge", _nothing)


def undone_in_word_only() -> None:
    """An account that was replaced is told that it has back what it pays for, and has not."""

    async def undo(*_: object) -> tuple[()]:
        return ()

    _set(merging, "undo", undo)


def undone_whenever() -> None:
    """An account can undo its being replaced for ever."""
    _set(merging, "UNDO_MS", 10**13)


def nobody_declined() -> None:
    """Who is not on the list is never answered."""
    _set(chat_events.ChatEvents, "asks_in", _nothing)


def put_out_for_good() -> None:
    """A kick is a ban that stays."""
    _set(ExtBot, "unban_chat_member", _nothing)


BROKEN: Mapping[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        refunds_ignored,
        disputes_ignored,
        past_due_forgotten,
        grace_for_all,
        pauses_ignored,
        no_provenance,
        refused_is_done,
        sweep_asleep,
        joins_unheard,
        mark_is_a_flag,
        one_entitlement_at_a_time,
        timers_stopped,
        bought_again,
        made_again,
        unlinked_in_word_only,
        undone_in_word_only,
        undone_whenever,
        nobody_declined,
        put_out_for_good,
    )
}

"""An oracle of its own for who may do what (invariant 18): what each command needs, and what each thing needs.

What an act changed is read from the database beside the service, and what it did to the payers' things at Stripe.
"""

import random
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.commands.catalog import ACTIONS
from payments.core.community import Identity, Place, Platform
from payments.core.rights import Rank, TeamEntry, TeamKind
from payments.flows.communities import claim
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext
from payments.ports.stores import AccountMove, JoiningState, JoinRequest, LinkWish, WishState
from tests.crash.ledger import Reader
from tests.e2e.world import World
from tests.fuzz.commands import TEXTS
from tests.fuzz.webhooks import Outcome

SUPPORT = frozenset({"member", "end_comp", "retry"})
MANAGER = frozenset(
    {"plan create", "plan edit", "plan list", "plan archive", "invoice create", "settings", "breaker", "audit"}
    | {"plan price_add", "plan price_end", "plan prices", "price_end"}
    | {"archive", "role_keep", "role_lose", "breaker_go", "breaker_forget", "part", "part_yes"}
    | {"adopt", "adopt_leave"}
)
OWNER = frozenset({"connect", "connect_yes", "take_out", "team", "team_set", "team_remove"})
"""What the oracle knows to need a rank, commands and buttons alike. Everything else is for everyone."""

NOBODY = 1 + max(Rank)
OWNED: Mapping[str, tuple[int, str]] = {
    "plans": (Rank.MANAGER, "SELECT * FROM plan ORDER BY id"),
    "prices": (Rank.MANAGER, "SELECT id, plan_id, amount, currency, state FROM price ORDER BY id"),
    "what plans open": (Rank.MANAGER, "SELECT * FROM plan_target ORDER BY plan_id, target_id"),
    "communities": (Rank.MANAGER, "SELECT * FROM community ORDER BY id"),
    "contacts": (Rank.OWNER, "SELECT id, contact_id FROM community ORDER BY id"),
    "places": (Rank.OWNER, "SELECT * FROM place ORDER BY external_id"),
    "whose roles from before are": (Rank.MANAGER, "SELECT id, adopted FROM target ORDER BY id"),
    "where the log is written": (Rank.MANAGER, "SELECT community_id, room_id FROM log_channel ORDER BY 1"),
    "the team": (
        Rank.OWNER,
        "SELECT community_id, platform, kind, subject_id, rank FROM team ORDER BY 1, 2, 3, 4",
    ),
    "comps": (Rank.SUPPORT, "SELECT id, access_until FROM entitlement WHERE source = 'comp' ORDER BY id"),
    "bills": (Rank.MANAGER, "SELECT id FROM request WHERE kind = 'bill' ORDER BY id"),
    "codes to connect": (Rank.OWNER, "SELECT id, state FROM joining ORDER BY id"),
    "codes to claim": (NOBODY, "SELECT code_hash, state, holder_id FROM claim ORDER BY code_hash"),
    "who was replaced": (NOBODY, "SELECT id, state FROM account_move ORDER BY id"),
    "whose links wait": (NOBODY, "SELECT id, state FROM link_wish ORDER BY id"),
    "whose accounts are payers'": (
        NOBODY,
        "SELECT platform, user_id, person_id FROM identity WHERE person_id IN "
        "(SELECT beneficiary_id FROM entitlement WHERE source <> 'comp') ORDER BY 1, 2",
    ),
}
"""What can be changed, and the rank that it takes; `NOBODY`: nobody in a crowd, where everyone acts alone."""

TEAM = (
    "SELECT p.external_id, t.subject_id, t.rank FROM team t "
    "JOIN place p ON p.community_id = t.community_id AND p.platform = t.platform WHERE t.kind = 'account'"
)

IDS = " UNION ".join(
    f"SELECT id FROM {table}"
    for table in (
        *("plan", "person", "target", "request", "community", "price", "subscription"),
        *("joining", "account_move", "link_wish"),
    )
)
"""What buttons carry. Everybody in a crowd knows them all."""

CARRIED: Mapping[str, tuple[str, ...]] = {
    "move_undo": ("mov_",),
    "move_again": ("mov_",),
    **dict.fromkeys(("join_yes", "join_no"), ("joi_",)),
    **dict.fromkeys(("link_ok", "link_not"), ("wsh_",)),
    **dict.fromkeys(("manage", "cancel", "cancel_yes", "cancel_no", "resume"), ("sub_",)),
    **dict.fromkeys(("part", "part_yes", "retry", "end_comp"), ("prs_",)),
    **dict.fromkeys(("adopt", "adopt_leave"), ("tgt_",)),
    **dict.fromkeys(("archive", "join", "role_keep", "role_lose"), ("pln_", "prc_")),
}
"""What the buttons of some actions carry, by how it begins."""

BUTTONS = (*ACTIONS, *(action for action in ACTIONS if action.name in CARRIED))
"""The buttons that carry whose a thing is are pressed twice as often."""

REFUSED = (
    "community's team",
    "managers and owners",
    "Only an owner",
    "doesn't serve this",
    "private",
    "server or chat",
    "which community",
)
"""Parts of the sentences by which somebody is turned away."""

KEPT = ("subscription", "checkout.session", "billing_portal.session")
"""What only who pays makes and ends."""

ANYWHERE = frozenset({"claim", "claim_code"})
"""What is answered in a place that nobody claimed."""


def needs(name: str) -> Rank:
    """The rank that a command or button needs, as the oracle knows it."""
    for names, rank in ((OWNER, Rank.OWNER), (MANAGER, Rank.MANAGER), (SUPPORT, Rank.SUPPORT)):
        if name in names:
            return rank
    return Rank.NONE


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody types or presses something somewhere. `heard`: whether anybody is answered about such a thing there."""

    user: str
    where: str
    what: str
    rank: Rank
    needs: Rank
    heard: bool = True

    @property
    def allowed(self) -> bool:
        """What the oracle says."""
        return self.heard and self.rank >= self.needs

    def __str__(self) -> str:
        return f"{self.user} in {self.where} {self.what[:300]}"


class Watch:
    """Looks at everything after each act. `team`: the rank that a place's team gives an account, as it is now; only
    owners change it, which is looked at too."""

    def __init__(self, w: World, reader: Reader, payers: Sequence["Payer"]) -> None:
        self._w = w
        self._reader = reader
        self._payers = payers
        self.team: Mapping[tuple[str, str], Rank] = {}

    async def begin(self) -> None:
        """This is how everything was."""
        self._owned = await owned(self._reader)
        self._kept = [payer.kept(self._w) for payer in self._payers]
        self.team = {(row[0], row[1]): Rank[row[2].upper()] for row in await self._reader.rows(TEAM)}

    async def weigh(self, outcome: Outcome, act: Act, told: str | None) -> None:
        """An act was done, and answered with this; None where nobody could have done it."""
        before, kept = self._owned, self._kept
        await self.begin()
        outcome.answers["could not be done" if told is None else "allowed" if act.allowed else "refused"] += 1
        if changed := overstepped(act.rank, before, self._owned):
            outcome.wrong.append(f"{act}: changed {', '.join(changed)} without the rank for it")
        for payer, was, now in zip(self._payers, kept, self._kept, strict=True):
            if was != now and act.user != payer.user:
                outcome.wrong.append(f"{act}: changed what {payer.user} pays")
        if told and not act.allowed and not any(part in told for part in REFUSED):
            outcome.wrong.append(f"{act}: was not turned away but answered {told!r}")


def pressed(chance: random.Random, name: str, ids: Sequence[str]) -> str:
    """A button's action: mostly with what such a button carries, whoever it was shown to; else with anything."""
    fitting = [id_ for id_ in ids if id_.startswith(CARRIED.get(name, ()))]
    if fitting and chance.random() < 0.7:
        return f"{name}:{chance.choice(fitting)}"
    return ":".join([name, *(chance.choice((*ids, *TEXTS[:4])) for _ in range(chance.randint(0, 2)))])


def read_in(told: str, words: Collection[str]) -> list[str]:
    """Which of these can be read in a text, as words of their own."""
    return [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", told, re.IGNORECASE)]


async def owned(reader: Reader) -> Mapping[str, Sequence[Sequence[object]]]:
    """What there is of everything that can be changed."""
    return {name: [tuple(row) for row in await reader.rows(sql)] for name, (_, sql) in OWNED.items()}


def overstepped(rank: int, before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What was changed and takes a higher rank than this."""
    return [name for name, (needed, _) in OWNED.items() if rank < needed and before[name] != after[name]]


async def restless(w: World) -> list[str]:
    """Why the service does not come to rest, if it does not."""
    try:
        await w.quiet()
    except AssertionError as restless:
        return [str(restless)]
    return []


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody who pays, and what of theirs at Stripe is theirs alone."""

    user: str
    customer: str

    def kept(self, w: World) -> Mapping[str, object]:
        """By its id, with whether it is about to end."""
        objects = w.sandbox.stripe.objects.by_kind
        return {
            one["id"]: (one.get("cancel_at"), one.get("cancel_at_period_end"))
            for kind in KEPT
            for one in objects.get(kind, {}).values()
            if one["customer"] == self.customer
        }


def payer(w: World, user: str) -> Payer:
    """Who bought something a moment ago."""
    return Payer(user, list(w.sandbox.stripe.objects.by_kind["subscription"].values())[-1]["customer"])


async def enrolled(app: AppContext, place: Place, team: Sequence[tuple[str, Rank]]) -> None:
    """Take accounts into the team of a place, whether they are there or not."""
    async with app.store.transaction() as tx:
        community = await tx.communities.at(place)
        assert community is not None
        for user, rank in team:
            where = place.external_id
            await tx.team.put(TeamEntry(community.id, place.platform, TeamKind.ACCOUNT, user, where, user, rank, 0))


async def planted(app: AppContext, host: Place) -> None:
    """What waits for the word of people who never act: a place that would join, a link, a move that can be undone."""
    now = app.business.now()
    waits = app.machine.now() + 3_600_000
    other = Platform.TELEGRAM if host.platform is Platform.DISCORD else Platform.DISCORD
    left, came, kept = (Identity(host.platform, "91"), Identity(host.platform, "92"), Identity(other, "93"))
    people = [await communities.introduced(app, who, "Nobody", "en") for who in (left, came, kept)]
    join = JoinRequest("joi_x", Place(other, "-94"), "Elsewhere", kept, host, left, JoiningState.OPEN, waits)
    async with app.store.transaction() as tx:
        await tx.codes.add_joining(join)
        await tx.moves.add_wish(LinkWish("wsh_x", "no hash", left, kept, "new", None, WishState.OPEN, waits))
        await tx.moves.add(AccountMove("mov_x", left, people[0], kept, came, False, now, now + 10**9))
    await claim.new_code(app.store, app.machine.now())

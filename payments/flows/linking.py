"""`/link` and `/unlink`: a Discord and a Telegram account are one person, proven by a code read on one and typed on the
other. A user id typed by hand is never a proof (docs/adr/0002)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import DAY_MS
from payments.core.ids import PersonId
from payments.core.model import Entitlement, Identity, Source
from payments.flows import codes, merging
from payments.flows.codes import BadCode, TooMany
from payments.flows.engine import Engine
from payments.flows.merging import Twice, open_plans, other_platform
from payments.flows.noting import tell
from payments.ports.stores import Code, CodeKind, LinkedAccount, StoredPerson, Transaction

COOLDOWN_MS = 7 * DAY_MS
"""Who parted from an account, and that account, link nothing for a week: a membership is not passed around."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code of this account. `url`: opens a talk with the bot on the other platform that redeems it; None: type it."""

    code: str
    minutes: int
    url: str | None


class NotLinkable(StrEnum):
    """Why a good code does not link these two accounts."""

    OWN = "own"  # typed by the account that made it
    SAME_PLATFORM = "same_platform"  # a code proves the account of the *other* platform
    ALREADY = "already"  # they are one person
    BOTH_FULL = "both_full"  # each has an account on both platforms: which two should go?


@dataclass(frozen=True, slots=True)
class Cooling:
    """One of the two parted from an account a short time ago: again from then on (business time)."""

    until_at: int


Refused = BadCode | TooMany | NotLinkable | Cooling


class LinkKind(StrEnum):
    """What linking comes to."""

    PLAIN = "plain"
    MERGE = "merge"  # both have memberships
    MOVE = "move"  # an account has to go


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, said before it does. ``theirs`` and ``mine`` are plans that are open for each now; ``twice``
    those that both pay for."""

    maker: LinkedAccount
    own: LinkedAccount
    leaving: LinkedAccount | None
    theirs: tuple[str, ...]
    mine: tuple[str, ...]
    twice: tuple[str, ...]

    @property
    def kind(self) -> LinkKind:
        """Whether it is more than a plain first link."""
        if self.leaving is not None:
            return LinkKind.MOVE
        return LinkKind.MERGE if self.theirs and self.mine else LinkKind.PLAIN


@dataclass(frozen=True, slots=True)
class Linked:
    """They are one person now."""

    maker: LinkedAccount
    leaving: LinkedAccount | None
    twice: tuple[Twice, ...]


@dataclass(frozen=True, slots=True)
class Parting:
    """What unlinking comes to: with which account which plans stay. ``until_at``: when either may link again."""

    own: LinkedAccount
    other: LinkedAccount
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    until_at: int


class NotLinked(StrEnum):
    """There is nothing to unlink."""

    NOT_LINKED = "not_linked"


# -- linking ---------------------------------------------------------------------------------------------------------


async def new_code(engine: Engine, maker: Identity) -> NewCode:
    """A code for the other platform, which takes the place of an older one."""
    async with engine.store.transaction() as tx:
        code = await codes.new(engine, tx, CodeKind.LINK, maker)
    there = engine.platforms.get(other_platform(maker.platform))
    url = there.start_link(f"link_{codes.plain(code)}") if there is not None else None
    return NewCode(code, codes.CODE_MS // 60_000, url)


async def preview(engine: Engine, who: Identity, typed: str) -> Refused | Preview:
    """What this code would do for who typed it. Nothing is changed, and the code stays good."""
    async with engine.store.transaction() as tx:
        found = await _read(engine, tx, who, typed)
        return await _weigh(engine, tx, who, found) if isinstance(found, Code) else found


async def link(engine: Engine, who: Identity, typed: str, seen: LinkKind) -> Refused | Preview | Linked:
    """Link, now that the person has seen what happens (`seen`). A `Preview`: it has become something else meanwhile."""
    async with engine.store.transaction() as tx:
        found = await _read(engine, tx, who, typed)
        weighed = await _weigh(engine, tx, who, found) if isinstance(found, Code) else found
        if not isinstance(weighed, Preview) or not isinstance(found, Code):
            return weighed
        persons = await merging.concerned(tx, [weighed.own.person_id, weighed.maker.person_id])
        await tx.people.lock(persons)
        weighed = await _weigh(engine, tx, who, found)  # only now does nobody else change them
        if not isinstance(weighed, Preview) or weighed.kind is not seen:
            return weighed
        if not await tx.codes.use(found.hash, engine.machine.now()):
            return BadCode.USED
        merged = await merging.merge(engine, tx, weighed.maker, weighed.own, weighed.leaving)
        await _tell(engine, tx, found, weighed, merged.person_id, merged.left)
    for queue in ("effects", "customers", "notices", "requests"):
        engine.wake(queue)
    return Linked(weighed.maker, weighed.leaving, merged.twice)


async def _read(engine: Engine, tx: Transaction, who: Identity, typed: str) -> Code | BadCode | TooMany | NotLinkable:
    """The code that was typed. Of one that linked these very accounts it is said so: a press may come twice."""
    found = await codes.read(engine, tx, CodeKind.LINK, typed, who)
    if found is BadCode.USED:
        used = await tx.codes.get(codes.hash_of(CodeKind.LINK, typed))
        own = await tx.people.of(who)
        if used is not None and used.maker != who and own is not None and await tx.people.of(used.maker) == own:
            return NotLinkable.ALREADY
    return found


async def _weigh(engine: Engine, tx: Transaction, who: Identity, code: Code) -> NotLinkable | Cooling | Preview:
    maker, own = await tx.persons.account(code.maker), await tx.persons.account(who)
    assert maker is not None, "who asks is a person"
    assert own is not None, "who asks is a person"
    if code.maker == who:
        return NotLinkable.OWN
    if own.person_id == maker.person_id:
        return NotLinkable.ALREADY
    if maker.identity.platform is who.platform:
        return NotLinkable.SAME_PLATFORM
    others = [*await tx.persons.accounts(own.person_id), *await tx.persons.accounts(maker.person_id)]
    leaving = [account for account in others if account.identity not in (who, code.maker)]
    if len(leaving) > 1:
        return NotLinkable.BOTH_FULL
    persons = [await tx.persons.get(own.person_id), await tx.persons.get(maker.person_id)]
    until_at = _cooling(engine, own, maker, *persons)
    if until_at is not None:
        return Cooling(until_at)
    mine, theirs = await tx.entitlements.of([own.person_id]), await tx.entitlements.of([maker.person_id])
    return Preview(
        maker=maker,
        own=own,
        leaving=leaving[0] if leaving else None,
        theirs=await open_plans(engine, tx, theirs),
        mine=await open_plans(engine, tx, mine),
        twice=await _paid_by_both(engine, tx, mine, theirs),
    )


def _cooling(engine: Engine, *parted: LinkedAccount | StoredPerson | None) -> int | None:
    """Until when one of them must wait; None: nobody has to."""
    moments = [each.parted_at + COOLDOWN_MS for each in parted if each is not None and each.parted_at is not None]
    last = max(moments, default=0)
    return last if last > engine.business.now() else None


async def _paid_by_both(
    engine: Engine, tx: Transaction, mine: Sequence[Entitlement], theirs: Sequence[Entitlement]
) -> tuple[str, ...]:
    now = engine.business.now()
    paid = [
        {e.plan_id for e in each if e.source is Source.SUBSCRIPTION and e.payer_id == e.beneficiary_id and e.opens(now)}
        for each in (mine, theirs)
    ]
    plans = [await tx.plans.get(plan_id) for plan_id in sorted(paid[0] & paid[1])]
    return tuple(plan.name for plan in plans if plan is not None)


async def _tell(
    engine: Engine, tx: Transaction, code: Code, done: Preview, person_id: PersonId, left: PersonId | None
) -> None:
    """Both accounts hear of it, each where it is: who was tricked into it learns it, and how to undo it."""
    now = engine.business.now()
    for account, other in ((done.maker, done.own), (done.own, done.maker)):
        params = {
            "only": account.identity.platform.value,
            "platform": other.identity.platform.value,
            "account": other.name,
        }
        key = f"linked:{code.hash}:{account.identity.platform}"
        await tell(tx, now, person_id, "linked", key, params)
    if left is not None and done.leaving is not None:
        params = {"platform": done.leaving.identity.platform.value}
        await tell(tx, now, left, "account_left", f"account_left:{code.hash}", params)


# -- unlinking -------------------------------------------------------------------------------------------------------


async def parting(engine: Engine, who: Identity) -> Parting | NotLinked:
    """What unlinking would come to. Nothing is changed."""
    async with engine.store.transaction() as tx:
        return await _parting(engine, tx, who)


async def unlink(engine: Engine, who: Identity) -> Parting | NotLinked:
    """The person's two accounts are two persons from now on; each keeps what was paid with it."""
    async with engine.store.transaction() as tx:
        person_id = await tx.people.of(who)
        if person_id is None:
            return NotLinked.NOT_LINKED
        await tx.people.lock(await merging.concerned(tx, [person_id]))
        done = await _parting(engine, tx, who)
        if isinstance(done, NotLinked) or done.own.person_id != person_id:
            return NotLinked.NOT_LINKED
        await merging.part(engine, tx, person_id)
        other = await tx.people.of(done.other.identity)
        assert other is not None, "the other account is somebody's"
        params = {"platform": who.platform.value, "account": done.own.name}
        now = engine.business.now()
        await tell(tx, now, other, "unlinked", f"unlinked:{other}:{now}", params)
    for queue in ("effects", "customers", "notices"):
        engine.wake(queue)
    return done


async def _parting(engine: Engine, tx: Transaction, who: Identity) -> Parting | NotLinked:
    own = await tx.persons.account(who)
    if own is None or len(await tx.persons.accounts(own.person_id)) < 2:
        return NotLinked.NOT_LINKED
    stays, goes, homes = await merging.sides(tx, own.person_id)
    entitlements = await tx.entitlements.of([own.person_id])
    gone = await tx.persons.would_go(own.person_id, [home.id for home in homes])
    kept = await open_plans(engine, tx, [e for e in entitlements if e.id not in gone])
    lost = await open_plans(engine, tx, [e for e in entitlements if e.id in gone])
    until_at = engine.business.now() + COOLDOWN_MS
    if stays.identity == who:
        return Parting(stays, goes, kept, lost, until_at)
    return Parting(goes, stays, lost, kept, until_at)

"""`/link` and `/unlink`: a Discord and a Telegram account are one person, proven by a code read on one and typed on the
other, and by a yes on both sides: whoever typed it sees whose it is, and who made it sees who typed it. A user id typed
by hand is never a proof (docs/adr/0002)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import Entitlement, Source
from payments.core.calendar import DAY_MS
from payments.core.community import Identity, Platform
from payments.flows.messages import enqueue_notice
from payments.flows.people import codes, merge
from payments.flows.people.codes import BadCode, TooMany
from payments.flows.people.merge import Merged, Twice, open_plans
from payments.flows.runtime.context import AppContext, new_id
from payments.ports.stores import (
    Code,
    CodeKind,
    LinkedAccount,
    LinkWish,
    QueueName,
    StoredPerson,
    Transaction,
    WishState,
)

COOLDOWN_MS = 7 * DAY_MS
"""Who parted from an account, and that account, link nothing for a week: a membership is not passed around."""

WISH_MS = 60 * 60_000
"""How long the maker of a code may take to answer who typed it (machine time)."""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code of this account. `links`: the other platforms that are connected, each with the address of a talk with the
    bot there that redeems it; None: type it."""

    code: str
    minutes: int
    links: Mapping[Platform, str | None]


class NotLinkable(StrEnum):
    """Why a good code does not link these two accounts."""

    OWN = "own"  # typed by the account that made it
    SAME_PLATFORM = "same_platform"  # a code proves the account of the *other* platform
    ALREADY = "already"  # they are one person
    BOTH_FULL = "both_full"  # each has an account on both platforms: which two should go?


@dataclass(frozen=True, slots=True)
class Cooldown:
    """One of the two parted from an account a short time ago: again from then on (business time)."""

    until_at: int


Refused = BadCode | TooMany | NotLinkable | Cooldown


class LinkKind(StrEnum):
    """What linking comes to."""

    PLAIN = "plain"
    MERGE = "merge"  # both have memberships
    MOVE = "move"  # an account has to go
    BACK = "back"  # one that had to go is back, and the one that replaced it goes


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen, said before it does. ``theirs`` and ``mine`` are plans that are open for each now; ``twice``
    those that both pay for; ``back``: an account that was replaced is to be linked again."""

    maker: LinkedAccount
    own: LinkedAccount
    leaving: LinkedAccount | None
    theirs: tuple[str, ...]
    mine: tuple[str, ...]
    twice: tuple[str, ...]
    back: bool = False

    @property
    def kind(self) -> LinkKind:
        """Whether it is more than a plain first link."""
        if self.leaving is not None:
            return LinkKind.BACK if self.back else LinkKind.MOVE
        return LinkKind.MERGE if self.theirs and self.mine else LinkKind.PLAIN


@dataclass(frozen=True, slots=True)
class Asked:
    """The maker of the code has been asked, and nothing is changed yet."""

    maker: LinkedAccount


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody typed this account's code and said yes: what the maker is asked. The preview's ``own`` is the maker."""

    wish_id: str
    preview: Preview


class Unanswerable(StrEnum):
    """Why a question of this kind can't be answered."""

    GONE = "gone"  # unknown, answered already, or its time is over
    CHANGED = "changed"  # it would come to something else than both were shown
    NOT_YOURS = "not_yours"  # somebody else was asked


@dataclass(frozen=True, slots=True)
class Linked:
    """They are one person now. ``other``: the account that this one is linked with."""

    other: LinkedAccount
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


async def new_code(app: AppContext, maker: Identity) -> NewCode | Cooldown:
    """A code for the other platforms, which takes the place of an older one. None while it could link nothing."""
    async with app.store.transaction() as tx:
        own = await tx.person_merges.account(maker)
        until_at = None if own is None else _cooling(app, own, await tx.person_merges.get(own.person_id))
        if until_at is not None:
            return Cooldown(until_at)
        code = await codes.new(app, tx, CodeKind.LINK, maker)
    payload = f"link_{codes.plain(code)}"
    found = {other: app.platforms[other] for other in maker.platform.others if other in app.platforms}
    return NewCode(code, codes.CODE_MS // 60_000, {other: there.start_link(payload) for other, there in found.items()})


async def preview(app: AppContext, who: Identity, typed: str) -> Refused | Preview:
    """What this code would do for who typed it. Nothing is changed, and the code stays good."""
    async with app.store.transaction() as tx:
        found = await _read(app, tx, who, typed)
        return await _weigh(app, tx, who, found.maker) if isinstance(found, Code) else found


async def ask(app: AppContext, who: Identity, typed: str, seen: LinkKind) -> Refused | Preview | Asked:
    """Ask the maker of the code, now that who typed it has seen what would happen (`seen`) and said yes.

    A `Preview`: it has become something else meanwhile. The code is used up: a second one to type it comes too late.
    """
    async with app.store.transaction() as tx:
        found = await _read(app, tx, who, typed)
        if found is BadCode.USED:  # a press may come twice
            wish = await tx.moves.wish_of_code(codes.hash_of(CodeKind.LINK, typed))
            maker = None if wish is None else await tx.person_merges.account(wish.maker)
            mine = wish is not None and wish.requester == who and wish.state is WishState.OPEN
            return Asked(maker) if mine and maker is not None else found
        weighed = await _weigh(app, tx, who, found.maker) if isinstance(found, Code) else found
        if not isinstance(weighed, Preview) or not isinstance(found, Code) or weighed.kind is not seen:
            return weighed
        if not await tx.codes.use(found.hash, app.machine.now()):
            return BadCode.USED
        await _put_question(app, tx, found.hash, weighed)
    app.wake(QueueName.NOTICES)
    return Asked(weighed.maker)


async def ask_back(app: AppContext, who: Identity, move_id: str) -> Unanswerable | Asked:
    """An account that was replaced, and undid it, asks the account it was linked to whether they are linked again.

    Once a move, until its time is over, and while that one is still linked to the account that came: no code is needed,
    and neither of the two waits a week.
    """
    async with app.store.transaction() as tx:
        move = await tx.moves.get(move_id)
        if move is None or move.left != who or not move.undone or move.until_at <= app.business.now():
            return Unanswerable.GONE
        persons = [await tx.identities.of(account) for account in (who, move.kept)]
        await tx.identities.lock([person_id for person_id in persons if person_id is not None])
        weighed = await _weigh(app, tx, who, move.kept, back=True)
        if not isinstance(weighed, Preview) or weighed.leaving is None or weighed.leaving.identity != move.came:
            return Unanswerable.GONE
        asked = await tx.moves.wish_of_code(move.id)
        if asked is None:
            await _put_question(app, tx, move.id, weighed)
        elif asked.state is not WishState.OPEN or asked.expires_at <= app.machine.now():
            return Unanswerable.GONE
    app.wake(QueueName.NOTICES)
    return Asked(weighed.maker)


async def _put_question(app: AppContext, tx: Transaction, code_hash: str, weighed: Preview) -> None:
    """The maker is asked. `code_hash`: the code that was typed, or the move that was undone."""
    wish = LinkWish(
        id=new_id("lnw"),
        code_hash=code_hash,
        maker=weighed.maker.identity,
        requester=weighed.own.identity,
        kind=weighed.kind,
        leaving=None if weighed.leaving is None else weighed.leaving.identity,
        state=WishState.OPEN,
        expires_at=app.machine.now() + WISH_MS,
    )
    await tx.moves.add_wish(wish)
    await _tell_maker(app, tx, wish, weighed)


async def questions(app: AppContext, maker: Identity) -> tuple[Question, ...]:
    """Who waits for this account's yes, for one who missed the message."""
    async with app.store.transaction() as tx:
        found = []
        for wish in await tx.moves.wishes(maker, app.machine.now()):
            weighed = await _weigh(app, tx, maker, wish.requester, back=wish.kind == LinkKind.BACK)
            if isinstance(weighed, Preview):
                found.append(Question(wish.id, weighed))
    return tuple(found)


async def confirm(app: AppContext, maker: Identity, wish_id: str) -> Refused | Unanswerable | Linked:
    """The maker of the code says yes: the two accounts are linked, if that comes to what both were shown."""
    async with app.store.transaction() as tx:
        wish = await _open_wish(app, tx, maker, wish_id)
        if not isinstance(wish, LinkWish):
            return wish
        back = wish.kind == LinkKind.BACK
        weighed = await _weigh(app, tx, maker, wish.requester, back=back)
        if isinstance(weighed, Preview):
            await merge.lock(tx, (maker, wish.requester))
            weighed = await _weigh(app, tx, maker, wish.requester, back=back)  # only now does nobody else change them
        if not isinstance(weighed, Preview):
            return weighed
        leaving = None if weighed.leaving is None else weighed.leaving.identity
        same = weighed.kind == wish.kind and leaving == wish.leaving
        if not await tx.moves.end_wish(wish.id, WishState.DONE if same else WishState.REFUSED):
            return Unanswerable.GONE
        if not same:
            return Unanswerable.CHANGED
        if back:
            merged = await merge.put_back(app, tx, wish.requester, weighed.own)
        else:
            merged = await merge.merge(app, tx, weighed.own, weighed.maker, weighed.leaving)
        await _tell(app, tx, wish, weighed, merged)
    _wake(app)
    return Linked(weighed.maker, weighed.leaving, merged.twice)


async def decline(app: AppContext, maker: Identity, wish_id: str) -> Unanswerable | None:
    """The maker of the code says no: who typed it is told, and nothing is changed."""
    async with app.store.transaction() as tx:
        wish = await _open_wish(app, tx, maker, wish_id)
        if not isinstance(wish, LinkWish):
            return wish
        if not await tx.moves.end_wish(wish.id, WishState.REFUSED):
            return Unanswerable.GONE
        requester = await tx.identities.of(wish.requester)
        assert requester is not None, "who asked is a person"
        params = {"only": wish.requester.platform.value}
        await enqueue_notice(tx, app.business.now(), requester, "link_declined", f"link_declined:{wish.id}", params)
    app.wake(QueueName.NOTICES)
    return None


async def _open_wish(app: AppContext, tx: Transaction, maker: Identity, wish_id: str) -> LinkWish | Unanswerable:
    wish = await tx.moves.wish(wish_id)
    if wish is None:
        return Unanswerable.GONE
    if wish.maker != maker:
        return Unanswerable.NOT_YOURS
    if wish.state is not WishState.OPEN or wish.expires_at <= app.machine.now():
        return Unanswerable.GONE
    return wish


def _wake(app: AppContext) -> None:
    for queue in (QueueName.EFFECTS, QueueName.CUSTOMERS, QueueName.NOTICES, QueueName.REQUESTS):
        app.wake(queue)


async def _read(app: AppContext, tx: Transaction, who: Identity, typed: str) -> Code | BadCode | TooMany | NotLinkable:
    """The code that was typed. Of one that linked these very accounts it is said so: a press may come twice."""
    found = await codes.read(app, tx, CodeKind.LINK, typed, who)
    if found is BadCode.USED:
        used = await tx.codes.get(codes.hash_of(CodeKind.LINK, typed))
        own = await tx.identities.of(who)
        if used is not None and used.maker != who and own is not None and await tx.identities.of(used.maker) == own:
            return NotLinkable.ALREADY
    return found


async def _weigh(
    app: AppContext, tx: Transaction, who: Identity, other: Identity, *, back: bool = False
) -> NotLinkable | Cooldown | Preview:
    """What linking comes to, as `who` sees it: `other` is the preview's ``maker``. `back`: they were linked before one
    of them was replaced, and need not wait."""
    maker, own = await tx.person_merges.account(other), await tx.person_merges.account(who)
    assert maker is not None, "who asks is a person"
    assert own is not None, "who asks is a person"
    if other == who:
        return NotLinkable.OWN
    if own.person_id == maker.person_id:
        return NotLinkable.ALREADY
    if maker.identity.platform is who.platform:
        return NotLinkable.SAME_PLATFORM
    others = [*await tx.person_merges.accounts(own.person_id), *await tx.person_merges.accounts(maker.person_id)]
    leaving = [account for account in others if account.identity not in (who, other)]
    if len(leaving) > 1:
        return NotLinkable.BOTH_FULL
    persons = [await tx.person_merges.get(own.person_id), await tx.person_merges.get(maker.person_id)]
    until_at = _cooling(app, own, maker, *persons)
    if until_at is not None and not back:
        return Cooldown(until_at)
    mine, theirs = await tx.entitlements.of([own.person_id]), await tx.entitlements.of([maker.person_id])
    return Preview(
        maker=maker,
        own=own,
        leaving=leaving[0] if leaving else None,
        theirs=await open_plans(app, tx, theirs),
        mine=await open_plans(app, tx, mine),
        twice=await _paid_by_both(app, tx, mine, theirs),
        back=back,
    )


def _cooling(app: AppContext, *parted: LinkedAccount | StoredPerson | None) -> int | None:
    """Until when one of them must wait; None: nobody has to."""
    moments = [each.parted_at + COOLDOWN_MS for each in parted if each is not None and each.parted_at is not None]
    last = max(moments, default=0)
    return last if last > app.business.now() else None


async def _paid_by_both(
    app: AppContext, tx: Transaction, mine: Sequence[Entitlement], theirs: Sequence[Entitlement]
) -> tuple[str, ...]:
    now = app.business.now()
    paid = [
        {e.plan_id for e in each if e.source is Source.SUBSCRIPTION and e.payer_id == e.beneficiary_id and e.opens(now)}
        for each in (mine, theirs)
    ]
    plans = [await tx.plans.get(plan_id) for plan_id in sorted(paid[0] & paid[1])]
    return tuple(plan.name for plan in plans if plan is not None)


async def _tell_maker(app: AppContext, tx: Transaction, wish: LinkWish, asked: Preview) -> None:
    """The maker reads who typed the code, and what a yes comes to."""
    params = {
        "only": wish.maker.platform.value,
        "id": wish.id,
        "account": asked.own.name,
        "platform": asked.own.identity.platform.value,
        "leaving": None if asked.leaving is None else asked.leaving.identity.platform.value,
        "mine": bool(asked.leaving is not None and asked.leaving.person_id == asked.maker.person_id),
        "twice": list(asked.twice),
        "back": asked.back,
    }
    await enqueue_notice(tx, app.business.now(), asked.maker.person_id, "link_asked", f"link_asked:{wish.id}", params)


async def _tell(app: AppContext, tx: Transaction, wish: LinkWish, done: Preview, merged: Merged) -> None:
    """Both accounts hear of it, each where it is: who was tricked into it learns it, and how to undo it."""
    now = app.business.now()
    for account, other in ((done.maker, done.own), (done.own, done.maker)):
        params: dict[str, object] = {
            "only": account.identity.platform.value,
            "platform": other.identity.platform.value,
            "account": other.name,
        }
        key = f"linked:{wish.id}:{account.identity.platform}"
        await enqueue_notice(tx, now, merged.person_id, "linked", key, params)
    if done.back and done.leaving is not None:
        alone = await tx.identities.of(done.leaving.identity)
        assert alone is not None, "no account is ever forgotten"
        params = {"platform": done.leaving.identity.platform.value}
        await enqueue_notice(tx, now, alone, "move_undone_for", f"move_undone_for:{wish.id}", params)
    move = merged.move
    if move is not None:
        kept = await open_plans(app, tx, await tx.moves.handed_over([move.id]))
        params = {"platform": move.left.platform.value, "move": move.id, "until": move.until_at, "paid": list(kept)}
        await enqueue_notice(tx, now, move.person_id, "account_left", f"account_left:{wish.id}", params)


# -- unlinking -------------------------------------------------------------------------------------------------------


async def preview_unlink(app: AppContext, who: Identity) -> Parting | NotLinked:
    """What unlinking would come to. Nothing is changed."""
    async with app.store.transaction() as tx:
        return await _parting(app, tx, who)


async def unlink(app: AppContext, who: Identity) -> Parting | NotLinked:
    """The person's two accounts are two persons from now on; each keeps what was paid with it."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        if person_id is None:
            return NotLinked.NOT_LINKED
        await merge.lock(tx, (who,))
        done = await _parting(app, tx, who)
        if isinstance(done, NotLinked) or done.own.person_id != person_id:
            return NotLinked.NOT_LINKED
        await merge.unmerge(app, tx, person_id)
        other = await tx.identities.of(done.other.identity)
        assert other is not None, "the other account is somebody's"
        params = {"platform": who.platform.value, "account": done.own.name}
        now = app.business.now()
        await enqueue_notice(tx, now, other, "unlinked", f"unlinked:{other}:{now}", params)
    for queue in (QueueName.EFFECTS, QueueName.CUSTOMERS, QueueName.NOTICES):
        app.wake(queue)
    return done


async def _parting(app: AppContext, tx: Transaction, who: Identity) -> Parting | NotLinked:
    own = await tx.person_merges.account(who)
    if own is None or len(await tx.person_merges.accounts(own.person_id)) < 2:
        return NotLinked.NOT_LINKED
    stays, goes, origins = await merge.origin_accounts(tx, own.person_id)
    entitlements = await tx.entitlements.of([own.person_id])
    gone = await tx.person_merges.would_go(own.person_id, [origin.id for origin in origins])
    kept = await open_plans(app, tx, [e for e in entitlements if e.id not in gone])
    lost = await open_plans(app, tx, [e for e in entitlements if e.id in gone])
    until_at = app.business.now() + COOLDOWN_MS
    if stays.identity == who:
        return Parting(stays, goes, kept, lost, until_at)
    return Parting(goes, stays, lost, kept, until_at)

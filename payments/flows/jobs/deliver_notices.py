"""What is to be told is told once: to a person on every platform where they can be reached, or in a place."""

import json
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from typing import assert_never

from payments.core.calendar import DAY_MS
from payments.core.community import Place, Platform
from payments.core.ids import CommunityId, PersonId
from payments.core.pace import Pace
from payments.core.refusals import RULES, Cause
from payments.flows.communities import contact
from payments.flows.jobs import unread
from payments.flows.messages import CONTACT_OF, FOR_ADMINS, PLACE_OF, call_for_admin, is_over, only_on
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.flows.runtime.retry import backoff_ms
from payments.ports.chat import Blocked, Busy, Done, Failed, NotThere, Outcome
from payments.ports.stores import Lease, LeaseLost, Notice, QueueName, Refused, Retry, Transaction

log = logging.getLogger(__name__)

TURN_MS_MAX = 5 * 60_000
"""So long a notice waits for the person's turn on all of their platforms; then the one that takes it is enough."""

AGE_MS_MAX = 3 * 24 * 3_600_000
"""News older than that helps nobody; while a platform is away, notices wait so long."""


REFUSED_AGE_MS_MAX = 30 * DAY_MS
"""What a platform takes from us for nobody is not old news to those who hear it late."""

MESSAGES = (Cause.MESSAGES_FAST, Cause.MESSAGES_STOPPED)

POST_AGE_MS_MAX = DAY_MS
"""A post that is older is not made: those of several days would come at once."""


class Told(StrEnum):
    """What came of one notice; counted in the metrics."""

    DONE = "done"
    PUT_BACK = "put_back"  # it is not the person's turn yet: nothing was sent
    CLOSED = "closed"  # the person takes no messages from us, or can't be reached: dead, with the reason
    BUSY = "busy"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"


async def claim(tx: Transaction, lease: Lease, machine_now: int, limit: int, pace: Pace) -> list[Notice]:
    """What is to be told now: all that somebody waits for; then, if there is room and it may go, one of the others."""
    found = list(await tx.notices.claim(lease, machine_now, limit, paced=False))
    if len(found) < limit and pace.may(machine_now):
        one = await tx.notices.claim(lease, machine_now, 1, paced=True)
        if one:
            pace.went(machine_now)
        found += one
    return found


async def deliver_notice(app: AppContext, notice: Notice, lease: Lease) -> Told:
    """Tell a person or a place. One platform that took the message is enough; none left to try is the end of it.

    Raises `StoreUnavailable`. A death between the platform's answer and our commit tells twice: better than never.
    """
    try:
        if notice.place is not None:
            return await _finish(app, notice, lease, await _post(app, notice, notice.place))
        assert notice.person_id is not None
        if is_over(notice, app.business.now()):
            return await _finish(app, notice, lease, [Blocked("over", "what it tells of has come meanwhile")])
        return await _tell(app, notice, notice.person_id, lease)
    except LeaseLost:
        return Told.LOST


async def _post(app: AppContext, notice: Notice, place: Place) -> list[Outcome]:
    """Say it in the place; where the bot may not write there, in another one of the same community."""
    if app.business.now() - notice.created_at > POST_AGE_MS_MAX:
        return [Blocked("too_old", "what is posted late, or again, is no news")]
    async with app.store.transaction() as tx:
        community = await tx.communities.get(CommunityId(json.loads(notice.params)[PLACE_OF]))
        places = [] if community is None else await tx.communities.places(community.id)
        served = await served_in(app, tx, places)
    outcomes: list[Outcome] = []
    for one in sorted(served, key=lambda other: (other != place, other.platform, other.external_id)):
        platform = app.platforms.get(one.platform)
        if platform is None or community is None:
            continue
        outcomes = [*outcomes, await platform.post(one, app.render(notice, community.locale, one.platform))]
        if not isinstance(outcomes[-1], Blocked | NotThere):
            return outcomes[-1:]
    return outcomes or [Blocked("not_served", "the bot serves no place of the community")]


async def _tell(app: AppContext, notice: Notice, person_id: PersonId, lease: Lease) -> Told:
    async with app.store.transaction() as tx:
        identities = await tx.identities.identities(person_id)
        locale = await tx.identities.locale(person_id)
        only, elsewhere = await only_on(tx, notice), list[Platform]()
    params = json.loads(notice.params)
    community_id = params.get(CONTACT_OF)
    if community_id is not None and await contact.is_owner(app, community_id, person_id) is False:
        return await _pass_on(app, notice, person_id, lease, community_id)
    if only is not None:  # for one of the person's accounts: the other gets its own
        elsewhere = [identity.platform for identity in identities if identity.platform != only]
        identities = [identity for identity in identities if identity.platform == only]
    there = [
        (one.user_id, app.platforms[one.platform], app.render(notice, locale, one.platform))
        for one in identities
        if one.platform in app.platforms
    ]
    with ExitStack() as turns:
        wait_ms = max([turns.enter_context(platform.turn(user_id)) for user_id, platform, _ in there], default=0)
        if wait_ms and app.business.now() - notice.created_at < TURN_MS_MAX:
            return await _put_back(app, notice, lease, wait_ms)
        outcomes = [await platform.tell(user_id, message) for user_id, platform, message in there]
    refused = [
        _refused(app, notice, platform.platform, outcome.cause)
        for (_, platform, _), outcome in zip(there, outcomes, strict=True)
        if isinstance(outcome, Busy) and outcome.cause in MESSAGES
    ]
    return await _finish(app, notice, lease, outcomes, refused=refused[0] if refused else None, elsewhere=elsewhere)


def _refused(app: AppContext, notice: Notice, platform: Platform, cause: Cause) -> Refused:
    since_at = notice.refused_at if notice.cause == cause else None
    return Refused(cause, app.machine.now() if since_at is None else since_at, platform)


async def _pass_on(
    app: AppContext, notice: Notice, person_id: PersonId, lease: Lease, community_id: CommunityId
) -> Told:
    """What is for a community's owners is not for somebody who is none any more: another one is told."""
    heir = await contact.successor(app, community_id, person_id)
    async with app.store.transaction() as tx:
        if heir is not None:
            await tx.notices.add(replace(notice, key=f"{notice.key}:{heir}", person_id=heir, attempts=0))
        else:
            await _asked_in_vain(app, tx, notice)
        retry = Retry("no owner of the community any more", app.machine.now(), dead=True)
        await tx.notices.failed(notice.key, lease, retry)
    app.wake(QueueName.NOTICES)
    return Told.CLOSED


async def _asked_in_vain(app: AppContext, tx: Transaction, notice: Notice) -> None:
    """What asks an admin to act and reaches none in private is not lost: the place hears that one is needed."""
    community_id = json.loads(notice.params).get(CONTACT_OF)
    if community_id is None or notice.kind not in FOR_ADMINS:
        return
    community = await tx.communities.get(CommunityId(community_id))
    if community is not None:
        await call_for_admin(tx, app.business.now(), community)


async def _put_back(app: AppContext, notice: Notice, lease: Lease, wait_ms: int) -> Told:
    """Nothing was sent, and nothing failed: others are told meanwhile."""
    retry = Retry("the person is written to as fast as may be", app.machine.now() + wait_ms)
    async with app.store.transaction() as tx:
        await tx.notices.failed(notice.key, lease, retry, counts=False)
    return Told.PUT_BACK


async def _finish(
    app: AppContext,
    notice: Notice,
    lease: Lease,
    outcomes: list[Outcome],
    *,
    refused: Refused | None = None,
    elsewhere: Sequence[Platform] = (),
) -> Told:
    told, retry = _weigh(app, notice, outcomes, refused)
    if retry is not None and retry.dead:
        level = logging.WARNING if notice.kind in FOR_ADMINS else logging.INFO
        log.log(level, "notice %s to %s is not told: %s", notice.kind, notice.place or notice.person_id, retry.error)
    async with app.store.transaction() as tx:
        if retry is None:
            await tx.notices.done(notice.key, lease)
        else:
            kept = (retry.dead or refused is not None) and unread.is_kept(notice)
            await tx.notices.failed(notice.key, lease, retry, counts=refused is None, unread=kept)
            if told is Told.CLOSED:
                await unread.hint(app, tx, notice, elsewhere)
            if retry.dead or _stands(app, refused):
                await _asked_in_vain(app, tx, notice)
    if retry is not None and (retry.dead or _stands(app, refused)):
        app.wake(QueueName.NOTICES)
    return told


def _stands(app: AppContext, refused: Refused | None) -> bool:
    """Whether it was refused for so long that an admin is to hear of it."""
    return refused is not None and app.machine.now() - refused.since_at >= RULES[refused.cause].alarm_ms


def _weigh(
    app: AppContext, notice: Notice, outcomes: list[Outcome], refused: Refused | None
) -> tuple[Told, Retry | None]:
    """Done anywhere is done; else what asks to come back; else the end, with the reasons."""
    now = app.machine.now()
    wait_ms: int | None = None
    failed, reasons = False, []
    for outcome in outcomes:
        match outcome:
            case Done():
                return Told.DONE, None
            case Busy(retry_after_ms=ms, detail=detail):
                wait_ms = ms if wait_ms is None else min(wait_ms, ms)
                reasons.append(detail)
            case Failed(detail=detail):
                failed = True
                reasons.append(detail)
            case Blocked(code=code, detail=detail):
                reasons.append(f"{code}: {detail}")
            case NotThere():
                reasons.append("not there")
            case _:
                assert_never(outcome)
    why = "; ".join(reasons) or "no account on a connected platform"
    attempts = notice.attempts + 1
    too_old = app.business.now() - notice.created_at > (AGE_MS_MAX if refused is None else REFUSED_AGE_MS_MAX)
    if wait_ms is not None and not too_old:
        pause_ms = wait_ms if refused is not None else max(wait_ms, backoff_ms(attempts, None))
        return Told.BUSY, Retry(why, now + pause_ms, refused=refused)
    if failed and not too_old:
        return Told.FAILED, Retry(why, now + backoff_ms(attempts, None))
    return (Told.DEAD if failed or wait_ms is not None else Told.CLOSED), Retry(why, now, dead=True)

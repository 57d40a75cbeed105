"""Says what waits for communities' log channels, many lines in one message, and makes the digest of each day.

Called every few seconds, by the one process that is connected to the platforms: what came about in between is one
message. Which lines a message has is stored before it is sent, so that after a death the same message is sent again,
which Discord takes for the same. What is refused waits, with growing pauses, for a day; then it is dropped.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import replace

from payments.core.calendar import DAY_MS
from payments.core.community import Community
from payments.core.ids import TargetId
from payments.core.log_facts import LogKind, digest_due
from payments.core.refusals import Cause, pause_ms
from payments.flows.access import alarms
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.names import name_in
from payments.flows.runtime.places import served_in
from payments.flows.runtime.sales import opens
from payments.ports.chat import Blocked, Busy, Done, Failed, Message, NotThere, Outcome
from payments.ports.stores import LogChannel, LogLine, LogSum, Notice, Transaction

log = logging.getLogger(__name__)

KEPT_MS = DAY_MS
"""What could not be said for so long is no news."""

CLOSED = frozenset({"cannot_post", "no_access", "hierarchy"})
"""What platforms say of a channel that is there, and in which the bot may not write."""

SETTLED_MS = 60_000
"""What came about before a digest was due may be committed after: it is summed up once that is over."""

WAITING_MAX = 500
"""So many lines are said at once, about 25 messages."""

LINES_MAX = 100
CHANNELS_AT_ONCE = 5
ALARMS_MAX = 5
"""Of the causes that stand, and of plans that aren't sold, so many are named in a digest."""

HAPPENED = (LogKind.JOINED, LogKind.RETURNED, LogKind.LEFT, LogKind.FAILED, LogKind.RECOVERED, LogKind.DISPUTED)


async def say_log(app: AppContext) -> None:
    """Make the digests that are due, and say what waits. Raises `StoreUnavailable`."""
    await make_digests(app)
    async with app.store.transaction() as tx:
        speaking = await tx.logs.speaking(app.machine.now())
    free = asyncio.Semaphore(CHANNELS_AT_ONCE)

    async def one(channel: LogChannel) -> None:
        async with free:
            await _say(app, channel)

    await asyncio.gather(*(one(channel) for channel in speaking))


async def _say(app: AppContext, channel: LogChannel) -> None:
    """The next message of one channel."""
    async with app.store.transaction() as tx:
        dropped = await tx.logs.drop(channel.community_id, app.business.now() - KEPT_MS)
        if dropped:
            log.warning("%d lines for the log channel %s could not be said for a day", dropped, channel.name)
        await _cut(app, tx, channel)
        made = await _message(app, tx, channel)
    if made is None:
        return
    channel, message = made
    outcome = await _post(app, channel, message)
    async with app.store.transaction() as tx:
        await _note(app, tx, channel, outcome)
    if channel.cause is not None or isinstance(outcome, Blocked | NotThere):
        await alarms.look(app)


async def _cut(app: AppContext, tx: Transaction, channel: LogChannel) -> None:
    """Nobody reads hundreds of messages that come at once when a channel works again: the newest are said.

    One line before them counts all others, however often the channel refused since.
    """
    first = await tx.logs.waiting(channel.community_id, 1)
    left_out = await tx.logs.cut(channel.community_id, WAITING_MAX)
    if not left_out:
        return
    if first[0].kind == LogKind.LEFT_OUT:  # itself among those that were cut
        left_out += json.loads(first[0].params)["n"] - 1
    (oldest,) = await tx.logs.waiting(channel.community_id, 1)
    about = (channel.community_id, oldest.at - 1, LogKind.LEFT_OUT, None, None, None)
    await tx.logs.add(LogLine(new_id(LogKind.LEFT_OUT), *about, json.dumps({"n": left_out})))


async def _message(app: AppContext, tx: Transaction, channel: LogChannel) -> tuple[LogChannel, Message] | None:
    """The message that is being said, or the next one, stored before it is sent; None: nothing waits."""
    community = await tx.communities.get(channel.community_id)
    if community is None:
        return None
    lines = await tx.logs.in_message(channel.community_id)
    if lines:
        return channel, await _text(app, tx, channel, community, lines, None)
    waiting = await tx.logs.waiting(channel.community_id, LINES_MAX)
    if not waiting:
        return None
    taken: list[LogLine] = []
    text = await _text(app, tx, channel, community, waiting, taken)
    channel = replace(channel, batch=channel.batch + 1)
    await tx.logs.collect([line.key for line in taken], channel.batch)
    await tx.logs.put(channel)
    return channel, text


async def _text(
    app: AppContext,
    tx: Transaction,
    channel: LogChannel,
    community: Community,
    lines: Sequence[LogLine],
    taken: list[LogLine] | None,
) -> Message:
    """The lines one below the other. `taken`: filled with as many as fit; None: all of them did before."""
    said: list[str] = []
    left = channel.place.platform.traits.message_max
    for line in lines:
        text = await _line(app, tx, channel, community, line)
        left -= len(text) + 1
        if taken is not None:
            if left < 0 and taken:
                break
            taken.append(line)
        said.append(text)
    return Message("\n".join(said))


async def _line(app: AppContext, tx: Transaction, channel: LogChannel, community: Community, line: LogLine) -> str:
    params = json.loads(line.params) | {"amount": line.amount, "currency": line.currency}
    if line.person_id is not None:
        living = (await tx.identities.living([line.person_id]))[line.person_id]
        params["member"] = await name_in(tx, community.id, living, channel.place.platform)
    text = json.dumps(params, ensure_ascii=False)
    notice = Notice(line.key, None, line.kind, text, line.at, place=channel.place)
    return app.render(notice, community.locale, channel.place.platform).text


async def _post(app: AppContext, channel: LogChannel, message: Message) -> Outcome:
    """Only in a place that is the community's still, and served: others' are none of its business."""
    async with app.store.transaction() as tx:
        theirs = channel.place in await served_in(app, tx, await tx.communities.places(channel.community_id))
    if not theirs:
        return Blocked(Cause.LOG_GONE, "the place is not the community's any more")
    platform = app.platforms.get(channel.place.platform)
    if platform is None:
        return Busy(60_000, "not connected")
    key = f"{channel.community_id}:{channel.since_at}:{channel.batch}"
    return await platform.post(channel.place, message, room=channel.room_id, key=key)


async def _note(app: AppContext, tx: Transaction, channel: LogChannel, outcome: Outcome) -> None:
    now = app.machine.now()
    if isinstance(outcome, Done):
        await tx.logs.said(channel.community_id)
        await tx.logs.put(replace(channel, cause=None, refused_at=None, next_at=0))
        return
    since_at = now if channel.refused_at is None else channel.refused_at
    wait_ms = pause_ms(now - since_at)
    refused: Cause | None = None
    match outcome:
        case Busy(retry_after_ms=ms):  # it may have been said: the same message is sent again
            wait_ms = max(ms, wait_ms) if channel.refused_at is not None else ms
        case Blocked(code=code):
            refused = Cause.LOG_CLOSED if code in CLOSED else Cause.LOG_GONE
        case NotThere():
            refused = Cause.LOG_GONE
        case Failed():
            pass
    if not isinstance(outcome, Busy):
        await tx.logs.scatter(channel.community_id)
    await tx.logs.put(replace(channel, cause=refused, refused_at=since_at, next_at=now + wait_ms))


# The digest.


async def make_digests(app: AppContext) -> None:
    """Sum up what came about since the last one: a line for each community in which anything did, or needs an admin."""
    due = digest_due(app.business.now() - SETTLED_MS)
    async with app.store.transaction() as tx:
        late = [channel for channel in await tx.logs.channels() if channel.digest_at < due]
    for channel in late:
        async with app.store.transaction() as tx:
            if await tx.logs.digested(channel, due):
                await _digest(app, tx, channel, due)


async def _digest(app: AppContext, tx: Transaction, channel: LogChannel, due: int) -> None:
    sums = await tx.logs.sums(channel.community_id, channel.digest_at, due)
    params: dict[str, object] = {kind.value: sum(s.count for s in sums if s.kind == kind) for kind in HAPPENED}
    params["in"] = _money(sums, LogKind.PAID)
    params["back"] = _money(sums, LogKind.REFUNDED)
    params["not_back"] = _money(sums, LogKind.REFUND_FAILED)
    happened = any(params.values())
    params["open"] = await _open(app, tx, channel)
    if happened or params["open"]:
        key = f"{LogKind.DIGEST}:{channel.community_id}:{due}"
        params |= {"from": channel.digest_at, "until": due}
        text = json.dumps(params, ensure_ascii=False)
        now = app.business.now()
        await tx.logs.add(LogLine(key, channel.community_id, now, LogKind.DIGEST, None, None, None, text))


def _money(sums: Sequence[LogSum], kind: LogKind) -> list[tuple[int, str]]:
    """By currency: amounts of several are never added up."""
    return [(s.amount, s.currency) for s in sums if s.kind == kind and s.currency is not None]


async def _open(app: AppContext, tx: Transaction, channel: LogChannel) -> list[dict[str, object]]:
    """What an admin must do now."""
    community = await tx.communities.get(channel.community_id)
    if community is None:
        return []
    found: list[dict[str, object]] = []
    if community.breaker_tripped_at is not None:
        found.append({"what": "breaker"})
    names = await tx.communities.place_names(community.id)
    for alarm in await tx.alarms.standing():
        if alarm.community_id == community.id and alarm.cause not in (Cause.LOG_GONE, Cause.LOG_CLOSED):
            target = await tx.communities.target(TargetId(alarm.subject)) if alarm.subject else None
            name = names.get(alarm.place, community.name) if target is None else target.name
            found.append({"what": "alarm", "code": alarm.cause, "name": name})
    plans = await tx.plans.of_community(community.id)
    found += [{"what": "not_sold", "name": plan.name} for plan in plans if (await opens(app, tx, plan)).broken]
    more = len(found) - ALARMS_MAX
    return [*found[:ALARMS_MAX], *([{"what": "more", "n": more}] if more > 0 else [])]

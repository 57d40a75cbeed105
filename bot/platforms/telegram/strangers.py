"""Updates from chats that are not served never reach the inbox: they cost no row and no place in the queue."""

import logging
from collections.abc import Collection, Sequence

from bot.platforms.telegram import api_types
from bot.platforms.telegram.api_types import MemberUpdated, Update
from bot.platforms.telegram.command_runner import Who
from bot.texts import plain
from payments.core.community import Place, Platform
from payments.flows.communities import claim as places
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import find_served

log = logging.getLogger("guestlist.telegram")

CLAIM = "/claim"


def chat_of(update: Update) -> api_types.Chat | None:
    """The group or channel that an update is from; None for a private one."""
    message = update.message or (update.callback_query.message if update.callback_query else None)
    changed = update.my_chat_member or update.chat_member
    asked = update.chat_join_request
    chat = message.chat if message else changed.chat if changed else asked.chat if asked else None
    return None if chat is None or chat.type == "private" else chat


async def ours(app: AppContext, updates: Sequence[Update]) -> Collection[int]:
    """Which of these updates, by number, are to be stored; the others are turned away. Raises `StoreUnavailable`."""
    chats = {n: chat for n, update in enumerate(updates) if (chat := chat_of(update)) is not None}
    if not chats:
        return range(len(updates))
    await _void(app, [updates[n].message for n in chats])
    at = {n: Place(Platform.TELEGRAM, str(chat.id)) for n, chat in chats.items()}
    served = await find_served(app, frozenset(at.values()))
    for n in chats:
        message = updates[n].message
        if at[n] in served and message is not None and message.migrate_to_chat_id is not None:
            places.moves(app, at[n], Place(Platform.TELEGRAM, str(message.migrate_to_chat_id)))
    foreign = [n for n in chats if at[n] not in served and not app.unclaimed.expected(at[n])]
    claimed = await _claimed(app, [updates[n] for n in foreign])
    kept = set(range(len(updates))).difference(foreign)
    for n in foreign:
        changed = updates[n].my_chat_member
        if changed is not None and _came(changed) and str(changed.from_.id) in claimed:
            kept.add(n)
        else:
            await _turn_away(app, updates[n], at[n], chats[n])
    return kept


async def _claimed(app: AppContext, foreign: Sequence[Update]) -> frozenset[str]:
    """The accounts among those that bring the bot somewhere that hold a claim code."""
    bringing = {str(u.my_chat_member.from_.id) for u in foreign if u.my_chat_member and _came(u.my_chat_member)}
    if not bringing:
        return frozenset()
    async with app.store.transaction() as tx:
        held = await tx.claims.held_by(bringing, app.machine.now())
    return frozenset(claim.holder_id for claim in held if claim.holder_id)


def _came(changed: MemberUpdated) -> bool:
    return changed.new_chat_member.inside and not changed.old_chat_member.inside


async def _turn_away(app: AppContext, update: Update, place: Place, chat: api_types.Chat) -> None:
    """Remember that we are there, or are no longer."""
    changed = update.my_chat_member
    if changed is not None and not changed.new_chat_member.inside:
        app.unclaimed.forget(place)
        return
    brought = str(changed.from_.id) if changed is not None and _came(changed) and not changed.from_.is_bot else None
    locale = "en" if changed is None else Who(changed.from_, "").locale
    places.meet(app, place, plain(chat.title or "") or str(chat.id), brought, locale)


async def _void(app: AppContext, messages: Sequence[api_types.Message | None]) -> None:
    """Codes that everybody in a group could read are void: whoever typed them, however, and served or not."""
    texts = [message.text or message.caption or "" for message in messages if message is not None]
    if await places.void(app, [text for text in texts if CLAIM in text.lower()]):
        log.warning("telegram: a claim code was typed in a group, where others read it; make a new one.")

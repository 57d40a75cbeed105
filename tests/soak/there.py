"""What happens on Telegram, and how accounts of both platforms become one person and part again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from sandbox.play import Received
from tests.soak.bonds import Bond
from tests.soak.cast import ACCOUNTS, AT_TELEGRAM, CHATS, DAY, GUILD, PEOPLE, TELEGRAM
from tests.soak.steps import Step, latest_or_any, one_of, step
from tests.soak.strangers import NOT_NOW
from tests.soak.world import CODE, NoAnswer, NotNow, Stuck, World

UNDONE = "this account pays for belongs to it again"
ASKS_BACK = "asks to be linked to you again"
UNDO_SECONDS = 3 * DAY
TOLD_SECONDS = 5.0
ANSWER_SECONDS = 60.0
SLACK = 300
"""An account was replaced a little later than the script asked for it, and the clock flows."""


def chat_of(s: Step) -> str:
    """The chat that a step is about."""
    return one_of(list(CHATS), s.n)


@step(10)
async def asks_to_join(w: World, s: Step) -> str:
    """By the bot's link, whether they may come in or not."""
    name = chat_of(s)
    body = {"user": TELEGRAM[s.there], "link": w.way_in(name), "wait": 0}
    return f"{name}: {(await w.play.post('telegram/join', body))['status']}"


@step(3)
async def leaves_chat(w: World, s: Step) -> str:
    await w.play.telegram.leave(TELEGRAM[s.there], CHATS[chat_of(s)])
    return chat_of(s)


async def by_admin(w: World, s: Step, action: str) -> str:
    """A human admin does something about somebody in a chat."""
    await w.play.telegram.member(CHATS[chat_of(s)], TELEGRAM[s.there], action)
    return f"{chat_of(s)}: {action}"


@step(3)
async def added_by_hand(w: World, s: Step) -> str:
    """A human lets somebody in: who is in without us, stays in."""
    name = chat_of(s)
    nothing_else = w.nothing_opens(s.there, name)
    await by_admin(w, s, "add")
    if nothing_else:
        w.diary.gifts.add((s.there, name, w.chat(name).log[-1]["at"]))
    return name


@step(2)
async def removed_by_hand(w: World, s: Step) -> str:
    return await by_admin(w, s, one_of(("remove", "remove", "ban"), s.n // 2))


@step(2)
async def unbanned_by_hand(w: World, s: Step) -> str:
    return await by_admin(w, s, "unban")


@step(1)
async def made_admin_there(w: World, s: Step) -> str:
    """Nobody can put them out, until the next quiet period."""
    told = await by_admin(w, s, "promote")
    w.promoted.add((s.there, chat_of(s)))
    return told


@step(1)
async def request_decided_by_hand(w: World, s: Step) -> str:
    action = one_of(("approve", "decline"), s.n // 2)
    await w.play.telegram.request(CHATS[chat_of(s)], TELEGRAM[s.there], action)
    return f"{chat_of(s)}: {action}"


@step(2)
async def blocks_the_bot(w: World, s: Step) -> str:
    """Or lets it write again."""
    blocked = s.n % 3 == 0
    await w.play.telegram.block(TELEGRAM[s.there], blocked=blocked)
    return "blocked" if blocked else "writes to it again"


# -- two accounts, one person ------------------------------------------------------------------------------------------


@step(6)
async def links(w: World, s: Step) -> str:
    """A code from one side, typed on the other, and a yes on both; mostly one's own accounts, now and then others'."""
    other = one_of(list(PEOPLE), s.n // 7) if s.n % 7 == 0 else s.who
    return await _linked(w, *((other, s.there) if s.n % 2 else (other + AT_TELEGRAM, s.who)))


async def _linked(w: World, maker: str, typer: str) -> str:
    code = CODE.search((await w.says(maker, "link")).text)
    if code is None:
        await _cleared(w, maker)
        raise NotNow("no code")
    asked = await w.says(typer, "link", code=code[0])
    persons = w.diary.persons()
    together = persons.of(maker).accounts | persons.of(typer).accounts
    left = one_of([*(together - {maker, typer}), None], 0)
    bond = Bond(w.sandbox.clock.now(), maker, typer, linked=True, left=left)
    if w.doubts:
        raise NotNow("one thing at a time: the last one is in doubt")
    told = (await w.presses(typer, asked, "Yes")).text
    question = await w.says(maker, "link")  # nothing is linked before its maker says yes
    if (
        f"{typer.removesuffix(AT_TELEGRAM)} (" not in question.text.replace("*", "")
        or "typed your" not in question.text
    ):
        return f"{maker} was not asked about {typer}: {told[:60]}"
    return await _sealed(w, bond, question, maker, "now linked")


async def _cleared(w: World, maker: str) -> None:
    """A question from before that nobody answered: no."""
    question = await w.says(maker, "link")
    if "typed your" in question.text or ASKS_BACK in question.text:
        await w.presses(maker, question, "No")


@step(4)
async def is_replaced(w: World, s: Step) -> str:
    """Another account takes the place of one of two that are one person."""
    persons = w.diary.persons()
    alone = [account for account in ACCOUNTS if len(persons.of(account).accounts) == 1]
    leaves = one_of([account for account in ACCOUNTS if account not in alone], s.n)
    kept = one_of(sorted(persons.of(leaves).accounts - {leaves}), 0)
    return await _linked(w, one_of([each for each in alone if (each in TELEGRAM) is (leaves in TELEGRAM)], s.n), kept)


@step(5)
async def takes_it_back(w: World, s: Step) -> str:
    """By the button below the message that told an account of its being replaced: within three days, not later.

    Then it may ask to be linked again, while the two beside which it was have not parted.
    """
    if w.sandbox.clock.now() - max((move.at for move in w.diary.moves()), default=0) > UNDO_SECONDS:
        await is_replaced(w, s)
    if w.doubts:
        raise NotNow("one thing at a time: the last one is in doubt")
    move = latest_or_any(w.diary.moves(), s.n)
    assert move.left is not None
    told = await _told_of(w, move)
    if s.n % 4 == 0:
        await w.advance("73h")
    now = w.sandbox.clock.now()
    kept, came = (move.other, move.one) if (move.one in TELEGRAM) is (move.left in TELEGRAM) else (move.one, move.other)
    beside = came in w.diary.persons().of(kept).accounts
    bond = Bond(now, move.left, kept, linked=False, undoes=move.at)
    try:
        heard = await w.presses(move.left, told, "Undo this")
    except NoAnswer:
        w.doubts.append(bond)
        return "no answer"
    said, back = heard.text, UNDONE in heard.text
    if back:
        w.diary.bonds.append(bond)
    if abs(now - move.at - UNDO_SECONDS) > SLACK and not any(part in said for part in NOT_NOW):
        in_time = now - move.at < UNDO_SECONDS  # of two that parted there may be nothing to take back
        assert back is in_time or (in_time and not beside), f"{move.left}, {now - move.at:.0f} s later: {said!r}"
    if back and s.n % 3:
        return await _linked_again(w, replace(bond, linked=True), heard)
    return f"{move.left} beside {kept}: {said[:60]}"


async def _linked_again(w: World, bond: Bond, undone: Received) -> str:
    """The account that undid it asks, and the one beside which it was says yes."""
    asked = (await w.presses(bond.one, undone, "Ask to be linked again")).text
    question = await w.says(bond.other, "link")
    if ASKS_BACK not in question.text:
        return f"{bond.other} was not asked about {bond.one}: {asked[:60]}"
    return await _sealed(w, bond, question, bond.other, "one person now")


async def _told_of(w: World, move: Bond) -> Received:
    """The message that told an account of a move. Raises `NotNow` while it was not told of each of them."""
    assert move.left is not None
    mine = [bond for bond in w.diary.bonds if bond.left == move.left]
    found: Sequence[Received] = []

    async def told() -> bool:
        nonlocal found
        if move.left in TELEGRAM:
            found = await w.play.telegram.private_messages(TELEGRAM[move.left])
        else:
            found = await w.play.direct_messages(GUILD, PEOPLE[str(move.left)])
        found = [heard for heard in found if "Undo this" in heard.buttons]
        return len(found) == len(mine)

    await w.can_talk(move.left)
    with suppress(Stuck):
        await w.until(told, "the message", TOLD_SECONDS)
        return found[mine.index(move)]
    raise NotNow("it was not told of each")


@step(3)
async def unlinks(w: World, s: Step) -> str:
    """Two persons again: each keeps what was paid with it."""
    others = w.diary.persons().of(s.account).accounts - {s.account}
    other = one_of(sorted(others), 0)
    asked = await w.says(s.account, "unlink")
    bond = Bond(w.sandbox.clock.now(), s.account, other, linked=False)
    return await _sealed(w, bond, asked, s.account, "are unlinked")


async def _sealed(w: World, bond: Bond, asked: Received, who: str, words: str) -> str:
    """The answer is yes. Where that is not confirmed, it may have been done: it is asked in the quiet period."""
    if w.doubts:
        raise NotNow("one thing at a time: the last one is in doubt")
    try:
        told = (await w.presses(who, asked, "Yes")).text
    except NoAnswer:
        w.doubts.append(bond)
        return "no answer"
    (w.diary.bonds if words in told else w.doubts).append(bond)
    return f"{bond.one} and {bond.other}: {told[:60]}"


async def resolve(w: World) -> None:
    """Find out what came of what was not answered, from what `/unlink` would do, or of a second "Undo this"."""
    for bond in w.doubts:
        if bond.one in TELEGRAM:  # whoever has blocked the bot can't be asked
            await w.play.telegram.block(TELEGRAM[bond.one], blocked=False)
        if bond.undoes is not None and not bond.linked:
            move = next(one for one in w.diary.bonds if (one.left, one.at) == (bond.one, bond.undoes))
            said = (await w.presses(bond.one, await _told_of(w, move), "Undo this")).text
            if UNDONE in said or "was already undone" in said:
                w.diary.bonds.append(bond)
            continue
        # The one on Telegram is asked: the other may have left the server since.
        on_telegram, on_discord = (bond.one, bond.other) if bond.one in TELEGRAM else (bond.other, bond.one)
        together = f"{on_discord} (Discord)" in await _unlinking(w, on_telegram)
        if together is bond.linked:
            w.diary.bonds.append(bond)
    w.doubts.clear()


async def _unlinking(w: World, account: str) -> str:
    """What `/unlink` says on Telegram, where news may come before it."""
    await w.play.telegram.block(TELEGRAM[account], blocked=False)
    heard: list[str] = []

    async def answered() -> bool:
        heard.append((await w.says(account, "unlink")).text.replace("*", ""))
        return any(words in heard[-1] for words in ("Unlink this account and", "isn't linked to another one"))

    await w.until(answered, f"an answer to /unlink for {account}", ANSWER_SECONDS)
    return heard[-1]

"""What happens on Telegram, and how accounts of both platforms become one person and part again."""

from sandbox.play import Heard
from tests.soak.bonds import Bond
from tests.soak.cast import AT_TELEGRAM, CHATS, PEOPLE, TELEGRAM
from tests.soak.steps import Step, one_of, step
from tests.soak.world import CODE, NoAnswer, NotNow, World


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
    """A code from one side, typed on the other; mostly one's own accounts, now and then somebody else's."""
    other = one_of(list(PEOPLE), s.n // 7) if s.n % 7 == 0 else s.who
    maker, typer = (other, s.there) if s.n % 2 else (other + AT_TELEGRAM, s.who)
    code = CODE.search((await w.says(maker, "link")).text)
    if code is None:
        raise NotNow("no code")
    asked = await w.says(typer, "link", code=code[0])
    persons = w.diary.persons()
    together = persons.of(maker).accounts | persons.of(typer).accounts
    left = one_of([*(together - {maker, typer}), None], 0)
    bond = Bond(w.sandbox.clock.now(), maker, typer, linked=True, left=left)
    return await _sealed(w, bond, asked, typer, "one person now")


@step(3)
async def unlinks(w: World, s: Step) -> str:
    """Two persons again: each keeps what was paid with it."""
    others = w.diary.persons().of(s.account).accounts - {s.account}
    other = one_of(sorted(others), 0)
    asked = await w.says(s.account, "unlink")
    bond = Bond(w.sandbox.clock.now(), s.account, other, linked=False)
    return await _sealed(w, bond, asked, s.account, "are two again")


async def _sealed(w: World, bond: Bond, asked: Heard, who: str, words: str) -> str:
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
    """Find out what came of what was not answered, from what `/unlink` would do."""
    for bond in w.doubts:
        heard = await w.says(bond.one, "unlink")
        name = bond.other.removesuffix(AT_TELEGRAM)
        side = "Telegram" if bond.other in TELEGRAM else "Discord"
        together = f"{name} ({side})" in heard.text.replace("*", "")
        if together is bond.linked:
            w.diary.bonds.append(bond)
    w.doubts.clear()

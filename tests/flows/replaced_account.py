"""An account is replaced, by a thief's or by its owner's next one: where the tests of moves and their undo start."""

from __future__ import annotations

from payments.core.community import Identity
from payments.flows.people import link
from payments.flows.people.link import Asked
from payments.ports.stores import AccountMove
from tests.flows.two_platforms import ANN, MALLORY, TINA, BothSides, linked, on_discord, on_telegram

THIEF, THIRD, NEW = on_discord("thief"), on_discord("third"), on_telegram("new")


async def robbed(both: BothSides, *, pays: bool = True, named: bool = False) -> None:
    """Ann pays. Mallory's Telegram account was linked to her, and then puts a Discord account of his in her place."""
    if pays:
        await both.pays("ann", ANN, named="prs_ann" if named else None)
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await both.work()
    await both.links(THIEF, MALLORY)


async def put_aside(both: BothSides) -> None:
    """Ann pays; of her two accounts on Telegram, the one that an ex-partner has is replaced by her own."""
    await linked(both)
    await both.comes(NEW, "new")
    await both.links(ANN, NEW)
    await both.work()
    assert both.in_lounge(NEW)
    assert not both.in_lounge(TINA)


async def move_of(both: BothSides, who: Identity) -> AccountMove:
    """What the message to the account that left carries."""
    (told,) = [p for _, kind, p in await both.club.notices() if kind == "account_left"]
    async with both.store.transaction() as tx:
        move = await tx.moves.get(str(told["move"]))
    assert move is not None
    assert move.left == who
    return move


async def asks_back(both: BothSides, who: Identity) -> None:
    move = await move_of(both, who)
    for _ in range(2):  # a press may come twice
        assert isinstance(await link.ask_back(both.club.app, who, move.id), Asked)
    (question,) = await link.questions(both.club.app, move.kept)
    assert question.preview.back
    assert question.preview.maker.identity == who

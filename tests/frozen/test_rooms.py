"""What an older version kept of Telegram is found under its platform."""

from __future__ import annotations

from payments.core.community import Identity, Place, Platform
from payments.ports.stores import ChatRoom
from tests.flows.two_platforms import BothSides

LOUNGE = Place(Platform.TELEGRAM, "-200")


def account(user_id: str, platform: Platform = Platform.TELEGRAM) -> Identity:
    return Identity(platform, user_id)


async def test_chats_are_found_with_their_rights_and_links(frozen: BothSides) -> None:
    async with frozen.store.transaction() as tx:
        chats = await tx.chat_rooms.present(Platform.TELEGRAM)
        assert (
            ChatRoom(
                Platform.TELEGRAM, "-200", "supergroup", "Lounge", True, True, "tg-tara", None, "https://t.me/+lounge"
            )
            in chats
        )
        assert ChatRoom(Platform.TELEGRAM, "-201", "group", "Kitchen", False, True, "tg-tara") in chats
        gone = await tx.chat_rooms.get(Place(Platform.TELEGRAM, "-202"))
        assert gone is not None
        assert gone.removed_at is not None
        assert await tx.chat_rooms.present(Platform.DISCORD) == []


async def test_who_was_being_put_out_is_known(frozen: BothSides) -> None:
    async with frozen.store.transaction() as tx:
        assert await tx.chat_rooms.kicking(LOUNGE, "tg-trudy")
        assert not await tx.chat_rooms.kicking(Place(Platform.DISCORD, "-200"), "tg-trudy")


async def test_people_are_found_with_what_they_were_asked(frozen: BothSides) -> None:
    async with frozen.store.transaction() as tx:
        tina = await tx.contacts.get(account("tg-tina"))
        assert tina is not None
        assert (tina.username, tina.chat_id, tina.dialogue) == ("tina", "-200", '{"asks": "email"}')
        assert await tx.contacts.called(Platform.TELEGRAM, "Tina") == tina
        assert await tx.contacts.get(account("tg-passerby")) is not None
        assert await tx.contacts.get(account("tg-tina", Platform.DISCORD)) is None

"""The scene: a book club with its people and rooms, and what its admin types to sell a membership of it."""

import re

from sandbox.narrator import Narrator, NotAsItShouldBe
from sandbox.play import PATIENCE_SECONDS, Json, Play, eventually
from sandbox.received import Received

GUILD, ADA, MIA, BEN = "700000000000000001", "700000000000000011", "700000000000000012", "700000000000000013"
ROLE, HOSTS = "700000000000000021", "700000000000000022"
CHAT, ADA_THERE, MIA_THERE, BEN_THERE = -1002000000001, 500000011, 500000012, 500000013

LOUNGE = "members-lounge"
OPENING = (
    ("welcome", ADA, "Welcome to the Riverside Book Club! We read one book a month, and argue about it on Thursdays."),
    ("welcome", ADA, "Members get the lounge here and the Reading room on Telegram. Type /plans to see how."),
    ("book-talk", MIA, "I finished the last chapter on the tram and missed my stop."),
    ("book-talk", BEN, "No spoilers, I am still on page 90!"),
    ("book-talk", ADA, "You have until Thursday, Ben."),
    (LOUNGE, ADA, "Members only: the author joins us here next Thursday at 19:00. Bring your questions."),
)
"""What was written on Discord before the visitor came: channel, person, text."""

OPENING_THERE = (
    "Welcome to the Reading room. This month: “The Summer Book” by Tove Jansson.",
    "Chapters 1 to 6 by Sunday, please.",
)
"""What Ada wrote in the Telegram group before."""


class Scene:
    """Sets the scene on a sandbox. What people type and hear is told by `tell`, on a console that may be silent."""

    def __init__(self, play: Play, tell: Narrator) -> None:
        self._play = play
        self._tell = tell

    async def seed(self) -> None:
        """The server, the group, the people."""
        await self._play.post("seed", SEED)

    async def talk(self) -> None:
        """What people wrote before, so that the rooms are not empty."""
        for channel, user, text in OPENING:
            said = {"guild": GUILD, "channel": channel, "user": user, "text": text}
            await self._play.post("discord/message", said)
        for text in OPENING_THERE:
            await self._play.telegram.message(ADA_THERE, text, chat=CHAT, wait=0)

    async def connect(self) -> None:
        """Ada makes one community of the server and the group. Raises NotAsItShouldBe when nobody answers."""
        tell, discord, telegram = self._tell, self._play, self._play.telegram
        tell.typed("ada", "/connect")
        code = _code(tell.heard(await discord.command(GUILD, ADA, "connect")))
        tell.typed("ada, in the Telegram group", f"/connect {code}")
        tell.heard(await telegram.message(ADA_THERE, f"/connect {code}", chat=CHAT, wait=PATIENCE_SECONDS))
        await eventually(self._may_confirm)
        asked = tell.heard((await telegram.private_messages(ADA_THERE))[-1])
        tell.presses("ada", "Yes, ask them")
        tell.heard(await telegram.click(ADA_THERE, asked, "Yes", wait=PATIENCE_SECONDS))
        await eventually(self._is_asked)
        question = tell.heard((await discord.direct_messages(GUILD, ADA))[-1])
        tell.presses("ada, on Discord", "Let Reading room join")
        tell.heard(await discord.click(GUILD, ADA, question, "Let Reading room join"))

    async def _may_confirm(self) -> bool:
        """What the bot said when it came into the group may arrive after the command was typed."""
        return "Yes, ask them" in (await self._play.telegram.private_messages(ADA_THERE))[-1].buttons

    async def _is_asked(self) -> bool:
        return any("Let Reading room join" in m.buttons for m in await self._play.direct_messages(GUILD, ADA))

    async def create_plan(self) -> None:
        """Ada creates the plan Pro, which includes a role and the group. Raises NotAsItShouldBe when nobody answers."""
        self._tell.typed(
            "ada", "/plan create name:Pro price:9.99 currency:usd period:every month role:@Members chat:Reading room"
        )
        options = {"name": "Pro", "price": "9.99", "currency": "usd", "period": "every_months", "role": ROLE}
        self._tell.heard(await self._play.command(GUILD, ADA, "plan create", **options, chat="Reading room"))


def _code(heard: Received) -> str:
    """The one-time code in a message, as a person reads it. Raises NotAsItShouldBe when there is none."""
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", heard.text)
    if found is None:
        raise NotAsItShouldBe(f"there is no code in: {heard.text}")
    return found[0]


SEED: Json = {
    "discord": {
        "users": [
            {"id": ADA, "name": "ada", "display_name": "Ada"},
            {"id": MIA, "name": "mia", "display_name": "Mia"},
            {"id": BEN, "name": "ben", "display_name": "Ben"},
        ],
        "guilds": [
            {
                "id": GUILD,
                "name": "Riverside Book Club",
                "owner": ADA,
                "roles": [
                    {"id": ROLE, "name": "Members", "position": 1, "color": 0x2E8B57, "hoist": True},
                    {"id": HOSTS, "name": "Hosts", "position": 2, "color": 0xC27C0E, "hoist": True},
                ],
                "channels": [
                    {"name": "welcome", "topic": "Read this first"},
                    {"name": "book-talk", "topic": "This month: The Summer Book"},
                    {
                        "name": LOUNGE,
                        "topic": "For members",
                        "overwrites": [
                            {"role": "@everyone", "deny": "view_channel"},
                            {"role": ROLE, "allow": "view_channel"},
                            {"role": HOSTS, "allow": "view_channel"},
                        ],
                    },
                ],
                "members": [{"id": ADA, "roles": [HOSTS]}, {"id": MIA}, {"id": BEN}],
            }
        ],
    },
    "telegram": {
        "users": [
            {"id": ADA_THERE, "username": "ada", "first_name": "Ada", "started": True},
            {"id": MIA_THERE, "username": "mia", "first_name": "Mia"},
            {"id": BEN_THERE, "username": "ben", "first_name": "Ben"},
        ],
        "chats": [{"id": CHAT, "type": "supergroup", "title": "Reading room", "owner": ADA_THERE}],
    },
}

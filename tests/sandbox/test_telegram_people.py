"""The controls for Telegram: the seed, what a person may do, and what a script is told when it can't be done."""

from typing import Any

import pytest

from sandbox.play import NotTaken, Play
from sandbox.server import Sandbox
from tests.sandbox.discord_bot import Person
from tests.sandbox.telegram_bot import CLUB, MIA, OLD, OLGA, SEED, TOM, connect


async def test_a_minimal_seed_makes_a_supergroup_in_which_the_bot_can_work(person: Person) -> None:
    made = await person.post("/seed", {"telegram": {"chats": [{"title": "Club", "members": ["ada"]}]}})
    told = made["telegram"]
    assert told["bot"] == {"id": 7_000_000_001, "username": "guestlist_bot", "name": "Guestlist"}
    (chat,) = told["chats"]
    assert chat["type"] == "supergroup"
    assert str(chat["id"]).startswith("-100")
    assert [(one["name"], one["status"]) for one in chat["members"]] == [
        ("owner", "creator"),
        ("ada", "member"),
        ("guestlist_bot", "administrator"),
    ]
    state = (await person.get("/state"))["telegram"]
    assert [one["id"] for one in state["chats"]] == [chat["id"]]
    assert state["updates"]["pending"] == 1, "the bot is told of its chat"
    assert {one["username"] for one in state["users"]} == {"owner", "ada"}


async def test_discord_and_telegram_are_seeded_together(person: Person) -> None:
    made = await person.post("/seed", {"discord": {"guilds": [{"name": "Club"}]}, "telegram": {"users": ["ada"]}})
    assert made["discord"]["guilds"][0]["name"] == "Club"
    assert made["telegram"]["users"][0]["username"] == "ada"


@pytest.mark.parametrize(
    ("seed", "sentence"),
    [
        ({"guilds": []}, "telegram has no key 'guilds': use bot, users, chats, rate_limits."),
        ({"chats": [{"id": 5}]}, "chats.id is negative, as Telegram's are: give -5."),
        ({"chats": [{"id": "x"}]}, "chats.id is a Telegram id: give a whole number; 'x' is none."),
        ({"users": [{"id": -5}]}, "users.id is a positive number: -5 is a chat's."),
        ({"chats": [{"type": "forum"}]}, "chats.type is one of group, supergroup, channel: give one; 'forum' is none."),
        ({"chats": [{"bot": {"rights": ["fly"]}}]}, "There is no right 'can_fly': use can_manage_chat, "),
        ({"chats": [{"bot": {"rights": "all"}}]}, '"rights" is a list of names: give it as '),
        ({"chats": [{"type": "channel", "bot": "member"}]}, "In a channel a bot is an administrator or not there: "),
        ({"bot": {"token": "secret"}}, "bot.token is a number, a colon and letters: give one such as "),
        ({"rate_limits": {"chat": 5}}, 'rate_limits.chat is {"requests": 30, "seconds": 1}; give both as numbers.'),
        ({"users": 3}, "users is a list: give it as [...]."),
    ],
)
async def test_a_seed_that_can_not_be_read_is_refused(person: Person, seed: dict[str, Any], sentence: str) -> None:
    assert (await person.post("/seed", {"telegram": seed}, 400))["error"].startswith(sentence)


async def test_a_chat_or_user_of_a_known_id_is_replaced(person: Person) -> None:
    await person.post("/seed", {"telegram": SEED})
    await person.post("/telegram/start", {"user": MIA, "wait": 0})
    again = {
        "users": [{"id": MIA, "first_name": "Maria"}],
        "chats": [{"id": CLUB, "title": "New club", "owner": "tom"}],
    }
    await person.post("/seed", {"telegram": again})
    chat = await person.get(f"/telegram/chats/{CLUB}")
    assert (chat["title"], [one["name"] for one in chat["members"]]) == ("New club", ["tom", "guestlist_bot"])
    mia = await person.get(f"/telegram/users/{MIA}")
    assert (mia["first_name"], mia["username"], mia["started"]) == ("Maria", "mia", True)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("message", {"user": "mia"}, 'Say what is written: give "text" a text.'),
        ("message", {"text": "x"}, 'Say who: give "user" an id or a username.'),
        ("message", {"user": "mia", "text": "x", "chat": "Nowhere"}, "There is no chat 'Nowhere'; there are: -1001 ("),
        ("message", {"user": "mia", "text": "x", "chat": CLUB}, "mia is not in Chess club: let her join first."),
        ("message", {"user": "mia", "text": "x", "reply_to": 99}, "There is no message 99 in that chat: use a number "),
        (
            "message",
            {"user": "mia", "text": "x", "wait": 99},
            '"wait" is a number of seconds up to 60, 0 not to wait: ',
        ),
        ("message", {"user": "mia", "text": "x" * 5000}, "A message has at most 4096 characters: give a shorter text."),
        ("message", {"user": "mia", "txt": "x"}, "There is no 'txt' here: use chat, user, text, reply_to, mention, "),
        ("message", {"user": "guestlist_bot", "text": "x"}, "That is the bot itself: name a person."),
        ("start", {"user": "mia", "payload": "not good"}, '"payload" is up to 64 of A-Z, a-z, 0-9, _ and -: '),
        ("click", {"user": "mia", "message": "1"}, 'Say which message: give "message" its number'),
        ("click", {"user": "mia", "message": 1}, "mia sees no message 1 with buttons: use one from a reply"),
        ("join", {"user": "mia"}, "There is no invite link None: use one that the bot made, or a chat's links."),
        ("leave", {"user": "mia", "chat": CLUB}, "mia is not in Chess club: nobody can leave who is not there."),
        ("leave", {"user": "olga", "chat": CLUB}, "olga owns Chess club: let somebody else leave."),
        ("leave", {"user": "mia"}, 'Say which chat: give "chat" its id or its title.'),
        ("member", {"chat": CLUB, "user": "mia", "action": "fly"}, '"action" is one of add, remove, ban, unban, '),
        ("member", {"chat": CLUB, "user": "olga", "action": "ban"}, "olga owns Chess club: nobody can do that to"),
        ("member", {"chat": OLD, "user": "mia", "action": "add"}, "mia is in Old club already: there is nobody to"),
        ("member", {"chat": CLUB, "user": "mia", "action": "demote"}, "mia is not in Chess club: add her first."),
        ("member", {"chat": CLUB, "user": "mia", "action": "unban"}, "mia is not banned from Chess club: there is"),
        (
            "member",
            {"chat": CLUB, "user": "guestlist_bot", "action": "ban"},
            "That is the bot: POST /sandbox/telegram/bot",
        ),
        ("member", {"chat": CLUB, "user": "mia", "action": "ban", "until": "x"}, '"until" is a moment in unix seconds'),
        ("request", {"chat": CLUB, "user": "mia", "action": "approve"}, "mia does not ask to join Chess club: let her"),
        ("link", {"action": "cut"}, '"action" is one of create, revoke: give one.'),
        ("link", {"action": "revoke", "link": "x"}, "There is no invite link 'x': GET /sandbox/telegram/chats/{id}"),
        ("link", {"action": "create", "chat": CLUB, "member_limit": "1"}, '"expire_date" and "member_limit" are whole'),
        ("migrate", {"chat": CLUB}, "Chess club is a supergroup already: only a basic group can become a supergroup."),
        ("bot", {"chat": CLUB, "action": "add"}, "guestlist_bot is in Chess club already: there is nobody to add."),
    ],
)
async def test_what_can_not_be_done_is_told_with_its_remedy(
    sandbox: Sandbox, person: Person, path: str, body: dict[str, Any], sentence: str
) -> None:
    sandbox.telegram.seed(SEED)
    told = await person.post(f"/telegram/{path}", body, 400)
    assert told["error"].startswith(sentence)
    assert told["replies"] == []


async def test_everything_an_oracle_asks_stands_in_the_state(sandbox: Sandbox) -> None:
    sandbox.telegram.seed(SEED)
    async with Play(sandbox.url) as play, connect(sandbox.url) as bot:
        link = (await bot.create_chat_invite_link(CLUB, creates_join_request=True)).invite_link
        await play.telegram.join(MIA, link, wait=0)
        await play.telegram.member(CLUB, TOM, "ban")
        assert await play.telegram.pending(CLUB) == {MIA}
        assert await play.telegram.members(CLUB) == {OLGA: "creator", bot.id: "administrator"}
        club, old = (await play.state())["telegram"]["chats"]
        assert [one["id"] for one in club["requests"]] == [MIA]
        assert club["banned"] == [{"id": TOM, "name": "Tom", "until": 0}]
        assert club["links"][0] == {
            "link": link,
            "name": "",
            "by": bot.id,
            "creates_join_request": True,
            "member_limit": None,
            "expire_date": None,
            "is_primary": False,
            "is_revoked": False,
            "joined": [],
            "pending": 1,
            "usable": True,
        }
        assert [one["id"] for one in old["members"]] == [OLGA, MIA, bot.id]
        await play.telegram.revoke_link(link)
        with pytest.raises(NotTaken, match="Say which chat"):
            await play.post("telegram/migrate")

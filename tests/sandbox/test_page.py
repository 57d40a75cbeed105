"""The page's own routes: its files, and a stream on which each person sees what is hers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest

from sandbox.discord.state import EPHEMERAL, Message, Snowflake
from sandbox.page import live
from sandbox.page.backstage import CanNot, Line
from sandbox.page.lines import LINES_KEPT, Lines
from sandbox.play import NotTaken, Play
from sandbox.scene import ADA, ADA_THERE, CHAT, GUILD, LOUNGE, MIA, MIA_THERE, ROLE, SEED
from sandbox.server import Sandbox
from tests.sandbox.page_client import Heard, listening


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.discord.seed(SEED["discord"])
        made.telegram.seed(SEED["telegram"])
        yield made


@pytest.fixture
async def play(sandbox: Sandbox) -> AsyncIterator[Play]:
    async with Play(sandbox.url) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Service:
    """A service behind the page, as whoever runs one gives it in."""

    def __init__(self) -> None:
        self.url = "http://127.0.0.1:9"
        self.alive = self.ready = True
        self.told: list[Line] = []

    @property
    def pid(self) -> int | None:
        return 4711 if self.alive else None

    def lines(self) -> Sequence[Line]:
        return self.told

    async def kill(self) -> None:
        if not self.alive:
            raise CanNot("The service isn't running: start it first.")
        self.alive = self.ready = False

    async def start(self) -> None:
        self.alive = self.ready = True


# -- files ------------------------------------------------------------------------------------------------
async def test_the_page_and_its_files_come_with_their_types_and_nothing_foreign_is_loaded(
    sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    async with browser.get(f"{sandbox.url}/") as page:
        assert (page.status, page.content_type) == (200, "text/html")
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
    async with browser.head(f"{sandbox.url}/page/style.css") as style:
        assert (style.status, style.content_type, style.headers["Cache-Control"]) == (200, "text/css", "no-cache")


FOREIGN = ["..%2Fsite.py", "%2e%2e", ".hidden", "none.js", "templates", "..%2ftemplates%2findex.html"]


@pytest.mark.parametrize("path", FOREIGN)
async def test_what_is_no_file_of_the_page_is_not_there(
    sandbox: Sandbox, browser: aiohttp.ClientSession, path: str
) -> None:
    async with browser.get(f"{sandbox.url}/page/{path}") as answer:
        assert answer.status == 404 or answer.url.path in ("/", "/page")


async def test_faults_never_meet_the_page_itself(sandbox: Sandbox, browser: aiohttp.ClientSession) -> None:
    sandbox.faults.add({"status": 500, "times": 0})
    for path in ("/", "/page/style.css"):
        async with browser.get(sandbox.url + path) as answer:
            assert answer.status == 200
    async with browser.get(f"{sandbox.url}/checkout/cs_none") as answer:
        assert answer.status == 500


# -- who sees what ----------------------------------------------------------------------------------------
def say(sandbox: Sandbox, channel: str, text: str, *, to: str | None = None) -> None:
    """The bot writes in a channel; `to` one person alone."""
    world = sandbox.discord.world
    guild = next(iter(world.guilds.values()))
    where = next(c for c in guild.channels.values() if c.name == channel)
    message = Message(world.ids.next(), where.id, guild.id, world.bot, text)
    if to is not None:
        message.flags, message.visible_to = EPHEMERAL, Snowflake(int(to))
    world.keep(message)


def read(heard: Heard) -> list[str]:
    return [message["text"] for messages in heard.world["discord"]["messages"].values() for message in messages]


async def test_a_private_reply_is_seen_by_the_one_it_was_for(sandbox: Sandbox) -> None:
    say(sandbox, "welcome", "for all")
    say(sandbox, "welcome", "for Mia", to=MIA)
    say(sandbox, "welcome", "for Ada", to=ADA)
    async with listening(sandbox.url, "mia") as mia, listening(sandbox.url, "ada") as ada:
        assert read(mia) == ["for all", "for Mia"]
        assert read(ada) == ["for all", "for Ada"]
        assert (mia.world["who"], ada.world["who"]) == ("mia", "ada")
        assert [person["name"] for person in mia.world["people"]] == ["Ada", "Mia", "Ben"]


async def test_the_lounge_opens_with_the_role_and_its_messages_with_it(sandbox: Sandbox, play: Play) -> None:
    say(sandbox, LOUNGE, "members only")
    async with listening(sandbox.url, "mia") as heard:
        assert {c["name"]: c["open"] for c in heard.world["discord"]["guild"]["channels"]}[LOUNGE] is False
        assert read(heard) == []
        await play.post("discord/role", {"guild": GUILD, "role": ROLE, "user": MIA, "action": "give"})
        await heard.until(lambda h: read(h) == ["members only"])
        mia = next(m for m in heard.world["discord"]["guild"]["members"] if m["id"] == MIA)
        assert mia["color"] == "#2e8b57"


async def test_a_group_on_telegram_is_read_from_inside(sandbox: Sandbox, play: Play) -> None:
    await play.telegram.message(ADA_THERE, "hello", chat=CHAT, wait=0)
    async with listening(sandbox.url, "mia") as heard:
        (room,) = heard.world["telegram"]["chats"]
        assert (room["inside"], room["messages"]) == (False, None)
        await play.telegram.member(CHAT, MIA_THERE, "add")
        await heard.until(lambda h: h.world["telegram"]["chats"][0]["inside"])
        assert heard.world["telegram"]["chats"][0]["messages"][0]["text"] == "hello"


async def test_people_write_in_channels_that_they_may_write_in(sandbox: Sandbox, play: Play) -> None:
    async with listening(sandbox.url, "ben") as heard:
        said = {"guild": GUILD, "user": MIA, "channel": "book-talk", "text": "Page 90?"}
        await play.post("discord/message", said)
        await heard.until(lambda h: read(h) == ["Page 90?"])
        with pytest.raises(NotTaken, match="may not write in #members-lounge"):
            await play.post("discord/message", said | {"channel": LOUNGE})


async def test_that_time_passes_is_no_news_but_a_jump_is(sandbox: Sandbox, play: Play) -> None:
    async with listening(sandbox.url, "mia") as heard:
        await asyncio.sleep(0.3)
        await play.advance("1d")
        await heard.until(lambda h: round(h.world["clock"]["offset"]) == 86_400)
        assert heard.worlds == 2


# -- refusals ---------------------------------------------------------------------------------------------
async def test_what_can_not_be_served_is_told_in_a_sentence(
    sandbox: Sandbox, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(method: str, path: str, **more: object) -> tuple[int, str]:
        async with browser.request(method, sandbox.url + path, **more) as answer:  # type: ignore[arg-type]  # as given
            return answer.status, (await answer.json())["error"]

    status, sentence = await told("GET", "/page/live?who=zoe")
    assert (status, sentence) == (400, "There is nobody called 'zoe' here: who is one of ada, mia, ben.")
    status, sentence = await told("POST", "/page/service", json={"do": "kill"})
    assert status == 409
    assert "guestlist demo --page" in sentence
    assert (await told("POST", "/page/service", data="{"))[0] == 400
    assert (await told("POST", "/page/service", json={"do": "dance"}))[0] == 400
    foreign = {"Origin": "https://elsewhere.example"}
    assert (await told("POST", "/page/service", json={"do": "kill"}, headers=foreign))[0] == 403
    assert (await told("POST", "/sandbox/clock", json={"advance": "1d"}, headers=foreign))[0] == 403
    monkeypatch.setattr(live, "CLIENTS_MAX", 1)
    async with listening(sandbox.url, "mia"):
        assert (await told("GET", "/page/live?who=ben"))[0] == 503


async def test_a_name_that_was_led_here_reads_and_plays_nothing(
    sandbox: Sandbox, browser: aiohttp.ClientSession
) -> None:
    async def status(method: str, path: str, name: str) -> int:
        led = {"Host": name, "Origin": f"http://{name}"}  # to a browser they are one site
        async with browser.request(method, url + path, headers=led) as answer:
            if answer.status == 403:
                assert (await answer.json())["error"].endswith(f"to the name evil.example: open it at {url}.")
            return answer.status

    url = sandbox.url
    port = url.rpartition(":")[2]
    for method, path in (("GET", "/sandbox/state"), ("POST", "/sandbox/settle"), ("GET", "/sandbox/clock")):
        assert await status(method, path, f"evil.example:{port}") == 403, path
        assert await status(method, path, "evil.example") == 403, path
        for own in ("127.0.0.1", "localhost:80", f"LOCALHOST:{port}", f"[::1]:{port}", "[::1]"):
            assert await status(method, path, own) == 200, own
    for method, path in (("GET", "/page/live?who=mia"), ("POST", "/page/service")):
        assert await status(method, path, f"evil.example:{port}") == 403, path
    sandbox.url = "http://sandbox.example:80"
    assert await status("GET", "/sandbox/clock", "sandbox.example:80") == 200


async def test_the_service_behind_it_is_killed_and_started(sandbox: Sandbox, browser: aiohttp.ClientSession) -> None:
    sandbox.page.backstage = Service()
    switch = f"{sandbox.url}/page/service"
    async with listening(sandbox.url, "mia") as heard:
        assert heard.world["service"] == {
            "can": True,
            "alive": True,
            "ready": True,
            "url": "http://127.0.0.1:9",
            "pid": 4711,
        }
        async with browser.post(switch, json={"do": "kill"}) as answer:
            assert (answer.status, (await answer.json())["alive"]) == (200, False)
        await heard.until(lambda h: not h.world["service"]["alive"])
        async with browser.post(switch, json={"do": "kill"}) as answer:
            assert (answer.status, await answer.json()) == (
                409,
                {"error": "The service isn't running: start it first."},
            )
        async with browser.post(switch, json={"do": "start"}) as answer:
            assert answer.status == 200


# -- lines ------------------------------------------------------------------------------------------------
def test_lines_stand_by_their_first_appearance_and_the_oldest_go() -> None:
    lines = Lines()
    lines.take([Line("a", 1, "webhook", "invoice.paid", "sent"), Line("b", 1, "effect", "Give the role", "open")])
    seen = lines.mark
    lines.take([Line("a", 1, "webhook", "invoice.paid", "stored"), Line("b", 1, "effect", "Give the role", "open")])
    assert [(line["id"], line["n"], line["state"]) for line in lines.since(seen)] == [("a", 1, "stored")]
    many = [Line(str(number), 2, "webhook", "charge.succeeded", "sent") for number in range(LINES_KEPT)]
    lines.take(many)
    assert [line["id"] for line in lines.since(0)] == [line.id for line in many]
    before = lines.mark
    lines.take([Line("a", 1, "webhook", "invoice.paid", "settled")])
    assert lines.mark == before, "what is forgotten does not come back as new"


async def test_a_webhook_that_both_sides_know_is_one_line(sandbox: Sandbox, play: Play) -> None:
    sandbox.page.backstage = service = Service()
    await play.post("webhooks", {"url": "http://127.0.0.1:9/none", "secret": "whsec_x"})
    await play.post("webhooks", {"drop": True})
    async with listening(sandbox.url, "mia") as heard:
        form, key = {"email": "mia@example.org"}, {"Authorization": "Bearer sk_test_x"}
        async with aiohttp.ClientSession() as shop:
            await (await shop.post(f"{sandbox.url}/v1/customers", data=form, headers=key)).read()
            await heard.until(lambda h: h.states("customer.created") == ["dropped"])
            (line,) = heard.lines.values()
            found = Line(line["id"], line["at"], "webhook", "customer.created", "settled", "Mia", "Looked at.")
            service.told.append(found)
            await heard.until(lambda h: h.states("customer.created") == ["dropped", "settled"])
            assert heard.line("customer.created")["reason"].endswith("found in Stripe's list of events. Looked at.")
            await play.post("webhooks", {"drop": False})
            await (await shop.post(f"{sandbox.url}/v1/customers", data=form, headers=key)).read()
            await heard.until(lambda h: h.line("customer.created")["state"] == "retrying")
            assert "Stripe tries again in a minute" in heard.line("customer.created")["reason"]
            asked = {"customer": line["purchase"]}
            await (await shop.get(f"{sandbox.url}/v1/invoices", params=asked, headers=key)).read()
            await heard.until(lambda h: h.states("Asks Stripe what is true now") == ["done"])
            assert heard.line("Asks Stripe what is true now")["who"] is None

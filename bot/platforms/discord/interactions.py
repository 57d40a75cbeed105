"""Interactions: a command, a press, a form, a word being typed, as requests to the dispatcher; its answer as a reply.

Discord wants a first answer within 3 s and forgets an interaction after 15 min. So everything is deferred at once,
privately, but what opens a form, which Discord takes as a first answer only.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import aiohttp
import discord

from bot.commands.model import About, Action, Choice, Command, MemberValue, Reply, Request, RoleValue, Value
from bot.platforms.discord import messages
from bot.platforms.discord.private_places import CHOSEN, PrivatePlaces, naming, of_button, server
from bot.texts import OwnClock, say
from payments.core.community import Identity, Place, Platform
from payments.core.rights import Standing
from payments.flows.jobs.unread import shown
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton

log = logging.getLogger("guestlist.discord")

FORM_S = 1.5
"""How long a form may take to be made; then we defer, lest the 3 s pass."""

COMPLETE_S = 2.3

SOON_S = 2.0
"""After so long a person reads that it takes a moment: nobody is left without a word for 3 s."""

HANDLER_S = 120.0
"""Far longer than any handler; within the 15 min in which a reply can still be given."""

FINISH_S, FAREWELL_S = 4.0, 2.0
"""How long a disconnecting waits for answers under way, and then for a word to those who got none."""

AT_ONCE = 64
EACH_MAX = 8
"""How many of one person's are worked on at a time; beyond them they are asked to try again."""

OFTEN_S = 5
SEND_TRIES = 4
CHOICES_MAX = 25
BAD_REQUEST = 400
UNREACHABLE = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError)

Json = Mapping[str, Any]  # what comes over the wire


class Dispatcher(Protocol):
    """Who answers requests: `bot.commands.dispatch`. Its errors are replies; it never raises."""

    async def command(self, app: AppContext, request: Request, /) -> Reply:
        """Run a command."""
        ...

    async def press(self, app: AppContext, action: str, request: Request, /) -> Reply:
        """Do what a button or form is for."""
        ...

    async def complete(self, app: AppContext, request: Request, option: str, typed: str, /) -> tuple[Choice, ...]:
        """What could be meant by what is typed so far."""
        ...


class Interactions:
    """Turns interactions into requests and replies into messages. Remembers nothing between two of them."""

    def __init__(
        self,
        app: Callable[[], AppContext],
        dispatcher: Dispatcher,
        commands: Sequence[Command],
        actions: Sequence[Action],
    ) -> None:
        self._app = app
        self._dispatcher = dispatcher
        self._private = PrivatePlaces(app)
        self._about = {command.name: command.about for command in commands if not command.admin}
        self._forms_first = {command.name for command in commands if command.form_first}
        self._opening = {action.name for action in actions if action.opens_form}
        self._here = {action.name for action in actions if action.about is About.ONE_PLACE}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._under_way: Counter[int] = Counter()
        self._handling: set[asyncio.Task[Any]] = set()
        self._working: set[asyncio.Task[Reply]] = set()

    async def finish(self) -> None:
        """We are about to disconnect: let answers be given that are under way, and tell the others to ask again."""
        if self._handling:
            await asyncio.wait(self._handling, timeout=FINISH_S)
        for task in self._working:
            task.cancel()
        if self._handling:
            await asyncio.wait(self._handling, timeout=FAREWELL_S)

    async def handle(self, interaction: discord.Interaction[Any]) -> None:
        """Answer one interaction. Never raises: what goes wrong is told to the person, with a number for the log."""
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        try:
            match interaction.type:
                case discord.InteractionType.autocomplete:
                    await self._complete(interaction)
                case discord.InteractionType.application_command:
                    await self._command(interaction)
                case discord.InteractionType.component | discord.InteractionType.modal_submit:
                    await self._press(interaction)
                case _:
                    pass
        except (discord.HTTPException, *UNREACHABLE) as error:
            log.warning("discord: interaction %s could not be answered: %s", interaction.id, error)

    async def _command(self, interaction: discord.Interaction[Any]) -> None:
        name, options = _typed(_data(interaction))
        resolved = _data(interaction).get("resolved", {})
        values = {o["name"]: _value(o, resolved, interaction.guild_id) for o in options}
        request = _request(interaction, name, values)
        await self._answer(interaction, self._run(request), form_first=name in self._forms_first, again=None)

    async def _run(self, request: Request) -> Reply:
        """A command; in private, one about a community is about the only one there is, or asks for it first."""
        if request.place is not None or self._about.get(request.command) is not About.ONE_PLACE:
            return await self._dispatcher.command(self._app(), request)
        found = await self._private.about(request)
        if isinstance(found, Reply):
            return found
        return naming(await self._dispatcher.command(self._app(), found), found.place, self._here)

    async def _press(self, interaction: discord.Interaction[Any]) -> None:
        data = _data(interaction)
        custom_id = str(data.get("custom_id", ""))
        if not custom_id.startswith(messages.PREFIX):
            return
        action, place = of_button(custom_id.removeprefix(messages.PREFIX))
        name = action.partition(":")[0]
        request = _request(interaction, name, _fields(data.get("components", ())))
        work = self._pressed(action, request, place)
        pressed = interaction.type is discord.InteractionType.component
        await self._answer(interaction, work, form_first=pressed and name in self._opening, again=action)

    async def _pressed(self, action: str, request: Request, place: Place | None) -> Reply:
        """A button; in private it may name the server that it is about."""
        name, _, rest = action.partition(":")
        if name == CHOSEN:
            place, request = server(rest), replace(request, command="plans")
        asked = request if place is None or request.place is not None else await self._private.at(request, place)
        if asked is None:
            return Reply(say(request.locale, "error.in_server"), refused=True)
        if asked.place is None and name in self._here:  # from before buttons named their server
            found = await self._private.about(asked)
            if isinstance(found, Reply):
                return found
            asked = found
        if name == CHOSEN:
            reply = await self._dispatcher.command(self._app(), asked)
        else:
            reply = await self._dispatcher.press(self._app(), action, asked)
        return reply if request.place is not None else naming(reply, asked.place, self._here)

    async def _complete(self, interaction: discord.Interaction[Any]) -> None:
        name, options = _typed(_data(interaction))
        focused = next((o for o in options if o.get("focused")), None)
        if focused is None:
            return
        user_id = interaction.user.id
        if self._under_way[user_id] >= EACH_MAX:
            await interaction.response.autocomplete([])
            return
        with self._counted(user_id):
            await self._offer(interaction, name, options, focused)

    async def _offer(
        self, interaction: discord.Interaction[Any], name: str, options: Sequence[Json], focused: Json
    ) -> None:
        resolved = _data(interaction).get("resolved", {})
        values = {o["name"]: _value(o, resolved, interaction.guild_id) for o in options if not o.get("focused")}
        found: tuple[Choice, ...] = ()
        request = _request(interaction, name, values)
        try:
            async with asyncio.timeout(COMPLETE_S):
                if request.place is None and self._about.get(name) is About.ONE_PLACE:
                    about = await self._private.about(request)
                    request = request if isinstance(about, Reply) else about
                typed = str(focused.get("value", ""))
                found = await self._dispatcher.complete(self._app(), request, focused["name"], typed)
        except TimeoutError:
            log.warning("discord: choices for /%s %s took too long", name, focused["name"])
        except Exception:
            log.exception("discord: choices for /%s %s failed", name, focused["name"])
        choices = [discord.app_commands.Choice(name=c.label[:100], value=c.value[:100]) for c in found[:CHOICES_MAX]]
        await interaction.response.autocomplete(choices)

    async def _answer(
        self,
        interaction: discord.Interaction[Any],
        work: Coroutine[Any, Any, Reply],
        *,
        form_first: bool,
        again: str | None,
    ) -> None:
        """Defer, work, reply; or, where a form is expected, work for a moment first."""
        task = asyncio.create_task(self._reply(interaction, work))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        try:
            if form_first:
                await asyncio.wait({task}, timeout=FORM_S)
                if task.done():
                    await _first(interaction, task.result())
                    await shown(self._app(), task.result().unread)
                    return
            await _defer(interaction)
        except BaseException:
            task.cancel()  # nobody will read the answer: the person sees that it failed, and asks again
            raise
        await asyncio.wait({task}, timeout=SOON_S - FORM_S if form_first else SOON_S)
        if not task.done():
            with contextlib.suppress(discord.HTTPException, *UNREACHABLE):
                await _send(interaction, Reply(say(str(interaction.locale), "reply.soon")))
            await asyncio.wait({task})
        reply = Reply(say(str(interaction.locale), "error.restart")) if task.cancelled() else task.result()
        if reply.form is not None:
            buttons = () if again is None else (ActionButton(reply.form.title, again),)
            reply = Reply(say(str(interaction.locale), "error.slow", incident=str(interaction.id)), buttons)
        try:
            await _send(interaction, reply)
            await shown(self._app(), reply.unread)
        except discord.HTTPException as error:
            if error.status != BAD_REQUEST:
                raise
            log.exception("discord: the answer to interaction %s was refused", interaction.id)
            await _send(interaction, Reply(say(str(interaction.locale), "error.unexpected", incident=interaction.id)))

    async def _reply(self, interaction: discord.Interaction[Any], work: Coroutine[Any, Any, Reply]) -> Reply:
        user_id = interaction.user.id
        if self._under_way[user_id] >= EACH_MAX:
            work.close()
            return Reply(say(str(interaction.locale), "error.often", n=OFTEN_S), refused=True)
        with self._counted(user_id):
            return await self._worked_out(interaction, work)

    @contextlib.contextmanager
    def _counted(self, user_id: int) -> Iterator[None]:
        """One more of theirs is under way."""
        self._under_way[user_id] += 1
        try:
            yield
        finally:
            self._under_way[user_id] -= 1
            self._under_way += Counter()  # forgets those with nothing under way

    async def _worked_out(self, interaction: discord.Interaction[Any], work: Coroutine[Any, Any, Reply]) -> Reply:
        incident = secrets.token_hex(4)
        try:
            async with self._at_once, asyncio.timeout(HANDLER_S):
                return await work
        except TimeoutError:
            log.exception("discord: interaction %s took too long (%s)", interaction.id, incident)
            return Reply(say(str(interaction.locale), "error.slow", incident=incident))
        except Exception:  # the person gets an answer whatever happens
            log.exception("discord: interaction %s failed (%s)", interaction.id, incident)
            return Reply(say(str(interaction.locale), "error.unexpected", incident=incident))
        finally:
            work.close()


async def _defer(interaction: discord.Interaction[Any]) -> None:
    """Shows "is thinking…" to the person alone. Raises HTTPException when it is too late or somebody else answered."""
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
    except (aiohttp.ClientError, OSError):
        await interaction.response.defer(ephemeral=True, thinking=True)


async def _first(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """A first answer within the 3 s: the form, or a message."""
    if reply.form is not None:
        await interaction.response.send_modal(messages.modal(reply.form))
        return
    shown = messages.shown(reply.message())
    await interaction.response.send_message(
        shown.content or None,
        embeds=shown.embeds,
        view=discord.utils.MISSING if shown.view is None else shown.view,
        allowed_mentions=messages.NO_MENTIONS,
        ephemeral=True,
    )


async def _send(interaction: discord.Interaction[Any], reply: Reply) -> None:
    """The reply in place of "is thinking…". Tried again a few times: a reply always arrives."""
    shown = messages.shown(reply.message())
    for attempt in range(SEND_TRIES):
        try:
            await interaction.edit_original_response(
                content=shown.content or None,
                embeds=shown.embeds,
                view=shown.view,
                allowed_mentions=messages.NO_MENTIONS,
            )
        except UNREACHABLE:
            if attempt == SEND_TRIES - 1:
                raise
            await asyncio.sleep(2**attempt)
        else:
            return


# -- reading what came -------------------------------------------------------------------------------------------------


def _data(interaction: discord.Interaction[Any]) -> Json:
    data: Any = interaction.data
    return data if isinstance(data, dict) else {}


def _typed(data: Json) -> tuple[str, list[Json]]:
    """The command's whole name, and its options."""
    name, options = str(data.get("name", "")), list(data.get("options", ()))
    nested = (discord.AppCommandOptionType.subcommand.value, discord.AppCommandOptionType.subcommand_group.value)
    while len(options) == 1 and options[0]["type"] in nested:
        name, options = f"{name} {options[0]['name']}", list(options[0].get("options", ()))
    return name, options


def _value(option: Json, resolved: Json, guild_id: int | None) -> Value:
    kind, value = option["type"], option["value"]
    if kind == discord.AppCommandOptionType.user.value:
        user = resolved.get("users", {}).get(value, {})
        nick = resolved.get("members", {}).get(value, {}).get("nick")
        return MemberValue(str(value), str(nick or user.get("global_name") or user.get("username") or value))
    if kind == discord.AppCommandOptionType.role.value:
        role = resolved.get("roles", {}).get(value, {})
        everyone = str(value) == str(guild_id)
        return RoleValue(str(value), str(role.get("name", value)), bool(role.get("managed")), everyone)
    return value if isinstance(value, bool | int) else str(value)


def _fields(components: Sequence[Json]) -> dict[str, Value]:
    """A form's values by key; each stands in a row, or in a label."""
    found: dict[str, Value] = {}
    for row in components:
        inner = [row["component"]] if isinstance(row.get("component"), dict) else row.get("components", ())
        for item in inner:
            if "custom_id" in item and "value" in item:
                found[str(item["custom_id"])] = str(item["value"])
    return found


def _request(interaction: discord.Interaction[Any], command: str, options: Mapping[str, Value]) -> Request:
    guild = interaction.guild
    return Request(
        command=command,
        identity=Identity(Platform.DISCORD, str(interaction.user.id)),
        name=interaction.user.display_name,
        locale=OwnClock(interaction.locale),
        place=None if interaction.guild_id is None else Place(Platform.DISCORD, str(interaction.guild_id)),
        place_name=None if guild is None else guild.name or None,
        standing=_standing(interaction),
        role_ids=_role_ids(interaction),
        options=options,
    )


def _standing(interaction: discord.Interaction[Any]) -> Standing:
    """What Discord says of the asker in the server, whatever a channel allows them besides."""
    guild, member = interaction.guild, interaction.user
    if guild is None or not isinstance(member, discord.Member):
        return Standing.MEMBER
    if guild.owner_id == member.id:
        return Standing.OWNER
    allowed = member.guild_permissions
    if allowed.administrator:
        return Standing.ADMINISTRATOR
    return Standing.MODERATOR if allowed.manage_guild else Standing.MEMBER


def _role_ids(interaction: discord.Interaction[Any]) -> frozenset[str]:
    member = interaction.user
    return frozenset(str(role.id) for role in member.roles) if isinstance(member, discord.Member) else frozenset()

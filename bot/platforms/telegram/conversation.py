"""The guided dialogue: a command's options, or a form's fields, asked for one by one in private.

Each question is sent before it is remembered: who is asked twice loses nothing, who waits for a lost question does.
"""

from collections.abc import Mapping, Sequence

from bot.commands.model import Command, FormField, Option, OptionKind, Reply, Value, Way
from bot.commands.model import Form as Asked
from bot.platforms.telegram import dialogue, dialogue_views
from bot.platforms.telegram import option_parser as typed
from bot.platforms.telegram.api_types import Message as Typed
from bot.platforms.telegram.command_runner import CommandRunner, Who
from bot.platforms.telegram.community_choice import place_of
from bot.platforms.telegram.dialogue import Filling, Form
from bot.platforms.telegram.invite_links import BotClient
from bot.platforms.telegram.option_parser import Wrong
from bot.platforms.telegram.replies import Replies, Sent
from bot.texts import clean, lines, say
from payments.flows.jobs.unread import shown
from payments.ports.chat import Message
from payments.ports.stores import ChatRoom


class Conversation:
    """Asks, and takes answers. What comes of it is handed to the runner."""

    def __init__(
        self, wire: BotClient, runner: CommandRunner, replies: Replies, commands: Mapping[str, Command]
    ) -> None:
        self._wire = wire
        self._runner = runner
        self._replies = replies
        self._commands = commands

    async def answer(self, who: Who, chat: ChatRoom | None, reply: Reply) -> bool:
        """Say a reply in private, or ask for its form's first field; False if the person takes no messages."""
        if reply.form is not None:
            return await self._ask_field(who, _form_of(reply.form, chat, who.key), None)
        place = None if chat is None else int(chat.id)
        if await self._replies.private(who.user.id, reply.message(), place) is None:
            return False
        await shown(self._wire.app, reply.unread)
        return True

    async def begin(
        self, who: Who, command: Command, chat: ChatRoom | None, values: Mapping[str, Value], above: str = ""
    ) -> bool:
        """Ask for what is missing, the first time with a line above it; False if the person takes no messages."""
        filling = Filling(
            token=who.key[-8:],
            key=who.key,
            command=command.name,
            chat_id=None if chat is None else chat.id,
            values=dialogue.kept(values),
        )
        return await self._go_on(who, command, filling, None, above)

    async def forget(self, who: Who) -> None:
        """Nothing is being asked any more."""
        await self._remember(who, None)

    async def _remember(self, who: Who, asked: dialogue.Dialogue | None) -> None:
        app = self._wire.app
        until = 0 if asked is None else app.business.now() + dialogue.HOUR_MS
        async with app.store.transaction() as tx:
            await tx.contacts.ask(who.identity, None if asked is None else dialogue.dump(asked), until)

    async def wait(self, who: Who, text: str) -> None:
        """A command waits until its asker has chosen a community."""
        await self._remember(who, dialogue.Pending(text))

    # -- filling in a command ----------------------------------------------------------------------------------------

    async def _go_on(
        self, who: Who, command: Command, filling: Filling, message_id: int | None, refused: str | None = None
    ) -> bool:
        """The next question, or the whole to be confirmed, or the command itself."""
        filling.step += 1
        if filling.asking is None:
            option = await self._next(who, command, filling)
            filling.asking, filling.page, filling.branch = (None if option is None else option.name), 0, None
        if filling.asking is None and not dialogue.is_confirmed(command):
            return await self._do(who, command, filling)
        screen = await self._screen(who, command, filling, refused)
        sent: Sent | None
        if message_id is None:
            sent = await self._replies.private(who.user.id, screen)
        else:
            sent = await self._replies.edit(who.user.id, message_id, screen)
        if sent is not None:
            await self._remember(who, filling)
        return sent is not None

    async def _next(self, who: Who, command: Command, filling: Filling) -> Option | None:
        """What is asked next; a choice that may be skipped is no question where there is nothing to choose from."""
        while (option := dialogue.to_ask(command, filling.values, filling.skipped)) is not None:
            if (
                not option.skip
                or option.complete is None
                or len(await self._offered(who, command, filling, option)) > 1
            ):
                return option
            filling.skipped.append(option.name)
        return None

    async def _do(self, who: Who, command: Command, filling: Filling) -> bool:
        chat = await self._chat(filling.chat_id)
        key = f"{filling.key}:{filling.step}"  # what was refused and is changed is another request
        request = await self._runner.request(who, command.name, chat, dialogue.values_of(filling), key)
        reply = await self._runner.command(request)
        if reply.refused and dialogue.is_confirmed(command):
            filling.more = False
            return await self._go_on(who, command, filling, None, reply.text)
        sent = await self.answer(who, chat, reply)
        if reply.form is None:
            await self.forget(who)
        return sent

    async def _chat(self, chat_id: str | None) -> ChatRoom | None:
        if chat_id is None:
            return None
        async with self._wire.app.store.transaction() as tx:
            chat = await tx.chat_rooms.get(place_of(chat_id))
        return None if chat is None or chat.removed_at is not None else chat

    async def _screen(self, who: Who, command: Command, filling: Filling, refused: str | None) -> Message:
        option = _option(command, filling.asking)
        if option is not None:
            offered = await self._offered(who, command, filling, option)
            return dialogue_views.question(filling, option, offered, who.locale, refused)
        if filling.more:
            return dialogue_views.settings(command, filling, who.locale)
        chat = await self._chat(filling.chat_id)
        request = await self._runner.request(who, command.name, chat, dialogue.values_of(filling))
        preview = await self._runner.preview(request)
        if preview.refused:
            return dialogue_views.summary(command, filling, who.locale, refused or preview.text, "")
        return dialogue_views.summary(command, filling, who.locale, refused, preview.text)

    async def _offered(self, who: Who, command: Command, filling: Filling, option: Option) -> dialogue_views.Offered:
        if option.ways:
            ways = dialogue.ways_of(option, filling.branch)
            return [(dialogue_views.worded(way.label, who.locale), str(at)) for at, way in enumerate(ways)]
        if option.kind is OptionKind.BOOLEAN:
            return dialogue_views.yes_or_no(who.locale)
        if option.choices:
            return [(dialogue_views.worded(choice.label, who.locale), choice.value) for choice in option.choices]
        if option.complete is None:
            return ()
        chat = await self._chat(filling.chat_id)
        request = await self._runner.request(who, command.name, chat, dialogue.values_of(filling))
        return [(choice.label, choice.value) for choice in await self._runner.complete(request, option.name)]

    # -- what is answered --------------------------------------------------------------------------------------------

    async def typed(self, who: Who, asked: dialogue.Dialogue, message: Typed) -> bool:
        """A message while something is being asked; False if it is no answer to that."""
        match asked:
            case Filling():
                return await self._typed_value(who, asked, message)
            case Form():
                await self._typed_field(who, asked, message.text or "")
                return True
            case _:
                return False

    async def _typed_value(self, who: Who, filling: Filling, message: Typed) -> bool:
        command = self._commands.get(filling.command)
        option = None if command is None else _option(command, filling.asking)
        if command is None or option is None:
            return False
        chat = await self._chat(filling.chat_id)
        value: Value | Wrong | None
        if option.kind is OptionKind.MEMBER:
            value = await self._runner.member(message.text or "", message, chat)
        elif (way := _way_typed(option, message.text or "")) is not None:
            await self._go_way(who, command, filling, option, way, None)
            return True
        else:
            value = await self._chosen(who, command, filling, option, message.text or "")
        filling.labels.pop(option.name, None)
        await self._take(who, command, filling, option, value, None)
        return True

    async def _chosen(
        self, who: Who, command: Command, filling: Filling, option: Option, text: str
    ) -> Value | Wrong | None:
        """A typed value; where it is none of those that could be chosen, those are listed."""
        value = typed.value_of(option, text)
        offered = [] if option.complete is None else await self._offered(who, command, filling, option)
        if isinstance(value, Wrong) and value.choices and option.ways:
            ways = dialogue.ways_of(option, filling.branch)
            return Wrong("typed.choice_of", {"value": text, "choices": _listed(who, [way.label for way in ways])})
        if offered and isinstance(value, str) and value not in [known for _, known in offered]:
            chat = await self._chat(filling.chat_id)
            request = await self._runner.request(who, command.name, chat, dialogue.values_of(filling))
            if not await self._runner.complete(request, option.name, value):
                return Wrong("typed.choice_of", {"value": text, "choices": _listed(who, [text for text, _ in offered])})
        return value

    async def _go_way(
        self, who: Who, command: Command, filling: Filling, option: Option, way: Way, message_id: int | None
    ) -> None:
        """An answer in everyday words: what it sets, or the narrower question it leads to."""
        if way.ways:
            filling.branch = option.ways.index(way)
            await self._go_on(who, command, filling, message_id)
            return
        filling.values = dialogue.without_answer(option, filling.values) | dict(way.values)
        filling.labels[option.name] = dialogue_views.worded(way.label, who.locale).removesuffix(" …")
        await self._take(who, command, filling, option, way.values[option.name], message_id)

    async def _take(
        self,
        who: Who,
        command: Command,
        filling: Filling,
        option: Option,
        value: Value | Wrong | None,
        message_id: int | None,
    ) -> None:
        """Keep a value that fits, and go on; ask again for one that does not, and say why."""
        refused: str | None = None
        if isinstance(value, Wrong):
            refused = typed.told(value, who.locale, option.name)
        elif value is not None:
            before = dict(filling.values)
            filling.values |= dialogue.kept({option.name: value})
            filling.values = dialogue.without_unneeded(command, filling.values)
            chat = await self._chat(filling.chat_id)
            request = await self._runner.request(who, command.name, chat, dialogue.values_of(filling))
            refused = await self._runner.wrong(request, option.name)
            if refused is not None:
                filling.values = before
        if refused is None:
            self._answered(filling, option)
        await self._go_on(who, command, filling, message_id, refused)

    @staticmethod
    def _answered(filling: Filling, option: Option) -> None:
        """Nothing more is asked about an option; what was asked in turn can be gone back to."""
        if not filling.more and option.name not in filling.trail:
            filling.trail.append(option.name)
        filling.asking, filling.more, filling.branch = None, False, None

    async def _skip(self, who: Who, command: Command, filling: Filling, option: Option, message_id: int) -> None:
        """An option is left out, or taken back."""
        filling.values = dialogue.without_answer(option, filling.values)
        filling.labels.pop(option.name, None)
        if option.name not in filling.skipped:
            filling.skipped.append(option.name)
        self._answered(filling, option)
        await self._go_on(who, command, filling, message_id)

    async def _back(self, who: Who, command: Command, filling: Filling, message_id: int) -> None:
        """The question before: the wider one, the summary it was opened from, or the last one that was answered."""
        if filling.branch is not None:
            filling.branch = None
        elif filling.more or not filling.trail:
            filling.asking, filling.more = None, False
        else:
            option = _option(command, filling.trail.pop())
            filling.asking, filling.page = (None if option is None else option.name), 0
            if option is not None:
                filling.values = dialogue.without_answer(option, filling.values)
                filling.skipped = [name for name in filling.skipped if name != option.name]
        await self._go_on(who, command, filling, message_id)

    async def pressed(
        self, who: Who, asked: dialogue.Dialogue | None, data: str, query_id: str, message_id: int
    ) -> None:
        """A button of a question: `token:step:verb:argument`."""
        token, step, verb, argument = (*data.split(":", 3), "", "", "", "")[:4]
        command = self._commands.get(asked.command) if isinstance(asked, Filling) else None
        if not isinstance(asked, Filling) or command is None or asked.token != token:
            await self._replies.toast(query_id, say(who.locale, "dialogue.gone"))
            return
        await self._replies.toast(query_id)
        if step != str(asked.step):
            return  # the second of two clicks, or a question that is answered already
        option = next(
            (o for o in typed.options_of(command) if o.name == (argument if verb == "o" else asked.asking)), None
        )
        match verb:
            case "x":
                await self.forget(who)
                await self._replies.edit(who.user.id, message_id, Message(say(who.locale, "dialogue.cancelled")))
            case "g":
                await self._do(who, command, asked)
            case "v" if option is not None and option.ways:
                ways = dialogue.ways_of(option, asked.branch)
                if argument.isascii() and argument.isdecimal() and int(argument) < len(ways):
                    await self._go_way(who, command, asked, option, ways[int(argument)], message_id)
            case "k" if option is not None:
                await self._skip(who, command, asked, option, message_id)
            case "b":
                await self._back(who, command, asked, message_id)
            case "v" if option is not None:
                offered = await self._offered(who, command, asked, option)
                asked.labels[option.name] = next((text for text, value in offered if value == argument), argument)
                await self._take(who, command, asked, option, typed.value_of(option, argument), message_id)
            case "o" if option is not None:
                asked.asking, asked.page, asked.branch = option.name, 0, None
                await self._go_on(who, command, asked, message_id)
            case "p":
                asked.page = int(argument) if argument.isascii() and argument.isdecimal() else 0
                await self._go_on(who, command, asked, message_id)
            case "m" | "s":
                asked.asking, asked.more = None, verb == "m"
                await self._go_on(who, command, asked, message_id)
            case _:
                return

    # -- forms -------------------------------------------------------------------------------------------------------

    async def _ask_field(self, who: Who, form: Form, refused: str | None) -> bool:
        field = next(f for f in form.fields if f[0] not in form.values)
        text = lines(
            refused or "", f"**{clean(form.title)}**", clean(field[1]), say(who.locale, "dialogue.how_to_cancel")
        )
        sent = await self._replies.private(who.user.id, Message(text), ask=field[1])
        if sent is not None:
            await self._remember(who, form)
        return sent is not None

    async def _typed_field(self, who: Who, form: Form, text: str) -> None:
        key, _, _, longest = next(f for f in form.fields if f[0] not in form.values)
        if not text.strip() or len(text) > longest:
            refused = say(who.locale, "typed.too_long" if text.strip() else "typed.empty", option=key, n=longest)
            await self._ask_field(who, form, refused)
            return
        form.values[key] = text.strip()
        if any(f[0] not in form.values for f in form.fields):
            await self._ask_field(who, form, None)
            return
        chat = await self._chat(form.chat_id)
        request = await self._runner.request(who, form.action.partition(":")[0], chat, dict(form.values), form.key)
        reply = await self._runner.press(form.action, request)
        await self.answer(who, chat, reply)
        if reply.form is None:
            await self.forget(who)


def _form_of(form: Asked, chat: ChatRoom | None, key: str) -> Form:
    fields: Sequence[FormField] = form.fields
    chat_id = None if chat is None else chat.id
    return Form(key, form.action, str(form.title), chat_id, dialogue.fields_of(fields), {})


def _way_typed(option: Option, text: str) -> Way | None:
    """The answer in everyday words that somebody typed, in whatever language of ours."""
    found = [*option.ways, *dialogue.all_ways(option)]
    return next((way for way in found if any(typed.same(text, name) for name in typed.labels(way))), None)


def _listed(who: Who, labels: Sequence[str]) -> str:
    return " / ".join(dialogue_views.worded(text, who.locale) for text in labels)


def _option(command: Command, name: str | None) -> Option | None:
    return next((option for option in typed.options_of(command) if option.name == name), None)

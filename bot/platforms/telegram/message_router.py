"""Where people ask: messages and presses, in private and in groups. Every answer is private."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.commands.model import About, Command, Reply, Value
from bot.platforms.telegram import dialogue, markup, option_parser
from bot.platforms.telegram.api_types import CallbackQuery, Chat, Message
from bot.platforms.telegram.calls import outcome_of
from bot.platforms.telegram.command_runner import CommandRunner, Who
from bot.platforms.telegram.community_choice import Candidate, CommunityChoice
from bot.platforms.telegram.conversation import Conversation
from bot.platforms.telegram.invite_links import BotClient, InviteLinks
from bot.platforms.telegram.option_parser import Called, Wrong
from bot.platforms.telegram.replies import Replies, TryAgain
from bot.texts import Safe, clean, lines, plain, say
from payments.ports.chat import ActionButton, Busy
from payments.ports.chat import Message as Said
from payments.ports.stores import ChatRoom, Contact

log = logging.getLogger("guestlist.telegram")

START, CANCEL = "start", "cancel"
PLACES_MAX = 20


class MessageRouter:
    """Handles what people write and press."""

    def __init__(
        self,
        wire: BotClient,
        links: InviteLinks,
        places: CommunityChoice,
        replies: Replies,
        runner: CommandRunner,
        conversation: Conversation,
        commands: Sequence[Command],
    ) -> None:
        self._wire = wire
        self._links = links
        self._places = places
        self._replies = replies
        self._runner = runner
        self._conversation = conversation
        self._commands = {command.name: command for command in commands}

    async def message(self, message: Message, key: str) -> None:
        """Somebody wrote. Raises `TryAgain` and `StoreUnavailable`."""
        if message.from_ is None:
            return
        who = Who(message.from_, key)
        if message.chat.type == "private":
            await self._private(who, message)
        else:
            await self._group(who, message)

    # -- in a group --------------------------------------------------------------------------------------------------

    async def _group(self, who: Who, message: Message) -> None:
        found = self._called(message)
        if found is None or (found.name not in self._commands and not self._group_of(found.name)):
            return
        payload = markup.start_payload(message.chat.id)
        if message.sender_chat is not None:
            await self._replies.in_group(message, who.locale, "group.anonymous", payload)
            return
        if message.chat.type == "group":
            await self._replies.in_group(message, who.locale, "group.basic", payload)
            return
        chat = await self._links.chat(str(message.chat.id))
        if not isinstance(chat, ChatRoom):
            refused = outcome_of(chat)
            if isinstance(refused, Busy):
                raise TryAgain(refused.retry_after_ms, refused.detail)
            return
        await self._seen(who)
        arrived = await self._run(who, found, chat, message)
        await self._replies.in_group(message, who.locale, "group.answered" if arrived else "group.closed", payload)

    def _called(self, message: Message) -> Called | None:
        """The command that a message calls, unless it is another bot's."""
        found = option_parser.called(message.text or "", list(self._commands))
        if found is not None and found.bot is not None and found.bot.lower() != self._wire.username.lower():
            return None
        return found

    def _group_of(self, name: str) -> list[Command]:
        """The commands of two words that begin with this one."""
        return [command for command in self._commands.values() if command.name.startswith(f"{name} ")]

    async def _seen(self, who: Who) -> Contact:
        app = self._wire.app
        async with app.store.transaction() as tx:
            return await tx.contacts.seen(who.identity, who.username, who.name, app.business.now())

    # -- in private --------------------------------------------------------------------------------------------------

    async def _private(self, who: Who, message: Message) -> None:
        talker = await self._seen(who)
        found = self._called(message)
        asked = self._asked(talker)
        if found is None:
            if asked is None or not await self._conversation.typed(who, asked, message):
                await self._say(who, say(who.locale, "dialogue.not_asked"))
            return
        if asked is not None:
            await self._conversation.forget(who)
        if found.name == CANCEL:
            await self._say(who, say(who.locale, "dialogue.nothing" if asked is None else "dialogue.cancelled"))
            return
        if found.name == START and (chat_id := markup.chat_of_payload(found.rest)) is not None:
            chosen = await self._places.choose(who.id, str(chat_id))
            talker, found = replace(talker, chat_id=None if chosen is None else chosen.id), replace(found, rest="")
        elif found.name == START and not found.rest and len(others := await self._communities(who)) > 1:
            await self._which(who, others, "")
            return
        await self._here(who, talker, found, message)

    def _asked(self, talker: Contact) -> dialogue.Dialogue | None:
        if talker.dialogue_until <= self._wire.app.business.now():
            return None
        return dialogue.load(talker.dialogue)

    async def _here(self, who: Who, talker: Contact, found: Called, message: Message) -> None:
        """A command in private: about the community they chose, or one to be chosen first."""
        command = self._commands.get(found.name)
        about_a_place = command is None or command.about is About.ONE_PLACE
        if command is not None and command.about is About.NO_PLACE:
            await self._run(who, found, None, message)
            return
        chosen = await self._places.chosen(talker)
        asked_for = about_a_place or (found.name == START and not found.rest)
        if isinstance(chosen, ChatRoom):
            about = await self._places.about(chosen, who.id) if about_a_place else None
            await self._run(who, found, chosen, message, about)
            return
        if not chosen or not asked_for:
            await self._run(who, found, None, message)
            return
        await self._which(who, chosen, "" if found.name == START else message.text or "")

    async def _which(self, who: Who, candidates: Sequence[Candidate], text: str) -> None:
        """Ask which community is meant; the command waits."""
        buttons = tuple(
            ActionButton(plain(candidate.name, 60), f"{dialogue.PREFIX}{dialogue.PLACE}:{candidate.chat.id}")
            for candidate in _once(candidates)[:PLACES_MAX]
        )
        question = say(who.locale, "place.which")
        await self._replies.private(who.user.id, Said(question, buttons))
        await self._conversation.wait(who, text)

    async def _communities(self, who: Who) -> Sequence[Candidate]:
        """The communities that somebody is in, by one chat each."""
        return _once(await self._places.candidates(who.id))

    async def _say(self, who: Who, text: str) -> None:
        await self._replies.private(who.user.id, Said(text))

    # -- a command ---------------------------------------------------------------------------------------------------

    async def _run(
        self, who: Who, found: Called, chat: ChatRoom | None, message: Message, about: str | None = None
    ) -> bool:
        """Do what a command says, or ask for what it lacks; False if the person takes no messages from us. `about`:
        which community that is about, to be said with it."""
        command = self._commands.get(found.name)
        if command is None:
            return await self._choose_of(who, found, chat)
        request = await self._runner.request(who, command.name, chat)
        if command.admin and (refusal := await self._runner.refusal(request)) is not None:
            return await self._conversation.answer(who, chat, _named(refusal, who, about))
        line = option_parser.read(found.rest, command)
        values: dict[str, Value] | Wrong
        if line.elsewhere:
            values = Wrong("typed.elsewhere", {"option": line.elsewhere})
        elif line.stray:
            values = Wrong("typed.stray", {"value": line.stray})
        else:
            values = await self._runner.values(command, line, found.at, message, chat)
        if isinstance(values, Wrong):
            key, line_of = option_parser.form(command)
            form = say(who.locale, key, form=Safe(line_of))
            return await self._conversation.answer(
                who, chat, Reply(lines(option_parser.told(values, who.locale), form))
            )
        unknown = chat is None and command.about is About.ONE_PLACE  # nothing is asked that could lead nowhere
        if not unknown and dialogue.missing(command, values) is not None:
            return await self._conversation.begin(who, command, chat, values, _about(who, about))
        reply = await self._runner.command(replace(request, options=values))
        return await self._conversation.answer(who, chat, _named(reply, who, about))

    async def _choose_of(self, who: Who, found: Called, chat: ChatRoom | None) -> bool:
        """`/plan` alone: which of its commands is meant."""
        group = self._group_of(found.name)
        if not group:
            return await self._conversation.answer(who, chat, Reply(say(who.locale, "error.unknown_command")))
        buttons = tuple(
            ActionButton(f"/{command.name}", f"{dialogue.PREFIX}{dialogue.RUN}:{command.name}") for command in group
        )
        return await self._conversation.answer(who, chat, Reply(say(who.locale, "typed.which"), buttons))

    # -- a press -----------------------------------------------------------------------------------------------------

    async def press(self, query: CallbackQuery, key: str) -> None:
        """Somebody pressed a button. Raises `TryAgain` and `StoreUnavailable`."""
        who = Who(query.from_, key)
        talker = await self._seen(who)
        action, place = markup.action_of((query.data or "").replace("\0", ""))
        if action.startswith(dialogue.PREFIX + dialogue.TOUCH):
            data = action.removeprefix(f"{dialogue.PREFIX}{dialogue.TOUCH}:")
            message_id = 0 if query.message is None else query.message.message_id
            await self._conversation.pressed(who, self._asked(talker), data, query.id, message_id)
            return
        await self._replies.toast(query.id)
        if action.startswith(f"{dialogue.PREFIX}{dialogue.PLACE}:"):
            await self._chosen(who, talker, action.removeprefix(f"{dialogue.PREFIX}{dialogue.PLACE}:"), query)
            return
        chat = await self._of_button(talker, place, query)
        if action.startswith(f"{dialogue.PREFIX}{dialogue.RUN}:"):
            name = action.removeprefix(f"{dialogue.PREFIX}{dialogue.RUN}:")
            await self._run(who, Called(name, None, ""), chat, _nothing(query))
            return
        request = await self._runner.request(who, action.partition(":")[0], chat)
        await self._conversation.answer(who, chat, await self._runner.press(action, request))

    async def _of_button(self, talker: Contact, place: int | None, query: CallbackQuery) -> ChatRoom | None:
        """The chat that a button is about: the one that it names, the group it stands in, or the one chosen."""
        if place is None and query.message is not None and query.message.chat.type == "supergroup":
            place = query.message.chat.id
        if place is not None and (named := await self._places.led_to(talker.user_id, str(place))) is not None:
            return named
        chosen = await self._places.chosen(talker)
        return chosen if isinstance(chosen, ChatRoom) else None

    async def _chosen(self, who: Who, talker: Contact, chat_id: str, query: CallbackQuery) -> None:
        """A community was chosen: what waited for that is done now."""
        chat = await self._places.choose(who.id, chat_id)
        if chat is None:
            await self._say(who, say(who.locale, "error.unknown_action"))
            return
        asked = self._asked(talker)
        text = asked.text if isinstance(asked, dialogue.Pending) else ""
        found = option_parser.called(text, list(self._commands)) or Called(START, None, "")
        await self._run(who, found, chat, _nothing(query))
        if isinstance(asked, dialogue.Pending):
            await self._forget_pending(who)

    async def _forget_pending(self, who: Who) -> None:
        """The command does not wait any more; a dialogue that came of it stays."""
        async with self._wire.app.store.transaction() as tx:
            talker = await tx.contacts.get(who.identity)
        if talker is not None and isinstance(dialogue.load(talker.dialogue), dialogue.Pending):
            await self._conversation.forget(who)


def _once(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Of each community one chat."""
    return list({candidate.community_id or candidate.chat.id: candidate for candidate in candidates}.values())


def _about(who: Who, name: str | None) -> str:
    return "" if name is None else say(who.locale, "place.about", place=name)


def _named(reply: Reply, who: Who, name: str | None) -> Reply:
    """A reply that says which community it is about, unless its own words do."""
    if name is None or reply.form is not None or re.search(rf"(?<!\w){re.escape(clean(name))}(?!\w)", reply.text):
        return reply
    return replace(reply, text=lines(_about(who, name), reply.text))


def _nothing(query: CallbackQuery) -> Message:
    """A message with nothing in it, where a button stands for a command."""
    return Message(message_id=0, chat=Chat(id=query.from_.id, type="private"), from_=query.from_)

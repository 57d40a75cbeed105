"""From what somebody typed to a request, and from a request to its reply."""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace

from bot.commands.dispatch import Dispatcher
from bot.commands.model import Choice, Command, MemberValue, OptionKind, Reply, Request, Value
from bot.platforms.telegram import option_parser
from bot.platforms.telegram.api_types import Message, User, inside, name_of
from bot.platforms.telegram.calls import NO, outcome_of
from bot.platforms.telegram.community_choice import Rights, place_of
from bot.platforms.telegram.invite_links import BotClient
from bot.platforms.telegram.option_parser import Line, Wrong
from bot.platforms.telegram.replies import Replies, TryAgain
from bot.texts import plain
from payments.core.community import Identity, Platform
from payments.core.rights import Standing
from payments.flows.rights.belonging import dealt_at
from payments.ports.chat import Busy, PlaceMember
from payments.ports.stores import ChatRoom

LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
USERNAME = re.compile(r"[A-Za-z0-9_]{3,64}")

TYPING_S = 1.0
"""After so long a person sees that an answer is on its way."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks; `key` is the same when the same update is handled again."""

    user: User
    key: str

    @property
    def id(self) -> str:
        """The account's number."""
        return str(self.user.id)

    @property
    def identity(self) -> Identity:
        """Their account."""
        return Identity(Platform.TELEGRAM, self.id)

    @property
    def locale(self) -> str:
        """The language of their app, which they may keep to themselves."""
        code = self.user.language_code or ""
        return code if LOCALE.fullmatch(code) else "en"

    @property
    def username(self) -> str | None:
        """The name by which others mention them."""
        name = self.user.username
        return name if name is not None and USERNAME.fullmatch(name) else None

    @property
    def name(self) -> str:
        """As they call themselves."""
        return plain(name_of(self.user)) or self.id


class CommandRunner:
    """Makes requests and has them answered."""

    def __init__(self, wire: BotClient, rights: Rights, replies: Replies, dispatcher: Dispatcher) -> None:
        self._wire = wire
        self._rights = rights
        self._replies = replies
        self._dispatcher = dispatcher

    async def request(
        self,
        who: Who,
        command: str,
        chat: ChatRoom | None,
        values: Mapping[str, Value] | None = None,
        key: str | None = None,
    ) -> Request:
        """A request about a chat's community (None: about none). Raises `TryAgain`.

        To somebody an admin has banned, the chat doesn't exist: whatever they asked before the ban goes no further.
        """
        member = PlaceMember(inside=False) if chat is None else await self._rights.member(chat.id, who.id)
        if member is not None and member.banned:
            chat = None
        return Request(
            command=command,
            identity=who.identity,
            name=who.name,
            locale=who.locale,
            place=None if chat is None else place_of(chat.id),
            place_name=None if chat is None else chat.title,
            standing=Standing.MEMBER if member is None else member.standing,
            inside=None if member is None else member.inside,
            options={} if values is None else values,
            key=f"tg:{who.key if key is None else key}",
        )

    async def command(self, request: Request) -> Reply:
        """What a command answers."""
        return await self._shown(request, self._dispatcher.command(self._wire.app, request))

    async def refusal(self, request: Request) -> Reply | None:
        """Why a command is not for who asks; None if it is. Asked before a dialogue is begun."""
        return await self._dispatcher.refusal(self._wire.app, request)

    async def press(self, action: str, request: Request) -> Reply:
        """What a button or a form answers."""
        return await self._shown(request, self._dispatcher.press(self._wire.app, action, request))

    async def complete(self, request: Request, option: str, typed: str = "") -> tuple[Choice, ...]:
        """What could be chosen, of that what has these letters in it."""
        return await self._dispatcher.complete(self._wire.app, request, option, typed)

    async def preview(self, request: Request) -> Reply:
        """What a command that is filled in would make."""
        return await self._dispatcher.preview(self._wire.app, request)

    async def wrong(self, request: Request, option: str) -> str | None:
        """What the command would say of one value; None if it would take it."""
        return await self._dispatcher.check(self._wire.app, request, option)

    async def _shown(self, request: Request, work: Awaitable[Reply]) -> Reply:
        answer = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({answer}, timeout=TYPING_S)
            if not done:
                await self._replies.typing(int(request.identity.user_id))
            return await answer
        finally:
            answer.cancel()

    # -- values ------------------------------------------------------------------------------------------------------

    async def values(
        self, command: Command, line: Line, at: int, message: Message, chat: ChatRoom | None
    ) -> dict[str, Value] | Wrong:
        """Typed values as the command's options take them, or the first that is wrong. Raises `TryAgain`.

        `at`: where the line begins in the message.
        """
        found: dict[str, Value] = {}
        for option in option_parser.options_of(command):
            text = line.values.get(option.name)
            value: Value | Wrong | None
            if option.kind is OptionKind.MEMBER:
                begin, end = line.spans.get(option.name, (0, 0))
                value = await self.member(text, message, chat, (at + begin, at + end))
            else:
                value = None if text is None else option_parser.value_of(option, text)
            if isinstance(value, Wrong):
                return replace(value, params={"option": option.name, **value.params})
            if value is not None:
                found[option.name] = value
        return found

    async def member(
        self, text: str | None, message: Message, chat: ChatRoom | None, span: tuple[int, int] | None = None
    ) -> MemberValue | Wrong | None:
        """Who somebody names: by a mention, a username, a number, or by answering a message of theirs.

        `span`: between which characters of the message they are named; None: all of it names them. A mention that
        stands elsewhere is about somebody else.
        """
        mentioned = _mentioned(message, span)
        if mentioned is not None and text is not None:
            return _member_value(mentioned)
        if text is None:
            other = message.reply_to_message
            author = None if other is None or other.sender_chat is not None else other.from_
            return None if author is None or author.is_bot else _member_value(author)
        name = text.strip().removeprefix("@")
        if name.isascii() and name.isdecimal() and len(name) <= 16:
            return await self._numbered(name, chat)
        async with self._wire.app.store.transaction() as tx:
            talker = await tx.contacts.called(Platform.TELEGRAM, name) if USERNAME.fullmatch(name) else None
        found = None if talker is None else await self._numbered(talker.user_id, chat, username=name)
        return Wrong("typed.member_unknown", {"value": text}) if found is None or isinstance(found, Wrong) else found

    async def _numbered(self, number: str, chat: ChatRoom | None, username: str | None = None) -> MemberValue | Wrong:
        """Whose number this is, as Telegram says; a username may belong to somebody else by now.

        Who is not in the chat, and had nothing here, is no more than the number that was typed: nobody learns here
        whether we know them from elsewhere.
        """
        unknown = Wrong("typed.member_unknown", {"value": number})
        if chat is None:
            return unknown
        member = await self._wire.ask(lambda bot: bot.get_chat_member(int(chat.id), int(number), rate_limit_args=True))
        if isinstance(member, NO):
            refused = outcome_of(member)
            if isinstance(refused, Busy):
                raise TryAgain(refused.retry_after_ms, refused.detail)
            return MemberValue(number, number) if username is None else unknown
        known = inside(member.status, getattr(member, "is_member", None)) or await dealt_at(
            self._wire.app, place_of(chat.id), Identity(Platform.TELEGRAM, number)
        )
        if username is not None and not (known and (member.user.username or "").lower() == username.lower()):
            return unknown
        return MemberValue(number, (plain(member.user.full_name) if known else "") or number)


def _mentioned(message: Message, span: tuple[int, int] | None) -> User | None:
    text = message.text or ""
    begin, end = (0, len(text)) if span is None else span
    first, last = (len(text[:at].encode("utf-16-le")) // 2 for at in (begin, end))
    found = [e for e in message.entities if e.type == "text_mention" and first <= e.offset < last]
    return next((entity.user for entity in found if entity.user is not None), None)


def _member_value(user: User) -> MemberValue:
    return MemberValue(str(user.id), plain(name_of(user)) or str(user.id))

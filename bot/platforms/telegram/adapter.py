"""Telegram as a chat platform, put together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from telegram.ext import ExtBot

from bot.commands.dispatch import Dispatcher
from bot.commands.model import Command
from bot.platforms.telegram import markup
from bot.platforms.telegram.chat_events import ChatEvents
from bot.platforms.telegram.client import Connection, Raw, Webhook
from bot.platforms.telegram.command_runner import CommandRunner
from bot.platforms.telegram.community_choice import CommunityChoice, Rights
from bot.platforms.telegram.conversation import Conversation
from bot.platforms.telegram.inbox import Inbox
from bot.platforms.telegram.invite_links import BotClient, InviteLinks
from bot.platforms.telegram.members import ChatMembers
from bot.platforms.telegram.message_router import MessageRouter
from bot.platforms.telegram.rate_limit import RateLimit
from bot.platforms.telegram.replies import Replies, TryAgain
from bot.platforms.telegram.updates import Heard, Updates, store
from payments.core.community import Place, Platform, Target
from payments.flows.runtime.context import AppContext
from payments.ports.chat import (
    Blocked,
    Busy,
    Done,
    Failed,
    Givers,
    HandOut,
    Holders,
    Holding,
    Message,
    NotThere,
    Open,
    Outcome,
    PlaceMember,
    Room,
)
from payments.ports.clocks import MachineClock
from payments.ports.stores import Lease, StoredUpdate, Transaction
from payments.rate_limit import Limiter


class TelegramPlatform:
    """Implements `ChatPlatform`. `run` connects, and stays connected, until `close`; `hear` handles what came."""

    platform = Platform.TELEGRAM

    def __init__(
        self,
        *,
        app: Callable[[], AppContext],
        dispatcher: Dispatcher,
        commands: Sequence[Command],
        token: str,
        machine: MachineClock,
        limiter: Limiter,
        api_base: str | None = None,
        webhook: Webhook | None = None,
    ) -> None:
        ours = [command for command in commands if Platform.TELEGRAM in command.platforms]
        self._app = app
        self._inbox = Inbox()
        pace = self._pace = RateLimit(machine, limiter)
        self._connection = Connection(
            token=token,
            api_base=api_base,
            pace=pace,
            commands=ours,
            store=self._store,
            webhook=webhook,
        )
        wire = BotClient(app, self._bot)
        links = InviteLinks(wire)
        rights = self._rights = Rights(wire)
        self._replies = Replies(wire, [command.name for command in ours])
        runner = CommandRunner(wire, rights, self._replies, dispatcher)
        conversation = Conversation(wire, runner, self._replies, {command.name: command for command in ours})
        router = MessageRouter(wire, links, CommunityChoice(wire, rights), self._replies, runner, conversation, ours)
        self._doorman = ChatMembers(wire, links)
        events = ChatEvents(wire, links, rights, self._replies, runner)
        self._updates = Updates(router, events, pace, lambda: wire.own_id != 0)

    def _bot(self) -> ExtBot[bool] | None:
        return None if self._connection.me is None else self._connection.bot

    async def _store(self, updates: Sequence[Raw]) -> None:
        await store(self._app(), updates, self._inbox)

    @property
    def ready(self) -> bool:
        """Whether updates are heard now."""
        return self._connection.up

    async def run(self) -> None:
        """Connect and stay connected, for ever, until `close`."""
        await self._connection.run()

    async def close(self) -> None:
        """Let `run` end."""
        await self._connection.close()

    async def claim_updates(
        self, tx: Transaction, lease: Lease, machine_now: int, limit: int
    ) -> Sequence[StoredUpdate]:
        """Claim those whose turn it is."""
        return await self._updates.claim(tx, lease, machine_now, limit)

    async def hear(self, app: AppContext, update: StoredUpdate, lease: Lease) -> Heard:
        """Handle a stored update."""
        return await self._updates.hear(app, update, lease)

    async def holds(self, user_id: str, target: Target) -> Holding | NotThere | Blocked | Busy | Failed:
        """Whether the person is in the chat now."""
        return await self._doorman.holds(user_id, target)

    async def give(self, user_id: str, target: Target, reason: str, *, skips_rules: bool = False) -> Outcome:
        """Let in who asks; the others get the way in with `NotThere`."""
        return await self._doorman.give(user_id, target)

    async def take(self, user_id: str, target: Target, reason: str) -> Outcome:
        """Put out."""
        return await self._doorman.take(user_id, target)

    async def turn_away(self, user_id: str, target: Target) -> Outcome:
        """Decline a request to join."""
        return await self._doorman.turn_away(user_id, target)

    @contextmanager
    def turn(self, user_id: str) -> Iterator[int]:
        """Whether the person may be written to now."""
        wait_ms = self._pace.turn(int(user_id))
        with nullcontext() if wait_ms else self._pace.granted(int(user_id)):
            yield wait_ms

    async def tell(self, user_id: str, message: Message) -> Outcome:
        """Write to the person privately."""
        return await self._replies.tell(int(user_id), message)

    async def check(self, target: Target) -> Done | Blocked | Busy | Failed:
        """Whether we may let in and put out."""
        return await self._doorman.check(target)

    async def open_ways(self, place: Place, targets: Sequence[Target]) -> Mapping[Target, Sequence[Open]]:
        """Chats that anyone can enter or read, or to which every member may add others."""
        ways = await self._doorman.open_ways(int(place.external_id))
        return dict.fromkeys(targets, ways) if ways else {}

    def start_link(self, payload: str) -> str | None:
        """The deep link that opens the bot with a payload; None until it is connected."""
        return self._replies.deep_link(payload)

    def place_link(self, place: Place) -> str | None:
        """None: a chat that is not public has no address but its invitations."""
        return None

    def shop_link(self, place: Place) -> str | None:
        """The deep link that opens the bot about this chat; None until it is connected."""
        return self.start_link(markup.start_payload(int(place.external_id)))

    async def member(self, user_id: str, place: Place) -> PlaceMember | None:
        """What somebody is in a chat; None when Telegram doesn't say."""
        try:
            return await self._rights.member(place.external_id, user_id)
        except TryAgain:
            return None

    async def hand_out(self, user_id: str, target: Target) -> HandOut | None:
        """Whether somebody could let others into the chat: its owner, and admins who may invite."""
        try:
            may = await self._rights.may_invite(target.external_id, user_id)
        except TryAgain:
            return None
        return None if may is None else HandOut(may)

    async def givers(self, place: Place, role_id: str) -> Givers | None:
        """Telegram has no roles."""
        return Givers()

    async def rooms(self, place: Place) -> Sequence[Room] | None:
        """The chat itself."""
        return await self._doorman.rooms(place)

    async def post(self, place: Place, message: Message, *, room: str | None = None, key: str = "") -> Outcome:
        """Write in the group or channel."""
        return await self._replies.post(int(place.external_id), message)

    async def leave(self, place: Place, message: Message) -> Outcome:
        """Say a sentence in the chat, if the bot may write there, and leave it."""
        return await self._replies.leave(int(place.external_id), message)

    async def holders(self, place: Place, after: str | None = None) -> Holders | None:
        """Telegram tells no bot who is in a chat."""
        return None

"""What the methods of the Bot API have in common: which chat, which user, and whether the bot may."""

from __future__ import annotations

from sandbox.telegram.errors import bad, chat_not_found, forbidden, migrated, no_links, not_inside
from sandbox.telegram.links import Links
from sandbox.telegram.listeners import Listeners
from sandbox.telegram.membership import Membership
from sandbox.telegram.params import Params
from sandbox.telegram.ratelimit import Limiter
from sandbox.telegram.state import Chat, Kind, Member, Status, User, World
from sandbox.telegram.updates import Updates
from sandbox.telegram.webhook import Webhook


class Rest:
    """Everything that the methods work on."""

    def __init__(self, world: World, life: Membership, links: Links, limiter: Limiter, webhook: Webhook) -> None:
        self.world = world
        self.life = life
        self.links = links
        self.limiter = limiter
        self.webhook = webhook

    @property
    def updates(self) -> Updates:
        """The bot's queue."""
        return self.life.updates

    @property
    def ears(self) -> Listeners:
        """Who listens to the bot."""
        return self.life.ears

    @property
    def me(self) -> User:
        """The bot's own account."""
        return self.world.bot.user

    def now(self) -> float:
        """Sandbox time, unix seconds."""
        return self.life.now()

    # -- chats ------------------------------------------------------------------------------------------
    def chat(self, params: Params, name: str = "chat_id") -> Chat:
        """The chat that is meant, where the bot is or was. Raises ApiError."""
        text = params.text(name).strip()
        if not text:
            raise bad(f"{name} is empty")
        if text.startswith("@"):
            wanted = text[1:].lower()
            chats = self.world.chats.values()
            found = next((chat for chat in chats if (chat.username or "").lower() == wanted), None)
        elif text.lstrip("-").isdigit():
            found = self._by_id(int(text))
        else:
            found = None
        if found is None:
            raise chat_not_found()
        if found.migrated_to is not None:
            raise migrated(found.migrated_to)
        return found

    def _by_id(self, chat_id: int) -> Chat | None:
        user = self.world.users.get(chat_id)
        if user is None:
            found = self.world.chats.get(chat_id)
            # A chat in which the bot never was is as good as none, unless everybody can look it up by its name.
            return found if found is not None and (self.me.id in found.members or self._left(found)) else None
        if user.is_bot:
            return self.world.private(user)
        return self.world.private(user) if self.world.knows(user, self.now()) else None

    def _left(self, chat: Chat) -> bool:
        me = self.me.id
        return any(entry.get("user") == me for entry in chat.log)

    def group(self, params: Params) -> tuple[Chat, Member]:
        """A group, supergroup or channel in which the bot is, and how it stands there. Raises ApiError."""
        chat = self.chat(params)
        own = self.world.bot_in(chat, self.now())
        if chat.kind is not Kind.PRIVATE and not own.status.inside:
            raise not_inside(chat, kicked=own.status is Status.KICKED)
        return chat, own

    def writable(self, params: Params) -> Chat:
        """A chat that the bot may write to. Raises ApiError."""
        chat, own = self.group(params)
        if chat.kind is Kind.PRIVATE:
            self._private(self.world.users[chat.id])
        elif chat.kind is Kind.CHANNEL and not own.status.leads:
            raise bad("need administrator rights in the channel chat")
        elif chat.kind is Kind.CHANNEL and not self.life.may(chat, "can_post_messages"):
            raise bad("not enough rights to send text messages to the chat")
        return chat

    def _private(self, user: User) -> None:
        if user.is_bot:
            raise forbidden("bot can't send messages to bots")
        if user.blocked:
            raise forbidden("bot was blocked by the user")
        if not user.started and not self.world.door_open(user, self.now()):
            raise forbidden("bot can't initiate conversation with a user")

    # -- users --------------------------------------------------------------------------------------------
    def user(self, params: Params) -> User:
        """The user that is meant. Raises ApiError when nobody has the id."""
        number = params.whole("user_id")
        if number <= 0:
            raise bad("invalid user_id specified")
        found = self.world.users.get(number)
        if found is None:
            raise bad("PARTICIPANT_ID_INVALID")
        return found

    # -- rights -----------------------------------------------------------------------------------------------
    def inviting(self, params: Params) -> Chat:
        """A chat in which the bot may make links. Raises ApiError."""
        chat, _ = self.group(params)
        if chat.kind is Kind.PRIVATE:
            raise bad("can't invite members to a private chat")
        if not self.life.may(chat, "can_invite_users"):
            raise no_links()
        return chat

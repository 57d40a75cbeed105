"""Telegram's updates, as far as we read them (Bot API, "Update"). What they hold besides is passed over.

Read by msgspec: a body that is no update, however broken, is a `ValueError` and nothing else.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

BODY_BYTES_MAX = 1024 * 1024

Number = Annotated[int, Meta(ge=0, le=2**53)]
Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""Telegram's ids have at most 52 significant bits."""


class User(Struct, frozen=True):
    """A person or a bot."""

    id: Id
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class Chat(Struct, frozen=True):
    """A chat of any type: private, group, supergroup, channel."""

    id: Id
    type: str
    title: str | None = None


class Entity(Struct, frozen=True):
    """A part of a text that is more than text; offsets count UTF-16 units."""

    type: str
    offset: Number = 0
    length: Number = 0
    user: User | None = None


class Message(Struct, frozen=True):
    """A message, or what is left of one that is too old to be read (date 0)."""

    message_id: Id
    chat: Chat
    from_: User | None = msgspec.field(name="from", default=None)
    sender_chat: Chat | None = None
    text: str | None = None
    caption: str | None = None
    entities: tuple[Entity, ...] = ()
    reply_to_message: "Message | None" = None
    migrate_to_chat_id: Id | None = None
    migrate_from_chat_id: Id | None = None
    new_chat_title: str | None = None


class CallbackQuery(Struct, frozen=True):
    """Somebody pressed a button."""

    id: str
    from_: User = msgspec.field(name="from")
    message: Message | None = None
    data: str | None = None


class Member(Struct, frozen=True):
    """Somebody's standing in a chat. `is_member` counts for the restricted only."""

    status: str
    user: User
    is_member: bool | None = None
    can_invite_users: bool | None = None
    can_restrict_members: bool | None = None

    @property
    def inside(self) -> bool:
        """Whether they are in the chat."""
        return inside(self.status, self.is_member)

    @property
    def admin(self) -> bool:
        """Whether they are an admin or the owner, and so can't be removed by a bot."""
        return self.status in ("creator", "administrator")


def inside(status: str, is_member: bool | None) -> bool:
    """Whether somebody with this status is in the chat."""
    return status in ("creator", "administrator", "member") or (status == "restricted" and is_member is True)


class InviteLink(Struct, frozen=True):
    """The link that somebody came by. Telegram shows another admin's only in part."""

    invite_link: str
    creator: User


class MemberUpdated(Struct, frozen=True):
    """Somebody's standing in a chat changed; `from_` is who changed it."""

    chat: Chat
    from_: User = msgspec.field(name="from")
    old_chat_member: Member
    new_chat_member: Member


class JoinRequest(Struct, frozen=True):
    """Somebody asks to be let in. `user_chat_id`: where they may be written to until it is decided."""

    chat: Chat
    from_: User = msgspec.field(name="from")
    user_chat_id: Id
    invite_link: InviteLink | None = None


class Update(Struct, frozen=True):
    """One thing that happened; exactly one of the fields is set in those that we ask for."""

    update_id: Number
    message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MemberUpdated | None = None
    chat_member: MemberUpdated | None = None
    chat_join_request: JoinRequest | None = None


ALLOWED = ("message", "callback_query", "my_chat_member", "chat_member", "chat_join_request")
"""What we ask for. `chat_member` comes only when named."""

_decoder = msgspec.json.Decoder(Update)


def decode(body: str | bytes) -> Update:
    """Read an update. Raises ValueError for what is none; its message quotes nothing of the body."""
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"no update: {type(error).__name__}") from None


SUPERGROUP = "supergroup"
GROUPS = ("group", SUPERGROUP)
MANAGED_CHATS = (*GROUPS, "channel")
"""The types of chats that people come into and are put out of; the other is `private`."""


def ordering_key(update: Update) -> str | None:
    """Who an update is about, so that those of one person are handled in order; None where it is not for us.

    In groups where the bot is an admin every message reaches it: only commands and the group's own news are kept.
    """
    match update:
        case Update(message=Message() as message):
            if message.migrate_to_chat_id is not None or message.new_chat_title is not None:
                return str(message.chat.id)
            if message.from_ is None or (message.from_.is_bot and message.sender_chat is None) or message.text is None:
                return None
            if message.chat.type == "private" or (message.chat.type in GROUPS and message.text.startswith("/")):
                return str(message.from_.id)
            return None
        case Update(callback_query=CallbackQuery() as query):
            return str(query.from_.id)
        case Update(my_chat_member=MemberUpdated() as changed):
            return str(changed.chat.id)
        case Update(chat_member=MemberUpdated() as changed):
            return str(changed.new_chat_member.user.id)
        case Update(chat_join_request=JoinRequest() as asked):
            return str(asked.from_.id)
        case _:
            return None


def is_asked(update: Update) -> bool:
    """Whether somebody wrote or pressed something, rather than Telegram telling what happened."""
    match update:
        case Update(message=Message(migrate_to_chat_id=None, new_chat_title=None)):
            return True
        case Update(callback_query=CallbackQuery()):
            return True
        case _:
            return False


def answered_in(update: Update) -> int | None:
    """The private chat in which an update is answered, if it is; None where nobody is."""
    match update:
        case Update(message=Message(from_=User(id=user_id), sender_chat=None, text=str())):
            return user_id
        case Update(callback_query=CallbackQuery(from_=User(id=user_id))):
            return user_id
        case Update(my_chat_member=MemberUpdated(from_=User(id=user_id, is_bot=False)) as changed):
            return user_id if changed.new_chat_member.inside else None
        case _:
            return None


def name_of(user: User) -> str:
    """The name that somebody gave themselves."""
    return f"{user.first_name} {user.last_name or ''}".strip() or user.username or str(user.id)

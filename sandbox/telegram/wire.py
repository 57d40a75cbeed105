"""How things look on the wire: Telegram's types as JSON."""

from __future__ import annotations

from sandbox.telegram.state import Chat, JoinRequest, Json, Kind, Link, Member, Message, Status, User, World

RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics", "can_manage_tags")
ALL_RIGHTS = (*RIGHTS, *CHANNEL_RIGHTS, *GROUP_RIGHTS)
PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
)


def user(one: User) -> Json:
    """A User."""
    told: Json = {"id": one.id, "is_bot": one.is_bot, "first_name": one.first_name}
    if one.username:
        told["username"] = one.username
    if one.language_code and not one.is_bot:
        told["language_code"] = one.language_code
    return told


def me(world: World) -> Json:
    """The bot's own User, as only getMe tells it."""
    return user(world.bot.user) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def chat(world: World, one: Chat) -> Json:
    """A Chat."""
    told: Json = {"id": one.id, "type": one.kind.value}
    if one.kind is Kind.PRIVATE:
        person = world.users[one.id]
        told["first_name"] = person.first_name
        if person.username:
            told["username"] = person.username
        return told
    told["title"] = one.title
    if one.username:
        told["username"] = one.username
    return told


def full_chat(world: World, one: Chat, *, link: str | None) -> Json:
    """A ChatFullInfo."""
    told = chat(world, one) | {
        "accent_color_id": abs(one.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True
        ),
    }
    if one.username:
        told["active_usernames"] = [one.username]
    if link:
        told["invite_link"] = link
    if one.kind in (Kind.GROUP, Kind.SUPERGROUP):
        told["permissions"] = dict.fromkeys(PERMISSIONS, True) | {"can_invite_users": one.members_add}
    return told


def member(one: User, standing: Member, kind: Kind) -> Json:
    """A ChatMember."""
    told: Json = {"user": user(one), "status": standing.status.value}
    if standing.status is Status.CREATOR:
        told["is_anonymous"] = False
    elif standing.status is Status.ADMINISTRATOR:
        more = CHANNEL_RIGHTS if kind is Kind.CHANNEL else GROUP_RIGHTS
        told |= {"can_be_edited": False, "is_anonymous": False}
        told |= {right: right in standing.rights for right in (*RIGHTS, *more)}
    elif standing.status is Status.KICKED:
        told["until_date"] = standing.until
    return told


def link(world: World, one: Link, pending: int = 0) -> Json:
    """A ChatInviteLink; of another administrator's the bot sees the first half only."""
    mine = one.creator.id == world.bot.user.id
    told: Json = {
        "invite_link": one.url if mine else one.url[: len("https://t.me/+") + 8] + "...",
        "creator": user(one.creator),
        "creates_join_request": one.creates_join_request,
        "is_primary": one.is_primary,
        "is_revoked": one.is_revoked,
    }
    if one.name:
        told["name"] = one.name
    if one.expire_date:
        told["expire_date"] = one.expire_date
    if one.member_limit:
        told["member_limit"] = one.member_limit
    if pending:
        told["pending_join_request_count"] = pending
    return told


def pending_by(one: Chat, by: Link) -> int:
    """How many wait at the door who came by a link."""
    return sum(request.link is by for request in one.requests.values())


def join_request(world: World, one: Chat, request: JoinRequest) -> Json:
    """A ChatJoinRequest."""
    return {
        "chat": chat(world, one),
        "from": user(request.user),
        "user_chat_id": request.user.id,
        "date": int(request.at),
        "invite_link": link(world, request.link, pending_by(one, request.link)),
    }


def message(world: World, one: Message, *, with_reply: bool = True) -> Json:
    """A Message; what it replies to is told once, not that message's own reply."""
    told: Json = {"message_id": one.id, "date": one.date, "chat": chat(world, one.chat)}
    if one.sender is None:
        told["sender_chat"] = chat(world, one.chat)
    else:
        told["from"] = user(one.sender)
    told |= one.service
    if one.text:
        told["text"] = one.text
    if one.entities:
        told["entities"] = one.entities
    if one.reply_to is not None and with_reply:
        told["reply_to_message"] = message(world, one.reply_to, with_reply=False)
    if one.inline_keyboard:
        told["reply_markup"] = {"inline_keyboard": one.inline_keyboard}
    if one.link_preview:
        told["link_preview_options"] = one.link_preview
    if one.edited is not None:
        told["edit_date"] = one.edited
    return told

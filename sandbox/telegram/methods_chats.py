"""Methods about chats: looking at them, who is in, links, join requests, bans."""

from __future__ import annotations

from sandbox.telegram import wire
from sandbox.telegram.errors import bad, no_requests, no_restricting, not_inside
from sandbox.telegram.params import Params
from sandbox.telegram.rest import Rest
from sandbox.telegram.state import Chat, JoinRequest, Json, Kind, Link, Member, Status, User

MEMBER_LIMIT_MAX = 99_999
LIMIT_AND_REQUEST = "member limit can't be specified for links requiring administrator approval"


class ChatMethods:
    """Each method takes the call's parameters and answers its result; all raise ApiError."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    # -- looking ------------------------------------------------------------------------------------------
    def get_chat(self, params: Params) -> Json:
        chat, _ = self.rest.group(params)
        primary = None
        if chat.kind is not Kind.PRIVATE and self.rest.life.may(chat, "can_invite_users"):
            primary = self.rest.links.primary(chat, self.rest.me)
        return wire.full_chat(self.rest.world, chat, link=primary.url if primary is not None else None)

    def get_chat_member(self, params: Params) -> Json:
        chat, own = self.rest.group(params)
        user = self.rest.user(params)
        if chat.kind is Kind.CHANNEL and not own.status.leads:
            raise bad("member list is inaccessible")
        if chat.hidden_members and not own.status.leads and user is not self.rest.me:
            raise bad("PARTICIPANT_ID_INVALID")
        if chat.kind is Kind.PRIVATE:
            return wire.member(user, Member(Status.MEMBER), chat.kind)
        return wire.member(user, self.rest.life.standing(chat, user), chat.kind)

    def get_chat_administrators(self, params: Params) -> list[Json]:
        chat, _ = self.rest.group(params)
        if chat.kind is Kind.PRIVATE:
            raise bad("there are no administrators in the private chat")
        users = self.rest.world.users
        # Other bots are not told; there are none here but the bot itself.
        return [
            wire.member(users[user_id], member, chat.kind)
            for user_id, member in chat.members.items()
            if member.status.leads
        ]

    def get_chat_member_count(self, params: Params) -> int:
        chat, _ = self.rest.group(params)
        if chat.kind is Kind.PRIVATE:
            return 2
        return sum(member.status.inside for member in chat.members.values())

    # -- links ----------------------------------------------------------------------------------------------
    def create_chat_invite_link(self, params: Params) -> Json:
        chat = self.rest.inviting(params)
        self._check_settings(params)
        link = self.rest.links.create(chat, self.rest.me)
        return self._set(chat, link, params, "link_create")

    def edit_chat_invite_link(self, params: Params) -> Json:
        chat = self.rest.inviting(params)
        self._check_settings(params)
        link = self._link(params, chat)
        if link.is_primary:
            raise bad("CHAT_INVITE_PERMANENT")
        return self._set(chat, link, params, "link_edit")

    def _check_settings(self, params: Params) -> None:
        limit, expires = params.whole("member_limit"), params.whole("expire_date")
        if limit and params.flag("creates_join_request"):
            raise bad(LIMIT_AND_REQUEST)
        if not 0 <= limit <= MEMBER_LIMIT_MAX:
            raise bad("USAGE_LIMIT_INVALID")
        if expires and expires <= self.rest.now():
            raise bad("EXPIRE_DATE_INVALID")

    def _set(self, chat: Chat, link: Link, params: Params, action: str) -> Json:
        self.rest.links.settings(
            link,
            name=params.text("name"),
            expire_date=params.whole("expire_date"),
            member_limit=params.whole("member_limit"),
            creates_join_request=params.flag("creates_join_request"),
        )
        self.rest.life.log(chat, action, self.rest.me, link=link.url)
        return self._told(chat, link)

    def revoke_chat_invite_link(self, params: Params) -> Json:
        chat = self.rest.inviting(params)
        link = self._link(params, chat)
        if not link.is_revoked:
            self.rest.links.revoke(chat, link, by=self.rest.me)
        return self._told(chat, link)

    def export_chat_invite_link(self, params: Params) -> str:
        return self.rest.links.renew_primary(self.rest.inviting(params), self.rest.me).url

    def _link(self, params: Params, chat: Chat) -> Link:
        found = self.rest.links.find(params.text("invite_link"))
        if found is None or found[0] is not chat:
            raise bad("INVITE_HASH_EXPIRED")
        if found[1].creator is not self.rest.me:
            raise bad("CHAT_ADMIN_REQUIRED")
        return found[1]

    def _told(self, chat: Chat, link: Link) -> Json:
        return wire.link(self.rest.world, link, wire.pending_by(chat, link))

    # -- join requests ----------------------------------------------------------------------------------------
    def approve_chat_join_request(self, params: Params) -> bool:
        chat, request = self._request(params)
        if chat.full:
            raise bad("USERS_TOO_MUCH")
        self.rest.life.approve(chat, request, by=self.rest.me)
        return True

    def decline_chat_join_request(self, params: Params) -> bool:
        chat, request = self._request(params)
        self.rest.life.decline(chat, request, by=self.rest.me)
        return True

    def _request(self, params: Params) -> tuple[Chat, JoinRequest]:
        chat, _ = self.rest.group(params)
        if chat.kind is Kind.PRIVATE:
            raise bad("the chat can't have join requests")
        if not self.rest.life.may(chat, "can_invite_users"):
            raise no_requests()
        user = self.rest.user(params)
        if self.rest.life.standing(chat, user).status.inside:
            raise bad("USER_ALREADY_PARTICIPANT")
        request = chat.requests.get(user.id)
        if request is None:
            raise bad("HIDE_REQUESTER_MISSING")
        return chat, request

    # -- putting out --------------------------------------------------------------------------------------------
    def ban_chat_member(self, params: Params) -> bool:
        chat, user = self._restricting(params)
        standing = self.rest.life.standing(chat, user)
        if chat.kind is Kind.GROUP and not standing.status.inside:
            raise bad("USER_NOT_PARTICIPANT")
        until = params.whole("until_date")
        self._refuse_leaders(user, standing)
        if standing != Member(Status.KICKED, until=until):
            self.rest.life.ban(chat, user, by=self.rest.me, until=until)
        return True

    def unban_chat_member(self, params: Params) -> bool:
        chat, user = self._restricting(params, supergroups_only=True)
        standing = self.rest.life.standing(chat, user)
        if standing.status is Status.KICKED:
            self.rest.life.unban(chat, user, by=self.rest.me)
        elif standing.status.inside and not params.flag("only_if_banned"):
            self._refuse_leaders(user, standing)
            self.rest.life.remove(chat, user, by=self.rest.me)
        return True

    def _restricting(self, params: Params, *, supergroups_only: bool = False) -> tuple[Chat, User]:
        chat, _ = self.rest.group(params)
        if chat.kind is Kind.PRIVATE:
            raise bad("can't ban members in private chats")
        if supergroups_only and chat.kind is Kind.GROUP:
            raise bad("method is available for supergroup and channel chats only")
        user = self.rest.user(params)
        if user is self.rest.me:
            raise bad("can't restrict self")
        if not self.rest.life.may(chat, "can_restrict_members"):
            raise no_restricting()
        return chat, user

    @staticmethod
    def _refuse_leaders(user: User, standing: Member) -> None:
        if standing.status is Status.CREATOR:
            raise bad("can't remove chat owner")
        if standing.status is Status.ADMINISTRATOR:
            raise bad("user is an administrator of the chat")

    def leave_chat(self, params: Params) -> bool:
        chat, own = self.rest.group(params)
        if chat.kind is Kind.PRIVATE:
            raise bad("chat member status can't be changed in private chats")
        if not own.status.inside:
            raise not_inside(chat, kicked=False)
        self.rest.life.leave(chat, self.rest.me)
        return True

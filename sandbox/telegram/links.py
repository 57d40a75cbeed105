"""Invite links: made, changed, revoked, and used by people."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sandbox.telegram.membership import Membership
from sandbox.telegram.state import Chat, JoinRequest, Link, Status, User, World

NAME_MAX = 32


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of opening a link: `member`, `pending`, or why not (`expired`, `revoked`, `full`, `banned`)."""

    status: str
    chat: Chat
    request: JoinRequest | None = None


class Links:
    """The verbs about links."""

    def __init__(self, world: World, life: Membership) -> None:
        self.world = world
        self.life = life

    def find(self, url: str) -> tuple[Chat, Link] | None:
        """The chat and the link of an address; `t.me/+x`, `https://t.me/+x` and `https://t.me/joinchat/x` are one."""
        wanted = _hash(url)
        for chat in self.world.chats.values():
            for link in chat.links.values():
                if _hash(link.url) == wanted:
                    return chat, link
        return None

    def create(self, chat: Chat, creator: User) -> Link:
        """A new link without any limit."""
        link = Link(f"https://t.me/+{secrets.token_urlsafe(12)}", creator)
        chat.links[link.url] = link
        return link

    def primary(self, chat: Chat, creator: User) -> Link | None:
        """An administrator's own standing link."""
        mine = (link for link in chat.links.values() if link.is_primary and link.creator is creator)
        return next((link for link in mine if not link.is_revoked), None)

    def renew_primary(self, chat: Chat, creator: User) -> Link:
        """An administrator's standing link is another from now on; the one before is revoked."""
        if (old := self.primary(chat, creator)) is not None:
            old.is_revoked = True
        link = self.create(chat, creator)
        link.is_primary = True
        self.life.log(chat, "link_create", creator, link=link.url)
        return link

    def revoke(self, chat: Chat, link: Link, *, by: User) -> None:
        """Nobody comes in by it any more; a standing link is replaced by another."""
        self.life.log(chat, "link_revoke", by, link=link.url)
        link.is_revoked = True
        if link.is_primary:
            self.renew_primary(chat, link.creator)

    def settings(
        self, link: Link, *, name: str, expire_date: int, member_limit: int, creates_join_request: bool
    ) -> None:
        """Sets everything that can be set; what is left out is back at its default, as at Telegram."""
        link.name = " ".join(name.split())[:NAME_MAX]
        link.expire_date, link.member_limit = expire_date, member_limit
        link.creates_join_request = creates_join_request

    def open(self, chat: Chat, link: Link, user: User) -> Tried:
        """A person opens a link and presses Join."""
        now = self.life.now()
        standing = chat.standing(user.id, now)
        if standing.status.inside:
            return Tried("member", chat)
        if standing.status is Status.KICKED:
            return Tried("banned", chat)
        if link.is_revoked:
            return Tried("revoked", chat)
        if link.expire_date and link.expire_date <= now:
            return Tried("expired", chat)
        if link.member_limit and len(link.joined) >= link.member_limit:
            return Tried("full", chat)
        if (waiting := chat.requests.get(user.id)) is not None:
            return Tried("pending", chat, waiting)
        if link.creates_join_request:
            return Tried("pending", chat, self.life.ask(chat, user, link))
        self.life.join(chat, user, by=user, link=link)
        return Tried("member", chat)


def _hash(url: str) -> str:
    return (
        url.strip()
        .removeprefix("https://")
        .removeprefix("http://")
        .removeprefix("t.me/")
        .removeprefix("joinchat/")
        .removeprefix("+")
    )

"""A request from a person and the reply to it; handlers know nothing of Discord or Telegram."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from payments.core.community import Identity, Place, Platform
from payments.core.rights import Rank, Standing
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Button, Message

EVERYWHERE = frozenset(Platform)


class OptionKind(StrEnum):
    """What a command's option takes."""

    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    MEMBER = "member"
    ROLE = "role"  # Telegram has no roles: options of this kind stand on Discord only


@dataclass(frozen=True, slots=True)
class MemberValue:
    """A member named in an option."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class RoleValue:
    """A role named in an option, with what the platform says of it."""

    role_id: str
    name: str
    managed: bool
    everyone: bool


Value = str | int | bool | MemberValue | RoleValue


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: what is shown and what is sent."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Way:
    """An answer that a dialogue offers in everyday words: it sets several options at once, or leads to the narrower
    question `asks`."""

    label: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    asks: str = ""
    ways: tuple["Way", ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked something. `place` is None in private. `inside`, `standing` and `role_ids` are what the platform
    says of them there, now; `rank` is what they may do, as `dispatch` found it. On Telegram a place can be talked about
    in private by somebody who is not in it: they have no rank there, whatever the team says. `inside` is None where the
    platform doesn't say.

    `locale` is the reader's (like ``en-US``, ``de``). `place_name` is the server's or chat's name. `key` is the same
    when the platform delivers the same request again, so that nothing is made twice; None where it never does.
    """

    command: str
    identity: Identity
    name: str
    locale: str
    place: Place | None
    place_name: str | None
    standing: Standing = Standing.MEMBER
    role_ids: frozenset[str] = frozenset()
    options: Mapping[str, Value] = field(default_factory=dict)
    key: str | None = None
    rank: Rank = Rank.NONE
    inside: bool | None = True

    @property
    def admin(self) -> bool:
        """Whether they belong to the community's team."""
        return self.rank > Rank.NONE


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of a form."""

    key: str
    label: str
    placeholder: str = ""
    required: bool = True
    max_length: int = 200


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is opened instead of a reply; it comes back as the action with the fields' values."""

    title: str
    action: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request, for the asker alone: a text with buttons, or a form.

    `refused`: nothing was done; what was filled in may be changed and sent again. `unread`: the keys of the messages
    that are read with it; once it has arrived, `payments.flows.jobs.unread.shown` is told.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    form: Form | None = None
    refused: bool = False
    unread: tuple[str, ...] = ()

    def message(self) -> Message:
        """The reply without its form."""
        return Message(text=self.text, buttons=self.buttons)


Handler = Callable[[AppContext, Request], Awaitable[Reply]]
Completer = Callable[[AppContext, Request, str], Awaitable[tuple[Choice, ...]]]
Submitter = Callable[[AppContext, Request, tuple[str, ...]], Awaitable[Reply]]
Checker = Callable[[AppContext, Request], Awaitable[None]]
"""Raises `bot.commands.context.Answered` with what is wrong; the value is among the request's options."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command. `complete` offers choices while the person types; `check` says of a single value, before
    the command is run, what its handler would say. `needed`: with which other values a dialogue asks for it, although
    it may be left out; `skip`: that question has a button "Skip". `ways`: what a dialogue offers instead of `choices`.
    Only these `platforms` have it."""

    name: str
    description: str
    kind: OptionKind
    required: bool = False
    choices: tuple[Choice, ...] = ()
    complete: Completer | None = None
    minimum: int | None = None
    maximum: int | None = None
    check: Checker | None = None
    needed: Callable[[Mapping[str, object]], bool] | None = None
    skip: bool = False
    ways: tuple[Way, ...] = ()
    platforms: frozenset[Platform] = EVERYWHERE


class About(StrEnum):
    """Which place a command is about when it is typed in private, where the message names none."""

    ONE_PLACE = "one_place"  # unless it is clear which, the asker is asked; a rank is always had in one
    CLEAR_PLACE = "clear_place"  # the one that is clear, or none
    NO_PLACE = "no_place"  # all places together, or none in particular


@dataclass(frozen=True, slots=True)
class Command:
    """A command. `name` may have two words (`plan create`). Who has less than the `rank` is refused in `dispatch`;
    where the platform can, it is hidden from them. `preview` says what would be made, before a dialogue makes it.
    `form_first`: it answers with a form at once, so it can't be
    deferred. `anywhere`: it is answered in places that are not served. Only these `platforms` have it."""

    name: str
    description: str
    handler: Handler
    options: tuple[Option, ...] = ()
    about: About = field(kw_only=True)
    rank: Rank = Rank.NONE
    preview: Handler | None = None
    form_first: bool = False
    anywhere: bool = False
    platforms: frozenset[Platform] = EVERYWHERE
    calls_stripe: bool = False
    """One person may ask for it so often (`bot.commands.allowance`)."""

    @property
    def admin(self) -> bool:
        """Whether it is for the team alone."""
        return self.rank > Rank.NONE


@dataclass(frozen=True, slots=True)
class Action:
    """What a button or form does: the first word of its action string (``cancel:sub_1``), the rest are arguments.

    Form values come in `Request.options`. `opens_form` actions answer with a form at once.
    """

    name: str
    handler: Submitter
    rank: Rank = Rank.NONE
    opens_form: bool = False
    anywhere: bool = False
    calls_stripe: bool = False
    about: About = About.NO_PLACE
    """`ONE_PLACE`: it needs to know in which community it is pressed."""

"""Every sentence exists in every language, is used, and can't be abused by what people call themselves."""

import json
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter
from typing import Any

import pytest

import bot.texts
from bot.commands.catalog import COMMANDS as CATALOG
from bot.commands.member_told import WITH_AMOUNTS
from bot.platforms.discord.tree import payload
from bot.platforms.telegram.dialogue import is_confirmed
from bot.platforms.telegram.markup import html
from bot.platforms.telegram.option_parser import options_of
from bot.texts import OwnClock, Worded, clean, day, duration, en, listed, moment, money, plain, render, say
from bot.texts.languages import CATALOGS, Text
from bot.texts.notices import RENDERERS, SAYS_WHERE, TYPED_IN_PRIVATE
from payments.core.access import Reason, Source
from payments.core.audit import NEEDS, AuditKind
from payments.core.bill_states import BillState
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind, PriceState
from payments.core.changes import Word
from payments.core.community import Platform
from payments.core.covering.asking import TakenBack
from payments.core.ids import PersonId
from payments.core.log_facts import Contest
from payments.core.money import AmountProblem, parse_amount
from payments.core.plan_terms import PlanProblem
from payments.core.refusals import RULES, Cause, Scope
from payments.core.rights import Rank, TeamKind
from payments.flows.billing.invoices import BillProblem
from payments.flows.billing.kept_access import NotKept
from payments.flows.billing.newest_bill import NothingToPay
from payments.flows.billing.refunds import NotRefunded
from payments.flows.billing.team_endings import NotNow
from payments.flows.billing.withdrawals import Withdrawn
from payments.flows.communities.claim import BadClaim
from payments.flows.communities.connect import NoAnswer, NotJoinable
from payments.flows.communities.team import TeamRefused
from payments.flows.endings import By
from payments.flows.people.codes import BadCode
from payments.flows.people.link import Unanswerable
from payments.flows.people.redeem import NoCode
from payments.flows.people.undo import NotParted, NotUndone
from payments.flows.rights.belonging import Elsewhere
from payments.flows.rights.grantable import Objection
from payments.flows.views.purchase_status import TargetStatus
from payments.flows.views.verdicts import In
from payments.ports.chat import ActionButton, LinkButton, Open
from payments.ports.stores import Notice
from payments.providers.stripe.limits import LIMITS

ROOT = Path(__file__).parents[2]
DAY = 86_400_000
AT = 1_767_225_600_000  # 2026-01-01

TOLD = {"plan_created", "plan_edited", "price_changed", "comp_given", "comp_ended", "invoice_sent", "invoice_asked"}
TOLD |= {"price_added", "price_ended", "settings_changed", "place_claimed", "refunded", "team_changed", "parted"}
TOLD |= {"refund_made", "purchase_code_made", "purchase_redeemed"}
"""Acts that the contact is told about."""

OF_TARGET = {kind for kind in AuditKind if "target" in NEEDS[kind]}
ACTS = {kind for kind in AuditKind if f"audit.act.{kind}" in en.TEXTS}
BY_ITSELF = set(AuditKind) - OF_TARGET - ACTS

CHANGED = {
    "description",
    "price",
    "trial",
    "grace",
    "pause_keeps",
    "refund_ends",
    "dispute_ends",
    "at_once",
    "moved_paid",
    "opens",
}
CHANGED |= {"currency", "language", "contact", "icon", "color"}

FAMILIES: dict[str, set[str]] = {
    "open": set(Open),
    "reason": set(Reason),
    "source": set(Source),
    "problem.plan": set(PlanProblem),
    "problem.amount": set(AmountProblem),
    "plan.price_state": {*PriceState, "over"},
    "price.every": set(Unit),
    "price.once": set(Unit),
    "invoice": {*InvoiceStatus, *BillState},
    "verdict": {f"line_{standing}" for standing in In},
    "fix": {"dm_closed", "cannot_post", *Cause},
    "problem.bill": set(BillProblem),
    "refund.not": set(NotRefunded),
    "newest_bill": set(NothingToPay),
    "refused": {"icon", "color"},
    "page": {f"{stage}.{part}" for stage in ("unpaid", "arriving", "open", "over") for part in ("title", "text")}
    | {f"{fault}.{part}" for fault in ("missing", "method", "trouble", "away") for part in ("title", "text")}
    | {f"step.{step}" for step in TargetStatus}
    | {"ended.title", "go", "come_in"},
    "button": {"resume", "cancel"},
    "endings": set(NotNow),
    "membership": {f"{told}_{when}" for told in ("cancel_ask", "cancelled") for when in ("now", "undated")}
    | {"cancel_ask", "cancelled"},
    "notice": {f"ending_{by}{when}" for by in By for when in ("", "_now", "_billed")},
    "notice.bill_not_sent": set(Withdrawn),
    "platform": set(Platform),
    "notice.news_there": set(Platform),
    "code": set(BadCode),
    "claim": set(BadClaim),
    "error.unclaimed": set(Platform),
    "error.rank": {rank.name.lower() for rank in Rank if rank > Rank.SUPPORT},
    "link": {*Unanswerable, *(f"on_{platform}" for platform in Platform)},
    "link.asked": set(Platform),
    "undo": set(NotUndone),
    "redeem": {*BadCode, *NoCode} - {"not_yours", "unsure", "none", "replaced"},
    "redeem.how": set(Platform),
    "nobody.not": set(NoCode),
    "help.start": set(Platform),
    "why": set(Reason),
    "log_line": {f"disputed_{contest}" for contest in Contest},
    "status": set(SubscriptionStatus),
    "log": {*BY_ITSELF, *WITH_AMOUNTS, AuditKind.PARTED},
    "log.target": {*OF_TARGET, AuditKind.PARTED, "parted_kept", "not_linked"},
    "typed": {"form", "form_optional", "form_alone"},
    "audit.act": {*ACTS, "team_added", "team_removed"},
    "audit.hint": TOLD,
    "audit.thing": {
        *CHANGED,
        "name",
        "skips_rules",
        "refund",
        "number",
        "held_back",
        "team",
        "through",
        "place",
        "on_sale",
        "members",
        "until",
        "amount",
        "rank",
        "linked",
        "keeps",
        "account",
        "log",
    },
    "audit.word": set(Word),
    "connect": {*NotJoinable, *NoAnswer},
    "keep": set(NotKept),
    "taken_back": set(TakenBack),
    "hand": set(Objection),
    "who": set(Elsewhere),
    "member.not_parted": set(NotParted),
    "team.refused": set(TeamRefused),
    "team.rank": {rank.name.lower() for rank in Rank if rank > Rank.NONE},
    "team.may": {rank.name.lower() for rank in Rank if rank > Rank.NONE},
    "team.kind": set(TeamKind),
    "team.empty": set(Platform),
    "team.how": set(Platform),
    "choice.rank": {rank.name.lower() for rank in Rank},
    "label": {option.name for command in CATALOG if is_confirmed(command) for option in options_of(command)},
    "choice": {f"{how}_{unit}s" for how in ("every", "once") for unit in Unit}
    | {"forever", "until", "keep", "lose", "when_paid", "at_once", "counts_as_paid", "counts_as_unpaid"},
    "way": {f"{how}_{unit}s" for how in ("every", "once") for unit in Unit},
    "ask.every": {f"{how}_{unit}s" for how in ("every", "once") for unit in Unit},
    "ask": {
        option.description.key.removeprefix("option.")
        for command in CATALOG
        if any(option.required for option in options_of(command))
        for option in options_of(command)
        if isinstance(option.description, Worded)
    }
    - {"every"},
}
"""Whatever a dialogue may ask has a question in everyday words."""


def placeholders(text: Text) -> frozenset[str]:
    """The parameters that a sentence names, over all its forms."""
    forms = (text,) if isinstance(text, str) else tuple(text.values())
    return frozenset(name for form in forms for _, name, _, _ in Formatter().parse(form) if name)


@pytest.mark.parametrize("language", sorted(set(CATALOGS) - {"en"}))
def test_every_language_has_every_sentence_with_the_same_parameters(language: str) -> None:
    english, other = CATALOGS["en"], CATALOGS[language]
    assert set(english) == set(other)
    differing = [key for key in english if placeholders(english[key]) != placeholders(other[key])]
    assert differing == []


@pytest.mark.parametrize("folder", [found.name for found in iter_modules(bot.texts.__path__) if found.ispkg])
def test_no_sentence_stands_in_two_files(folder: str) -> None:
    catalog = import_module(f"bot.texts.{folder}")
    assert sum(len(part.TEXTS) for part in catalog.PARTS) == len(catalog.TEXTS)


def test_plural_sentences_are_plural_in_every_language() -> None:
    for key, text in CATALOGS["en"].items():
        for catalog in CATALOGS.values():
            assert isinstance(catalog[key], str) == isinstance(text, str), key
            if not isinstance(text, str):
                assert "other" in catalog[key]


def test_every_sentence_is_used_and_every_used_sentence_exists() -> None:
    sources = [p for p in (ROOT / "bot").rglob("*.py") if p.parent.parent.name != "texts"]
    sources += (ROOT / "bot").rglob("*.html")
    code = "\n".join(path.read_text() for path in sources)
    named = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", code))
    of_families = {f"{family}.{member}" for family, members in FAMILIES.items() for member in members}
    english = set(CATALOGS["en"])
    assert of_families <= english
    assert english - named - of_families == set()


@pytest.mark.parametrize("kind", [kind for kind in PriceKind if kind in (PriceKind.LIFETIME,)])
def test_a_lifetime_price_has_its_sentence(kind: PriceKind) -> None:
    assert say("en", f"price.{kind}", amount="5") == "5 once, for good"


@pytest.mark.parametrize("language", sorted(CATALOGS))
def test_descriptions_fit_in_every_language(language: str) -> None:
    for key, text in CATALOGS[language].items():
        if key.startswith(("command.", "option.", "choice.")):
            assert isinstance(text, str)
            assert 1 <= len(text) <= 100, key


@pytest.mark.parametrize("language", sorted(CATALOGS))
def test_what_can_be_set_in_a_dialogue_is_told_apart_on_a_button(language: str) -> None:
    for command in CATALOG:
        if is_confirmed(command):
            labels = [str(CATALOGS[language][f"label.{option.name}"]) for option in options_of(command)]
            assert len(set(labels)) == len(labels)
            assert max(map(len, labels)) <= 40


@pytest.mark.parametrize(
    ("reader", "amount", "date"),
    [
        ("fr", "$12.50", "December 9, 2026"),
        ("ja", "$12.50", "December 9, 2026"),
        ("en-GB", "US$12.50", "9 December 2026"),
        ("de-AT", "$\xa012,50", "9. Dezember 2026"),
    ],
)
def test_amounts_and_dates_are_in_the_language_of_the_sentence(reader: str, amount: str, date: str) -> None:
    at = 1_796_774_400_000
    assert money(reader, 1250, "usd") == amount
    assert day(reader, at) == date
    french = duration("fr", 3 * DAY), moment("fr", at)
    assert french == (duration("en", 3 * DAY), moment("en", at))
    assert "**a** and **b**" in listed("fr", ["a", "b"])


def test_where_the_platform_knows_the_readers_clock_it_writes_the_time() -> None:
    assert moment(OwnClock("en-US"), AT) == moment(OwnClock("de"), AT) == f"<t:{AT // 1000}:f>"
    assert moment(OwnClock("fr"), AT) == moment("en", AT)  # it would be written in French
    assert moment("en-US", AT).endswith(" UTC")


def test_a_reader_of_a_language_we_lack_reads_english() -> None:
    assert say("ja", "button.email") == say("en-GB", "button.email") == "Give my email address"
    assert say("de-AT", "button.email") == "Meine E-Mail angeben"


def test_plural_forms_follow_the_number() -> None:
    assert say("en", "member.retried", n=1) == "Trying 1 role or chat again."
    assert say("de", "member.retried", n=2) == "Ich versuche 2 Rollen und Chats noch einmal."


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "shown"),
    [
        ("en-US", 999, "usd", "$9.99"),
        ("de", 999, "eur", "9,99\xa0€"),
        ("en-US", 500, "jpy", "¥500"),
        ("en-US", 1500, "isk", "ISK15"),
        ("en-US", 1250, "kwd", "KWD1.250"),
        ("en-US", 99_950, "rsd", "RSD999.50"),
        ("de", 99_950, "rsd", "999,50\xa0RSD"),
        ("en-US", 49, "afn", "AFN0.49"),
        ("en-US", 50_000, "isk", "ISK500"),
        ("xx-unknown", 999, "usd", "$9.99"),
    ],
)
def test_amounts_are_written_as_the_reader_writes_them(locale: str, amount: int, currency: str, shown: str) -> None:
    assert money(locale, amount, currency) == shown


@pytest.mark.parametrize("currency", sorted(LIMITS.currencies))
def test_an_amount_that_is_shown_is_the_one_that_is_charged(currency: str) -> None:
    bounds = LIMITS.currencies[currency]
    for amount in (bounds.least + 19 * bounds.step, 123_450, bounds.most):
        amount -= amount % bounds.step
        for locale, thousands in (("en-US", ","), ("de", ".")):
            (written,) = re.findall(r"\d[\d.,]*", money(locale, amount, currency))
            assert parse_amount(written.replace(thousands, ""), currency, LIMITS) == amount, (locale, written)


def test_days_moments_and_durations_are_written_as_the_reader_writes_them() -> None:
    assert day("en-US", AT) == "January 1, 2026"
    assert day("de", AT) == "1. Januar 2026"
    assert moment("de", AT) == "01.01.2026, 00:00 UTC"
    assert duration("en", 3 * DAY) == "3 days"
    assert duration("de", DAY) == "1 Tag"
    assert duration("en", 36 * 3_600_000) == "36 hours"
    assert duration("en", 90_000) == "1 minute"


@pytest.mark.parametrize(
    ("given", "harmless"),
    [
        ("Pro **max**", r"Pro \*\*max\*\*"),
        ("@everyone", "@\u200beveryone"),
        ("<@1234>", "\\<@\u200b1234\\>"),
        ("[free](https://evil.example)", "\\[free\\](https:\u200b//\u200bevil.\u200bexample)"),
        ("a\nb\u202ec\u200bd", "a bcd"),
        ("- list", r"\- list"),
        ("x" * 200, "x" * 99 + "…"),
    ],
)
def test_names_given_by_people_are_made_harmless(given: str, harmless: str) -> None:
    assert clean(given) == harmless
    assert harmless in say("en", "membership.kept", plan=given)


def test_a_buttons_label_carries_no_escapes_and_nothing_invisible() -> None:
    assert plain("Pro_max \u202e*") == "Pro_max *"


ENDING = {"plan": "Pro", "community": "C", "at": AT, "member": "Mia", "subscription": "sub_1", "account": "acct_1"}

TAKEN_BACK = {
    "member": "mia",
    "plan": "Pro",
    "community": "C",
    "how": "voided",
    "amount": 900,
    "currency": "usd",
    "ends_at": AT,
    "until": AT + 1,
    "subscription": "sub_1",
    "account": "acct_1",
}
NOTICES: dict[str, dict[str, Any]] = {
    "payment_failed": {"plan": "Pro", "community": "C", "url": "https://x.test/i", "grace_until_at": AT},
    "payment_action_required": {"plan": "Pro", "url": "https://x.test/i"},
    "access_opened": {"plan": "Pro", "community": "C", "targets": ["Member", "Vip"]},
    "access_back": {"plan": "Pro", "community": "C", "targets": ["Member"]},
    "access_ended": {"plan": "Pro", "community": "C", "reason": "refunded"},
    "trial_ending": {"plan": "Pro", "community": "C", "at": AT, "amount": 999, "currency": "eur"},
    "accept_rules": {"plan": "Pro", "community": "C", "target": "Member"},
    "not_there": {"plan": "Pro", "community": "C"},
    "come_in": {"plan": "Pro", "community": "C", "target": "Salon", "url": "https://t.me/+abc"},
    "not_linked": {"plan": "Pro", "community": "C", "target": "Salon", "platform": "telegram"},
    "checkout_paid_late": {"plan": "Pro", "community": "C"},
    "late_payment": {
        "plan": "Pro",
        "community": "C",
        "amount": 999,
        "currency": "eur",
        "unpaid": None,
        "again": False,
        "sold": True,
        "team": True,
    },
    "fraud_warning": {
        "member": "Mia",
        "sold": "Pro",
        "community": "C",
        "amount": 999,
        "currency": "eur",
        "bill": "in_1",
        "ends": False,
        "subscription": "sub_1",
        "account": "acct_1",
    },
    "member_paid_late": {
        "member": "Mia",
        "plan": "Pro",
        "community": "C",
        "amount": 999,
        "currency": "eur",
        "unpaid": "sub_1",
        "bill": "in_1",
    },
    "paid_twice": {"plan": "Pro", "community": "C"},
    **{f"ending_{by}": {"plan": "Pro", "community": "C", "at": AT} for by in By},
    "ending_member_back": {"plan": "Pro", "community": "C"},
    "ending_payment_back": {"plan": "Pro", "community": "C"},
    "ending_payment_contact": ENDING,
    "ending_payment_back_contact": ENDING,
    "endings_asked": {"community": "C", "id": "com_1"},
    "ending_refused": {**ENDING, "ending": "period_end", "detail": "Because of a schedule."},
    "linked": {"account": "Ada", "platform": "telegram", "only": "discord"},
    "unlinked": {"account": "Ada", "platform": "telegram"},
    "account_left": {"platform": "telegram", "move": "mov_1", "until": AT, "paid": ["Pro"]},
    "link_asked": {
        "id": "lnw_1",
        "account": "Ada",
        "platform": "discord",
        "leaving": "telegram",
        "mine": True,
        "twice": [],
    },
    "link_declined": {},
    "move_undone": {"platform": "telegram"},
    "move_undone_for": {"platform": "telegram"},
    "parted": {"platform": "telegram"},
    "cancelled_by_other": {
        "plan": "Pro",
        "community": "C",
        "account": "Ada",
        "platform": "telegram",
        "subscription": "sub_1",
        "at": AT,
    },
    "trial_again": {"plan": "Pro", "community": "C"},
    "paid_old_price": {"plan": "Pro", "community": "C", "member": "ann", "amount": 500, "now": 999, "currency": "eur"},
    "join_asked": {"id": "joi_1", "place": "Lounge", "asker": "Ada", "community": "C"},
    "joined": {"place": "Lounge", "community": "C"},
    "join_declined": {"place": "Lounge"},
    "member_pays_twice": {"member": "mia", "plan": "Pro", "community": "C"},
    "bill_taken_back": {"plan": "Pro", "community": "C", "how": "voided", "ends_at": AT, "until": AT},
    "access_kept": {"plan": "Pro", "community": "C", "until": AT},
    "keep_access": TAKEN_BACK,
    "resume_unpaid": {**TAKEN_BACK, "how": "paused"},
    "invoice_sent": {"number": "A-1", "amount": 2500, "currency": "eur", "url": "https://x.test/i", "what": "Coaching"},
    "email_needed": {"request_id": "req_1", "community": "C", "what": "Coaching", "amount": 2500, "currency": "eur"},
    "grace_ending": {"plan": "Pro", "community": "C", "at": AT, "url": "https://invoice.example/1"},
    "renewed": {"plan": "Pro", "community": "C", "amount": 999, "currency": "eur", "until": AT},
    "payment_back": {"plan": "Pro", "community": "C", "amount": 999, "currency": "eur", "until": AT},
    "news_there": {"plan": "Pro", "community": "C", "platform": "discord"},
    "bill_withdrawn": {"community": "C", "what": "Coaching", "amount": 2500, "currency": "eur"},
    "bill_not_sent": {
        "member": "ann",
        "community": "C",
        "what": "Coaching",
        "amount": 2500,
        "currency": "eur",
        "why": "late",
    },
    "blocked": {"target": "Member", "member": "ann", "code": "hierarchy", "detail": "50013"},
    "blocked_over": {"target": "Member"},
    "given_up": {"target": "Member", "member": "ann"},
    "price_refused": {
        "plan": "Pro",
        "community": "C",
        "price": {"kind": "recurring", "amount": 900, "currency": "usd", "unit": "month", "count": 1, "until_at": None},
        "moved_to": "north_1",
        "detail": "Account acct_1Abc can't charge in usd.",
    },
    "price_archived": {
        "plan": "Pro",
        "community": "C",
        "price": {"kind": "recurring", "amount": 900, "currency": "usd", "unit": "month", "count": 1, "until_at": None},
    },
    "breaker": {"community": "C", "count": 12, "members": ["ann", "bob"]},
    "claimed": {"place": "Salon"},
    "admin_needed": {"community": "C"},
    "chat_lost": {"chat": "Salon", "community": "C", "plans": ["Pro"]},
    "chat_back": {"chat": "Salon", "community": "C", "ready": True, "plans": ["Pro"]},
    "not_sold": {"targets": ["VIP"], "plans": ["Pro"], "community": "C", "code": "target_gone", "detail": "10011"},
    "sold_again": {"targets": ["VIP"], "plans": ["Pro"], "community": "C"},
    "paid_not_given": {"plan": "Pro", "community": "C", "target": "VIP", "member": "ann"},
    "team_rank": {"community": "C", "rank": "support"},
    "team_act": {
        "action": "comp_given",
        "actor": "prs_1",
        "person": "prs_2",
        "community": "C",
        "names": {"prs_1": "Eve", "prs_2": "Mallory"},
        "changes": {"plan": ["Pro", "Pro"], "until": [None, {"at": AT}]},
    },
    "paid_once_by_nobody": {"plan": "Pro", "community": "C", "amount": 500, "currency": "jpy"},
    "subscriptions_of_nobody": {"community": "C", "count": 3, "id": "com_1"},
    "team_suspended": {"role": "Staff", "community": "C", "givers": ["Helpers"], "by_itself": False, "set": ["Eve"]},
}


def _notice(kind: str, params: object) -> Notice:
    return Notice("key", PersonId("prs_1"), kind, json.dumps(params), AT)


def test_every_kind_of_notice_is_tried_below() -> None:
    assert set(NOTICES) == set(RENDERERS)


@pytest.mark.parametrize("kind", sorted(NOTICES))
@pytest.mark.parametrize("locale", ["en-US", "de"])
def test_every_notice_tells_what_it_is_about(kind: str, locale: str) -> None:
    message = render(_notice(kind, NOTICES[kind]), locale)
    assert "{" not in message.text
    assert message.text != say(locale, "notice.unknown")
    shown = message.text + "".join(button.label for button in message.buttons)
    for name in ("plan", "target", "member", "what"):
        if name in NOTICES[kind]:
            assert str(NOTICES[kind][name]) in shown


@pytest.mark.parametrize("kind", sorted(NOTICES))
@pytest.mark.parametrize("locale", ["en-US", "de"])
def test_a_command_of_the_team_is_named_in_private_on_discord_with_where_to_type_it(kind: str, locale: str) -> None:
    text = render(_notice(kind, NOTICES[kind]), locale, Platform.DISCORD).text
    where = {"en-US": "in the server", "de": "auf dem Server"}[locale]
    named = set(re.findall(r"`/(\w+)", text)) - TYPED_IN_PRIVATE
    assert kind in SAYS_WHERE or bool(named) is bool(re.search(rf"`/.*{where}|{where}.*`/", text.splitlines()[-1])), (
        text
    )
    said = say(locale, "notice.in_server", commands="§").split("§")[-1]
    assert said not in render(_notice(kind, NOTICES[kind]), locale, Platform.TELEGRAM).text


def test_what_is_typed_in_private_on_discord_is_every_command_for_members_there() -> None:
    there = [c for c in CATALOG if Platform.DISCORD in c.platforms and not c.anywhere and not c.admin]
    assert {command.name for command in there} == TYPED_IN_PRIVATE
    assert {c["name"] for c in payload(CATALOG) if c["contexts"] == [0, 1]} == TYPED_IN_PRIVATE
    assert all(c["contexts"] in ([0], [0, 1]) for c in payload(CATALOG))


def test_a_chat_that_is_called_like_its_community_is_named_once() -> None:
    told = render(_notice("chat_lost", {"chat": "Salon", "community": "Salon"}), "en").text
    assert "I was removed from **Salon**. Its" in told
    assert "from **Salon** (C). Its" in render(_notice("chat_lost", NOTICES["chat_lost"]), "en").text


@pytest.mark.parametrize(
    ("locale", "still"), [("en", "Still not sold in C: **Pro**"), ("de", "noch immer nicht im Verkauf")]
)
def test_a_reminder_says_since_when_nothing_is_sold(locale: str, still: str) -> None:
    told = render(_notice("not_sold", NOTICES["not_sold"] | {"since": AT}), locale).text
    assert still in told
    assert "2026" in told


def test_what_an_earlier_version_stored_of_a_blocked_member_is_told_as_before() -> None:
    told = render(_notice("blocked", NOTICES["blocked"]), "en").text
    assert "nobody can buy" not in told
    stopped = render(_notice("blocked", NOTICES["blocked"] | {"plans": ["Pro"]}), "en").text
    assert "Until then, nobody can buy **Pro**." in stopped


def test_a_refused_price_says_what_it_was_and_what_to_do_and_names_no_account_of_stripe_s() -> None:
    moved = render(_notice("price_refused", NOTICES["price_refused"]), "en").text
    assert "refused the price $9.00 a month of **Pro** in C: Account … can't charge in usd. It is still sold" in moved
    assert "move it with `/settings account:north_1`" in moved
    added = render(_notice("price_refused", NOTICES["price_refused"] | {"moved_to": None}), "en").text
    assert "set it again with `/plan edit` or `/plan price_add`" in added
    assert "/settings" not in added


def test_a_contact_who_was_replaced_reads_the_command_that_undoes_it() -> None:
    changes = {"contact": [{"person": "prs_3"}, {"person": "prs_1"}]}
    act = {**NOTICES["team_act"], "action": "settings_changed", "changes": changes}
    told = render(_notice("team_act", act), "en").text
    assert "`/settings contact_me:True`" in told
    assert "<code>/settings contact_me:yes</code>" in html(told, ["settings"])


@pytest.mark.parametrize("language", sorted(CATALOGS))
def test_no_sentence_of_ours_reaches_everyone(language: str) -> None:
    for key, text in CATALOGS[language].items():
        assert not re.search("@(?:everyone|here)", str(text)), key


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "your membership goes on after"), ("de", "läuft deine Mitgliedschaft weiter")],
)
def test_an_ending_trial_names_no_amount_that_is_not_known(locale: str, said: str) -> None:
    text = render(_notice("trial_ending", NOTICES["trial_ending"] | {"amount": None}), locale).text
    assert said in text
    assert "None" not in text


@pytest.mark.parametrize(
    ("discounted", "said"), [(0, "it costs €9.99 a month, and"), (1, "it costs €9.99 a month before your discount.")]
)
def test_an_ending_trial_names_the_price_and_how_to_cancel(discounted: int, said: str) -> None:
    """What a discount makes of it is for the provider to say."""
    more = {"unit": "month", "count": 1, "discounted": discounted, "subscription": "sub_1"}
    message = render(_notice("trial_ending", NOTICES["trial_ending"] | more), "en-US")
    assert said in message.text
    assert ("first payment is due" in message.text) is (not discounted)
    assert message.buttons == (ActionButton("Cancel Pro", "cancel:sub_1", danger=True),)


def test_a_failed_payment_says_until_when_one_stays_and_links_to_pay() -> None:
    message = render(_notice("payment_failed", NOTICES["payment_failed"]), "en-US")
    assert "You keep access until Jan 1, 2026, " in message.text
    assert message.buttons == (LinkButton("Pay now", "https://x.test/i"),)


def test_a_failed_payment_without_grace_says_that_access_is_closed() -> None:
    params = {**NOTICES["payment_failed"], "grace_until_at": None}
    assert "you have no access for now" in render(_notice("payment_failed", params), "en").text


def test_who_was_linked_reads_where_to_undo_it() -> None:
    assert "type `/unlink` here: each account" in render(_notice("linked", NOTICES["linked"]), "en").text


def test_the_question_for_an_email_carries_a_button_that_opens_the_form() -> None:
    message = render(_notice("email_needed", NOTICES["email_needed"]), "de")
    assert message.buttons == (ActionButton("Meine E-Mail angeben", "email:req_1"),)


def test_a_notice_of_another_version_is_still_a_message() -> None:
    assert render(_notice("from_the_future", {}), "en").text == say("en", "notice.unknown")
    assert render(_notice("blocked", {"target": "x"}), "en").text == say("en", "notice.unknown")


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("cause", Cause)
def test_what_is_held_up_is_named_with_what_to_do_and_a_reminder_says_since_when(cause: Cause, locale: str) -> None:
    told = {
        "code": cause.value,
        "scope": RULES[cause].scope.value,
        "place": "Chess club",
        "platform": "discord",
        "target": "Member",
        "member": "ann",
        "count": 3,
    }
    first = render(_notice("blocked", told), locale).text
    again = render(_notice("blocked", {**told, "since_at": AT}), locale).text
    assert str(say(locale, f"fix.{cause}")) in first
    assert ("Chess club" if RULES[cause].scope is Scope.PLACE else "Member") in first or "Chess club" in first
    assert again.endswith(first)
    assert again.startswith(str(say(locale, "notice.blocked_still", moment=moment(locale, AT))))


def test_an_ending_for_a_reason_we_do_not_know_is_told_plainly() -> None:
    params = {"plan": "Pro", "community": "C", "reason": "eaten_by_a_whale"}
    assert "has ended. `/plans`" in render(_notice("access_ended", params), "en").text

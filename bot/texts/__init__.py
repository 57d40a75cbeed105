"""Every sentence a person reads, in every language, with amounts and dates as the reader writes them."""

from bot.texts.acts import act_text, is_act, log_text
from bot.texts.bills import bill_text
from bot.texts.formats import clean, day, duration, language_name, moment, money, nameless, own_name, plain
from bot.texts.labels import fix_text, label, listed, reason_text, why_text
from bot.texts.languages import CATALOGS, DEFAULT, OwnClock, Safe, language, spoken
from bot.texts.notices import in_direct_message, render
from bot.texts.prices import terms_text
from bot.texts.say import Worded, lines, read_in, say, worded
from bot.texts.team_notices import asked_text, keep_button

__all__ = [
    "CATALOGS",
    "DEFAULT",
    "OwnClock",
    "Safe",
    "Worded",
    "act_text",
    "asked_text",
    "bill_text",
    "clean",
    "day",
    "duration",
    "fix_text",
    "in_direct_message",
    "is_act",
    "keep_button",
    "label",
    "language",
    "language_name",
    "lines",
    "listed",
    "log_text",
    "moment",
    "money",
    "nameless",
    "own_name",
    "plain",
    "read_in",
    "reason_text",
    "render",
    "say",
    "spoken",
    "terms_text",
    "why_text",
    "worded",
]

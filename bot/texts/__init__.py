"""Every sentence a person reads, in every language, with amounts and dates as the reader writes them."""

from bot.texts.acts import act_text, is_act, log_text
from bot.texts.formats import Safe, clean, day, duration, moment, money, plain
from bot.texts.notices import fix_text, in_direct_message, label, listed, reason_text, render, why_text
from bot.texts.prices import terms_text
from bot.texts.say import LANGUAGES, Worded, language, lines, say, worded

__all__ = [
    "LANGUAGES",
    "Safe",
    "Worded",
    "act_text",
    "clean",
    "day",
    "duration",
    "fix_text",
    "in_direct_message",
    "is_act",
    "label",
    "language",
    "lines",
    "listed",
    "log_text",
    "moment",
    "money",
    "plain",
    "reason_text",
    "render",
    "say",
    "terms_text",
    "why_text",
    "worded",
]

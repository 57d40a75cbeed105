"""Every sentence a person reads, in every language, with amounts and dates as the reader writes them."""

from bot.texts.formats import Safe, clean, day, duration, moment, money, plain
from bot.texts.notices import fix_text, label, listed, reason_text, render
from bot.texts.say import LANGUAGES, Worded, language, lines, say, worded

__all__ = [
    "LANGUAGES",
    "Safe",
    "Worded",
    "clean",
    "day",
    "duration",
    "fix_text",
    "label",
    "language",
    "lines",
    "listed",
    "moment",
    "money",
    "plain",
    "reason_text",
    "render",
    "say",
    "worded",
]

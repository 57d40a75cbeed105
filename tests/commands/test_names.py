"""Names that people give to servers, plans and themselves: nothing in them can be touched, and none is spoilt."""

import html
import re

import pytest

from bot.platforms.telegram import markup
from bot.texts import clean, listed, say

# What Telegram makes of bare text, after TDLib's `find_entities` (td/telegram/MessageEntity.cpp), with any letters
# taken for a top-level domain; what Discord makes of a message.
TELEGRAM = {
    "mention": r"(?<!\w)@[a-zA-Z0-9_]{2,32}(?!\w)",
    "e-mail": r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-zA-Z]{2,}",
    "command": r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?![\w/<>])",
    "hashtag": r"(?<![\w\u200c])#(?=[\w\u200c\u00b7]*[^\W\d_])[\w\u200c\u00b7]+",
    "cashtag": r"(?<![\w$])\$(1INCH|[A-Z]{1,8})(?![\w$])",
    "scheme": r"[a-zA-Z][a-zA-Z0-9+-]*://\S",
    "domain": r"[^\s\u200b]\.(?=[^\W\d_]{2}|xn--)",
    "address": r"(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])",
    "phone": r"(?<!\w)\+\d[\d\s().-]{6,}",
}
DISCORD = {
    "scheme": r"[a-zA-Z][a-zA-Z0-9+-]*://\S",
    "invitation": r"discord(app)?\.(gg|com)/",
    "mention": r"@(everyone|here)",
    "in brackets": r"(?<!\\)<[@#:/ta]",
    "masked link": r"(?<!\\)\[[^\]]*\]\(",
    "markup": r"(?<!\\)[*_~`|]",
}

TOUCHABLE = [
    "t.me/joinchat",
    "Pro (t.me/x)",
    "T.ME/x",
    "book.club",
    "www.evil.example",
    "free nitro discord.gg/abc",
    "discord.com/invite/abc",
    "bücher.de",
    "verein.köln",
    "клуб.рф",
    "俱乐部.中国",
    "क्लब.भारत",
    "xn--bcher-kva.xn--p1ai",
    "t\u200d.me/x",
    "t\u200c.me",
    "❤.ws",
    "a.b.c.com",
    "foo.123.com",
    "evil.example:8080/x?y#z",
    "see:evil.example",
    "«evil.example»",
    "192.0.2.1",
    "192.0.2.1/login",
    "https://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "ftp://x.yz",
    "tg://resolve?domain=x",
    "ton://transfer/x",
    "discord://-/channels/1",
    "/start",
    "Club /cancel",
    "(/cancel)",
    "-/cancel@guestlist_bot",
    "/1",
    "@admin",
    "ada@example.org",
    "@everyone",
    "@here now",
    "#chess",
    "Club #schach_köln",
    "#·a",
    "#ж",
    "$TON",
    "buy $BTC",
    "$1INCH",
    "+49 170 1234567",
    "+1-212-555-0123",
    "(+44) 20 7946 0958 +442079460958",
    "<@123456789012345678>",
    "<@&123456789012345678>",
    "<#123456789012345678>",
    "</cancel:123456789012345678>",
    "<t:1700000000:R>",
    "<:smile:123456789012345678>",
    "<a:dance:123456789012345678>",
    "<id:customize>",
    "<https://evil.example>",
    "<mailto:a@b.example>",
    "<tel:+491701234567>",
    "[free](https://evil.example)",
    "[free](evil.example)",
    "`/start`",
    "**/start**",
    "\\[free](https://evil.example)",
    "t.\nme/x",
    "t\u202e.me",
    "t.\u200bme",
]


def as_telegram_shows(sentence: str) -> str:
    """The text of the message, without what we ourselves set in code or bold."""
    return html.unescape(re.sub(r"</?(b|code)>", "", markup.html(sentence)))


def found(rules: dict[str, str], text: str) -> list[str]:
    return [name for name, rule in rules.items() if re.search(rule, text)]


@pytest.mark.parametrize("name", TOUCHABLE)
@pytest.mark.parametrize("locale", ["en-US", "de"])
def test_nothing_in_a_name_can_be_touched(name: str, locale: str) -> None:
    for sentence in (str(clean(name)), say(locale, "settings.title", community=name), listed(locale, [name, name])):
        assert found(TELEGRAM, as_telegram_shows(sentence)) == []
    assert found(DISCORD, clean(name)) == []


@pytest.mark.parametrize("rules", [TELEGRAM, DISCORD], ids=["telegram", "discord"])
def test_the_rules_see_what_each_platform_would_make_of_it(rules: dict[str, str]) -> None:
    seen = {rule for name in TOUCHABLE for rule in found(rules, name)}
    assert seen == set(rules)


@pytest.mark.parametrize(
    "name",
    [
        "St. Mary's",
        "v2.0",
        "Version 3.11.7",
        "Schachclub Köln-Süd e.V.",
        "z. B. Müller & Söhne",
        "z.B. Vereinsheim",
        "U.S.A.",
        "J.R.R. Tolkien",
        "P.S. I love you",
        "AC/DC",
        "24/7",
        "Tom / Jerry",
        "w/o ads",
        "und/oder",
        "#1",
        "Team No. #1",
        "C major",
        "Only $5",
        "50 % off!",
        "A + B",
        "Ada & Ben",
        "10:30 Uhr",
        "Mr. T",
        "Dr. Größe",
        "Chess: the club",
        "Was nun ...",
        "Was nun…",
        "100 €",
        "Ñandú, Ærø, Łódź, Ελλάδα, Москва, 東京, עברית",
        "👩‍🚀 Space",
        "O'Neill's",
        "2024-2025",
        "Size 4.5",
    ],
)
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert as_telegram_shows(clean(name)) == name
    assert clean(name).replace("\\", "") == name


def test_a_name_reads_as_before_where_it_was_made_harmless() -> None:
    for name in ("t.me/x", "St.Pauli", "Node.js", "/start", "#chess", "ada@example.org", "+49 170 1234567"):
        assert as_telegram_shows(clean(name)).replace("\u200b", "") == name

"""Every sentence in English. Markup: `**bold**`; `{names}` are parameters; a mapping has a form for each plural."""

from collections.abc import Mapping

from bot.texts.en import (
    acts,
    admin,
    commands,
    general,
    invoices,
    linking,
    log_lines,
    membership,
    notices,
    pages,
    plans,
    questions,
    rights,
    telegram,
)

PARTS = (
    commands,
    plans,
    membership,
    invoices,
    linking,
    admin,
    notices,
    general,
    telegram,
    questions,
    pages,
    rights,
    acts,
    log_lines,
)

TEXTS: Mapping[str, str | Mapping[str, str]] = {key: text for part in PARTS for key, text in part.TEXTS.items()}

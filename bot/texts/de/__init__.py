"""Every sentence in German; keys and parameters as in `en`. Du, short and friendly."""

from collections.abc import Mapping

from bot.texts.de import (
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

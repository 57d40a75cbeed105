"""Every sentence in German; keys and parameters as in `en`. Du, short and friendly."""

from collections.abc import Mapping

from bot.texts.de import admin, commands, general, invoices, linking, membership, notices, plans, telegram

PARTS = (commands, plans, membership, invoices, linking, admin, notices, general, telegram)

TEXTS: Mapping[str, str | Mapping[str, str]] = {key: text for part in PARTS for key, text in part.TEXTS.items()}

"""What the team reads in the log channel: a line for each thing that happened, and the day's digest."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    "log_line.joined": "➕ {member} ist jetzt in **{plan}** ({amount})",
    "log_line.joined_trial": "➕ {member} ist jetzt in **{plan}** (kostenlose Probezeit)",
    "log_line.joined_comp": "➕ {member} ist jetzt in **{plan}** (kostenlose Mitgliedschaft)",
    "log_line.joined_free": "➕ {member} ist jetzt in **{plan}**",
    "log_line.returned": "➕ {member} ist wieder in **{plan}**",
    "log_line.left": "➖ {member} ist nicht mehr in **{plan}** ({reason})",
    "log_line.left_plain": "➖ {member} ist nicht mehr in **{plan}**",
    "log_line.failed": "⚠️ {member}: Die Zahlung von {amount} für **{plan}** ist fehlgeschlagen. Zugang besteht bis {until}",
    "log_line.failed_now": "⚠️ {member}: Die Zahlung von {amount} für **{plan}** ist fehlgeschlagen. Bis sie bezahlt ist, besteht kein Zugang",
    "log_line.failed_open": "⚠️ {member}: Die Zahlung von {amount} für **{plan}** ist fehlgeschlagen. Zugang besteht noch",
    "log_line.recovered": "✅ {member} hat nach einer fehlgeschlagenen Zahlung {amount} für **{plan}** bezahlt",
    "log_line.refunded": "↩️ {member} hat {amount} für **{plan}** zurückbekommen",
    "log_line.refund_failed": "⚠️ Die Erstattung von {amount} an {member} für **{plan}** ist gescheitert: Das Geld ging nicht zurück",
    "log_line.disputed_open": "⚠️ Rückbuchung: {member} bestreitet eine Zahlung von {amount} für **{plan}**. Antworte darauf in Stripe",
    "log_line.disputed_won": "✅ Die Rückbuchung von {member} über {amount} für **{plan}** ist gewonnen, das Geld bleibt bei dir",
    "log_line.disputed_lost": "➖ Die Rückbuchung von {member} über {amount} für **{plan}** ist verloren",
    "log_line.disputed_prevented": "↩️ Die Rückbuchung von {member} über {amount} für **{plan}** wurde durch eine Erstattung abgewendet",
    "log_line.left_out": {"one": "… {n} ältere Zeile fehlt hier", "other": "… {n} ältere Zeilen fehlen hier"},
    "log_line.digest": "📋 **Tagesübersicht** seit {since}",
    "log_line.digest_counts": "Neu: {joined} · ausgeschieden: {left} · Zahlungen fehlgeschlagen: {failed} · nachgeholt: {recovered}",
    "log_line.digest_disputed": {"one": "{n} Neuigkeit zu Rückbuchungen", "other": "{n} Neuigkeiten zu Rückbuchungen"},
    "log_line.digest_in": "Eingenommen: {amounts}",
    "log_line.digest_back": "Erstattet: {amounts}",
    "log_line.digest_not_back": "Gescheiterte Erstattungen: {amounts}",
    "log_line.digest_open": "**Das braucht dich jetzt**",
    "log_line.open_alarm": "· **{name}**: {fix}",
    "log_line.open_not_sold": "· **{name}** lässt sich gerade nicht verkaufen: `/settings` sagt, warum",
    "log_line.open_breaker": "· Entfernungen sind angehalten: entscheide mit `/breaker`",
    "log_line.open_more": {"one": "· und {n} weitere", "other": "· und {n} weitere"},
}

"""Invoices, for members and admins."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Invoices
    "invoices.title": "**Deine Rechnungen**",
    "invoices.line": "**{number}** · {day} · {amount} · {state}",
    "invoices.none": "Du hast noch keine Rechnungen.",
    "invoices.there": "Dieses Konto bezahlt nichts. Das tut dein {platform}-Konto: Mit `/invoices` auf {platform} siehst du seine Rechnungen.",
    "invoices.there_too": "Dein {platform}-Konto hat eigene Rechnungen: Du siehst sie mit `/invoices` auf {platform}.",
    "invoices.links_pay": "[Bezahlen]({url})",
    "invoices.links_view": "[Ansehen]({url})",
    "invoices.links_pdf": "[PDF]({url})",
    "invoices.draft_number": "(Entwurf)",
    "invoice.draft": "in Vorbereitung",
    "invoice.open": "zu zahlen",
    "invoice.due": "zu zahlen bis {day}",
    "invoice.paid": "bezahlt",
    "invoice.void": "storniert",
    "invoice.uncollectible": "abgeschrieben",
    "invoice.unknown": "siehe Stripe",
    "invoice.sent": "✅ Rechnung **{number}** über {amount} wurde an {member} geschickt: {what}. Fällig am {day}.",
    "invoice.sent_before": "✅ Rechnung **{number}** über {amount} wurde gerade eben schon an {member} geschickt: {what}. Fällig am {day}. Soll dasselbe noch einmal berechnet werden, formuliere es anders oder warte zehn Minuten.",
    "invoice.sending": "✅ Die Rechnung über {amount} für {member} ist unterwegs: {what}.",
    "invoice.needs_email": "Stripe braucht für eine Rechnung eine E-Mail-Adresse. Ich habe {member} danach gefragt; die Rechnung über {amount} geht hinaus, sobald die Antwort da ist. Kommt meine Nachricht nicht an, fragt auch `/invoices` danach.",
    "invoice.email_wanted": "Eine Rechnung über {amount} wartet auf dich: {what}. Stripe braucht deine E-Mail-Adresse, um sie zu schicken.",
    "invoice.email_thanks": "Danke. Die Rechnung **{number}** über {amount} ist unterwegs zu dir.",
    "invoice.email_thanks_later": "Danke. Die Rechnung ist unterwegs zu dir.",
    "button.email": "Meine E-Mail angeben",
    "button.pay_invoice": "{amount} bezahlen",
    "form.email_title": "Deine E-Mail für die Rechnung",
    "form.email_label": "E-Mail-Adresse",
    "form.email_placeholder": "du@example.org",
}

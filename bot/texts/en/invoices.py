"""Invoices, for members and admins."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Invoices
    "invoices.title": "**Your invoices**",
    "invoices.line": "**{number}** · {day} · {amount} · {state}",
    "invoices.none": "You have no invoices yet.",
    "invoices.there": "This account pays for nothing. Your {platform} account does: type `/invoices` on {platform} to see its invoices.",
    "invoices.there_too": "Your {platform} account has invoices of its own: type `/invoices` on {platform} to see them.",
    "invoices.links_pay": "[Pay]({url})",
    "invoices.links_view": "[View]({url})",
    "invoices.links_pdf": "[PDF]({url})",
    "invoices.draft_number": "(draft)",
    "invoice.draft": "being prepared",
    "invoice.open": "to pay",
    "invoice.due": "to pay by {day}",
    "invoice.paid": "paid",
    "invoice.void": "void",
    "invoice.uncollectible": "written off",
    "invoice.unknown": "see Stripe",
    "invoice.sent": "✅ Invoice **{number}** for {amount} is sent to {member}: {what}. Due on {day}.",
    "invoice.sent_before": "✅ Invoice **{number}** for {amount} has just been sent to {member}: {what}. Due on {day}. To bill the same once more, word it differently or wait ten minutes.",
    "invoice.sending": "✅ The invoice of {amount} for {member} is on its way: {what}.",
    "invoice.needs_email": "Stripe needs an e-mail address to send an invoice. I asked {member} for it; the invoice of {amount} goes out at once when they answer. If my message does not reach them, `/invoices` asks them too.",
    "invoice.email_wanted": "An invoice of {amount} is waiting for you: {what}. Stripe needs your e-mail address to send it.",
    "invoice.email_thanks": "Thank you. The invoice **{number}** of {amount} is on its way to you.",
    "invoice.email_thanks_later": "Thank you. The invoice is on its way to you.",
    "button.email": "Give my e-mail",
    "button.pay_invoice": "Pay {amount}",
    "form.email_title": "Your e-mail for the invoice",
    "form.email_label": "E-mail address",
    "form.email_placeholder": "you@example.org",
}

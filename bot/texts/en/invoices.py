"""Invoices, for members and admins."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Invoices
    "invoices.title": "**Your invoices**",
    "invoices.line": "**{number}** · {day} · {amount} · {state}",
    "invoices.none": "You have no invoices yet.",
    "invoices.there": "This account pays for nothing, but your {platform} account does: type `/invoices` on {platform} to see its invoices.",
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
    "invoice.sent": "✅ Invoice **{number}** for {amount} was sent to {member}: {what}. Due on {day}.",
    "invoice.sent_before": "✅ Invoice **{number}** for {amount} was already sent to {member} a moment ago: {what}. Due on {day}. To bill the same again, word it differently or wait ten minutes.",
    "invoice.sending": "✅ The invoice for {amount} to {member} is on its way: {what}.",
    "invoice.needs_email": "Stripe needs an email address to send an invoice. I asked {member} for theirs; the invoice for {amount} goes out as soon as they answer. If my message doesn't reach them, `/invoices` asks them too.",
    "invoice.email_wanted": "An invoice for {amount} is waiting for you: {what}. Stripe needs your email address to send it.",
    "invoice.email_thanks": "Thank you. Invoice **{number}** for {amount} is on its way to you.",
    "invoice.email_thanks_later": "Thank you. The invoice is on its way to you.",
    "button.email": "Give my email address",
    "button.pay_invoice": "Pay {amount}",
    "form.email_title": "Your email address for the invoice",
    "form.email_label": "Email address",
    "form.email_placeholder": "you@example.org",
}

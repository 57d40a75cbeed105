"""What the team reads in the log channel: a line for each thing that happened, and the day's digest."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    "log_line.joined": "➕ {member} joined **{plan}** ({amount})",
    "log_line.joined_trial": "➕ {member} joined **{plan}** (free trial)",
    "log_line.joined_comp": "➕ {member} joined **{plan}** (free membership)",
    "log_line.joined_free": "➕ {member} joined **{plan}**",
    "log_line.returned": "➕ {member} is back in **{plan}**",
    "log_line.left": "➖ {member} left **{plan}** ({reason})",
    "log_line.left_plain": "➖ {member} left **{plan}**",
    "log_line.failed": "⚠️ {member}: the payment of {amount} for **{plan}** failed. They have access until {until}",
    "log_line.failed_now": "⚠️ {member}: the payment of {amount} for **{plan}** failed. They have no access until it is paid",
    "log_line.failed_open": "⚠️ {member}: the payment of {amount} for **{plan}** failed. They still have access",
    "log_line.recovered": "✅ {member} paid {amount} for **{plan}** after a failed payment",
    "log_line.refunded": "↩️ {member} was refunded {amount} for **{plan}**",
    "log_line.refund_failed": "⚠️ The refund of {amount} to {member} for **{plan}** failed: the money did not go back",
    "log_line.disputed_open": "⚠️ {member} disputes a payment of {amount} for **{plan}**. Answer it in Stripe",
    "log_line.disputed_won": "✅ The dispute of {member} over {amount} for **{plan}** was won: the money stays with you",
    "log_line.disputed_lost": "➖ The dispute of {member} over {amount} for **{plan}** was lost",
    "log_line.disputed_prevented": "↩️ The dispute of {member} over {amount} for **{plan}** was prevented with a refund",
    "log_line.left_out": {"one": "… {n} older line is left out", "other": "… {n} older lines are left out"},
    "log_line.digest": "📋 **Digest** since {since}",
    "log_line.digest_counts": "Joined: {joined} · left: {left} · payments failed: {failed} · recovered: {recovered}",
    "log_line.digest_disputed": {"one": "{n} change in disputes", "other": "{n} changes in disputes"},
    "log_line.digest_in": "Money in: {amounts}",
    "log_line.digest_back": "Refunded: {amounts}",
    "log_line.digest_not_back": "Refunds that failed: {amounts}",
    "log_line.digest_open": "**What needs you now**",
    "log_line.open_alarm": "· **{name}**: {fix}",
    "log_line.open_not_sold": "· **{name}** can't be sold right now: `/settings` says why",
    "log_line.open_breaker": "· Removals are held back: decide with `/breaker`",
    "log_line.open_more": {"one": "· and {n} more", "other": "· and {n} more"},
}

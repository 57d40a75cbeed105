"""Help, and what is said when something is not possible."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Help
    "help.members": "**For you**\n`/plans` what you can join · `/subscribe` join · `/membership` what you have, card, cancel, resume · `/invoices` pay or download · `/link`, `/unlink` your accounts on Discord and Telegram",
    "help.admins": "**For admins**\n`/plan create`, `/plan edit`, `/plan list`, `/plan archive` what you sell · `/invoice create` a one-off bill · `/member` why somebody has access or not, free days · `/breaker` removals held back · `/connect` servers and chats of one community · `/settings` health and defaults",
    "help.start": "**Start here:** `/plan create`. On Discord first make a role for members and move my own role above it; on Telegram first make me an admin of the chat.",
    "help.telegram": "`/paysupport` help with a payment · `/privacy` what is stored about you",
    "help.pay": "You pay on Stripe's page. I never see your card.",
    # When something is not possible
    "error.admins_only": "This is for the admins here. Ask one of them.",
    "error.in_server": "Use this in the server or chat it is about.",
    "error.store": "I can't reach my database just now, so nothing was changed. Try again in a minute. (Note for the admins: {incident})",
    "error.provider": "Stripe does not answer just now. Nothing was charged twice; try again in a minute. (Note for the admins: {incident})",
    "error.key": "Stripe does not let me do this: my key lacks a permission, or is not valid any more.{detail} Nothing was charged. An admin can mend it in Stripe's dashboard (`guestlist check` says what is missing); what was begun then goes on by itself. (Note for the admins: {incident})",
    "error.refused": "Stripe said no: {detail} (Note for the admins: {incident})",
    "error.slow": "This takes longer than it should. Try again in a minute; nothing is charged twice. (Note for the admins: {incident})",
    "reply.soon": "This takes a moment longer than usual. The answer will stand here; you need not ask again.",
    "error.restart": "I am being restarted just now. Try again in a minute; nothing is charged twice.",
    "error.unexpected": "Something went wrong on my side. Try again; if it stays, give this number to the admins: {incident}",
    "error.unknown_command": "I don't know this command. `/help` shows those there are. If your app offers it, restart the app.",
    "error.unknown_action": "This button is from an older message. Use the command again: `/help` shows them.",
    "error.option_missing": "«{option}» is missing. Type the command again and fill it in.",
}

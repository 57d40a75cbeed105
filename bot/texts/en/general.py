"""Help, and what is said when something is not possible."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Help
    "help.members": "**For you**\n"
    "`/plans`: what you can join\n"
    "`/subscribe`: join, or buy more time\n"
    "`/membership`: what you have, when it renews; change your card, cancel or resume\n"
    "`/invoices`: pay or download an invoice\n"
    "`/link`, `/unlink`: use one membership on Discord and Telegram",
    "help.on.telegram": "`/start`: choose which community you ask me about\n`/paysupport`: help with a payment\n`/privacy`: what is stored about you",
    "help.support": "**For support**\n`/member`: why a member has access or not; give or end a free membership",
    "help.manager": "**For managers**\n"
    "`/plan create`, `/plan edit`, `/plan list`, `/plan archive`: what you sell\n"
    "`/plan price_add`, `/plan price_end`, `/plan prices`: what it costs, such as by the month and by the year\n"
    "`/invoice create`: send a one-off invoice\n"
    "`/breaker`: removals that wait for your decision\n"
    "`/audit`: what the team did\n"
    "`/settings`: defaults, and whether everything works",
    "help.owner": "**For owners**\n`/team`: who is on the team\n`/connect`: connect servers and chats into one community",
    "help.owner_on.telegram": "`/team_set`: add somebody, or change their rank",
    "help.start": "**Start here:** `/plan create`. On Discord, first create a role for members and move my own role above it; on Telegram, first make me an admin of the chat.",
    "help.pay": "You pay on Stripe's page. I never see your card.",
    # When something is not possible
    "error.team_only": "This is for the community's team. Ask its owner to add you with {team}.",
    "error.rank.manager": "Only managers and owners of the community can do this. Ask an owner to change your rank with {team}.",
    "error.unsure": "You are on the team through a role, and Discord isn't saying right now who could hand it out. Try again in a minute.",
    "error.rank.owner": "Only an owner of the community can do this.",
    "error.unclaimed.discord": "This bot doesn't serve this server yet. If the bot is yours, type `/claim` here.",
    "error.unclaimed.telegram": "This bot doesn't serve this chat yet. If the bot is yours, send me `/claim` in private.",
    "error.in_server": "Use this in the server or chat it is about.",
    "error.often": {
        "one": "That was a lot at once, so nothing was changed. Try again in {n} second.",
        "other": "That was a lot at once, so nothing was changed. Try again in {n} seconds.",
    },
    "error.store": "I can't reach my database right now, so nothing was changed. Try again in a minute. (Reference for the admins: {incident})",
    "error.not_offered": "That isn't possible here: the service through which this community is paid doesn't offer it. Nothing was done.",
    "error.provider": "Stripe isn't answering right now. Try again in a minute; nothing was charged twice. (Reference for the admins: {incident})",
    "error.key": "Stripe won't let me do this: my key lacks a permission, or is no longer valid.{detail} Nothing was charged. An admin can fix it in Stripe's dashboard (`guestlist check` says what is missing); what was started then continues by itself. (Reference for the admins: {incident})",
    "error.refused": "Stripe refused: {detail} (Reference for the admins: {incident})",
    "error.refused_member": "Stripe didn't accept this. Please tell an admin, and give them the number {incident}.",
    "error.slow": "This is taking longer than it should. Try again in a minute; nothing is charged twice. (Reference for the admins: {incident})",
    "reply.soon": "This is taking a moment longer than usual. The answer will appear here; you don't need to ask again.",
    "error.restart": "I am restarting right now. Try again in a minute; nothing is charged twice.",
    "error.unexpected": "Something went wrong on my side. Try again; if it keeps happening, give the admins this "
    "number: {incident}",
    "error.unknown_command": "I don't know this command. `/help` lists the ones I know. If your app still offers it, restart the app.",
    "error.unknown_action": "This button is from an older message. Use the command again; `/help` lists them.",
    "error.option_missing": "“{option}” is missing. Type the command again and fill it in.",
}

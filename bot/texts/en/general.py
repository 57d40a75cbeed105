"""Help, and what is said when something is not possible."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    # Help
    "help.members": "**For you**",
    "help.team": "**For the team**",
    "help.line": "`/{command}`: {about}",
    "help.start.discord": "**Start here:** create a role for members, move my own role above it, then type `/plan create`.",
    "help.start.telegram": "**Start here:** make me an admin of the chat, then type `/plan create`.",
    "help.pay": "You pay on Stripe's page. I never see your card.",
    # What could not be told
    "unread.above": "**While I couldn't reach you:**",
    "unread.line": "• {day}: {text}",
    # When something is not possible
    "error.team_only": "This is for the community's team. Ask its owner to add you with {team}.",
    "error.rank.manager": "Only managers and owners of the community can do this. Ask an owner to change your rank with {team}.",
    "error.unsure": "You are on the team through a role, and Discord isn't saying right now who could hand it out. Try again in a minute.",
    "error.rank.owner": "Only an owner of the community can do this.",
    "error.unclaimed.discord": "This bot doesn't serve this server yet. If the bot is yours, type `/claim` here.",
    "error.unclaimed.telegram": "This bot doesn't serve this chat yet. If the bot is yours, send me `/claim` in private.",
    "error.which_chat": "I don't know yet which community this is about. Open me from its chat, or with the address that its team gives out, and ask again.",
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

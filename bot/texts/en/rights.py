"""Whose service this is: `/claim`, `/team`, `/audit`."""

# ruff: noqa: E501 - a sentence stands on one line, so that a search for it finds it

from collections.abc import Mapping

TEXTS: Mapping[str, str | Mapping[str, str]] = {
    "claim.title": "Claim this server",
    "claim.code": "The code from guestlist claim",
    "claim.how": "Run `guestlist claim` on the machine that this bot runs on, send me `/claim` with the code here, "
    "then add me to your group or channel.",
    "claim.held": "The code is yours. Now add me to your group or channel as an admin, from this account: that chat is "
    "served from then on.",
    "claim.done": "**{place}** is served from now on. You are its owner, and you are told when something needs an "
    "admin. Next: `/plan create`.",
    "claim.served": "This place is served already, so there is nothing to claim; your code is still good. To join the "
    "team, ask **{contact}** to add you with `/team`.",
    "claim.served_owner": "This place is served already, so there is nothing to claim; your code is still good. To "
    "join the team, ask the owner of the server or chat to add you with `/team`.",
    "claim.served_yours": "This place is served already, and you are one of its owners. There is nothing to claim: "
    "`/plan create` makes a plan, `/team` shows the team.",
    "claim.wrong": "This code doesn't work, or it was typed where others could read it. Run `guestlist claim` on the "
    "machine that this bot runs on, and type what it prints.",
    "claim.expired": "This code is more than a day old. Run `guestlist claim` again for a new one.",
    "claim.used": "This code was used already. Run `guestlist claim` again for a new one.",
    "claim.shared": "This place still belongs to a community with other servers or chats, whose plans open something "
    "here. Who owns that community can claim it: with the account that is in its `/team`, or one linked to that by `/link`. "
    "Or name the place in `config.toml`. The code is still good.",
    "claim.in_private": "Others could read a code here, so one that you typed is void. Run `guestlist claim` again, "
    "and send me `/claim` with the code in private.",
    "claim.brought": "You added me to **{place}**, which I don't serve yet. If this bot is yours, run `guestlist claim` on "
    "the machine it runs on, and send me `/claim` with the code here within {stay}; otherwise I leave the chat again.",
    "claim.farewell": "This place isn't served by this bot, so it leaves; if the bot is yours, add it again and claim "
    "the place with a code from `guestlist claim` within 15 minutes.",
    # The team
    "team.title": "**The team of {community}**",
    "team.row": "· **{name}** ({what}): {rank}",
    "team.kind.account": "{platform} account",
    "team.kind.role": "role on {platform}",
    "team.suspended": "⚠️ This role counts for nothing now: people can get it without an Administrator.",
    "team.empty.discord": "Nobody yet. The server's owner and its Administrators are owners here.",
    "team.empty.telegram": "Nobody yet. The chat's owner is an owner here.",
    "team.how.discord": "To add or change somebody: `/team member:@name rank:manager`; a role: `/team role:@name "
    "rank:support`. The server's owner is always an owner here, Administrators are only while the team is empty.",
    "team.how.telegram": "To add or change somebody: `/team_set`. The chat's owner is always an owner here.",
    "team.rank.owner": "owner",
    "team.rank.manager": "manager",
    "team.rank.support": "support",
    "team.set": "✅ **{name}** is on the team now: {rank}.",
    "team.may.owner": "Owners may do everything, and change the team.",
    "team.may.manager": "Managers look after plans, prices, invoices and members.",
    "team.may.support": "Support looks members up and gives or ends free memberships; amounts stay hidden.",
    "team.first": "With this first entry, Administrators are no longer owners by themselves. Add those who should be.",
    "team.joined": "With the first entry, Administrators are no longer owners by themselves, so I made you one too.",
    "team.hidden": "Discord shows these commands only to people with Manage Server. For others, allow them in Server "
    "Settings > Integrations.",
    "team.removed": "✅ **{name}** is no longer on the team.",
    "team.emptied": "The team is empty now, so the server's Administrators are owners again.",
    "team.contact": "You are the contact now, so I tell you when something needs an admin.",
    "team.owns": "They are still an owner in {places}, because it belongs to them.",
    "team.who_missing": "Who? Name a member, or on Discord a role, beside the rank.",
    "team.one_of_both": "Name either a member or a role, not both.",
    "team.not_here": "Only somebody who is here can join the team.",
    "team.handed_out": "**{role}** can't be in the team: people who aren't Administrators could hand it out, by {givers}. "
    "Move it above their roles or take Manage Roles from those, or add people one by one.",
    "team.by_itself": "**{role}** can't be in the team: members can get it by themselves, through Onboarding, a linked "
    "account, a boost, a purchase or an integration. Use a role that only Administrators give, or add people one by one.",
    "team.refused.last_owner": "**{name}** is the only owner in the team. Make somebody else an owner first.",
    "team.refused.not_in": "**{name}** isn't on the team. `/team` shows who is.",
    "team.refused.owns_place": "The server or chat itself belongs to **{name}**, so they are always an owner here. "
    "`/team` can't change that.",
    "team.refused.administrator": "**{name}** is an Administrator of the server, and Administrators are owners here "
    "while the team is empty. Add somebody to the team, and only the people on it count.",
    "team.refused.opened": "A plan gives **{name}** to members, or did, so it can't be in the team. Make a role of its "
    "own for the team.",
    "team.refused.unknown": "Discord doesn't say just now who could hand out **{name}**. Try again in a minute.",
    "button.team_remove": "Remove {name}",
    "notice.team_rank": "👋 You are on the team of **{community}** now, as {rank}. {may} Type `/help` in the server or "
    "chat to see your commands.",
    "notice.team_suspended": "⚠️ The role **{role}** counts for nothing in the team of {community} for now: people who "
    "aren't Administrators could hand it out, by {givers}. Move it above their roles or take Manage Roles from those; I "
    "look again whenever roles change.",
    "notice.team_by_itself": "⚠️ The role **{role}** counts for nothing in the team of {community} for now: members can get "
    "it by themselves, through Onboarding, a linked account, a boost, a purchase or an integration. Put an end to that, or "
    "use a role that only Administrators give; I look again whenever roles change, and once a day.",
    "notice.team_set_by": "People with this role brought into the team: {names}. They stay in it: see `/team`, and remove who "
    "doesn't belong.",
    # What somebody may have the bot give
    "hand.not_yours": "You couldn't give **{name}** to anybody yourself, so I don't do it for you. Ask the owner, or "
    "somebody whose own role stands above it and who has Manage Roles; in a chat, an admin who may invite.",
    "hand.owner_only": "**{name}** has dangerous permissions ({permissions}). Only the server's owner can have it sold or "
    "given, on Discord.",
    "hand.on_discord": "**{name}** is a role on Discord, and I can't tell here whether you could hand it out. Do this on "
    "Discord.",
    "hand.on_telegram": "**{name}** is a Telegram chat. Only an owner of the community can open it from here; an admin of "
    "the chat who may invite does it on Telegram.",
    "hand.unknown": "The platform doesn't say just now whether you could give **{name}** to somebody. Try again in a "
    "minute.",
    "hand.warned": "⚠️ **{name}** has dangerous permissions: {permissions}. Whoever gets it can harm the server. To go "
    "on, send the same command again within 10 minutes.",
    # Who is here
    "who.not_here": "I can only look up, bill or give something to people who are here, or who have bought something "
    "here. Pick somebody else.",
    "who.unknown": "The platform doesn't say just now who is here. Try again in a minute. If it stays that way, check that I'm "
    "still here, and on Telegram still an admin.",
}

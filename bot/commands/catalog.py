"""Everything that can be asked: one line a feature."""

from bot.commands import (
    adopting,
    audit,
    breaker,
    claim,
    connecting,
    endings,
    invoices,
    kept_access,
    linking,
    member,
    membership,
    newest_bill,
    plan_admin,
    plans,
    redeeming,
    refunds,
    settings,
    start,
    subscribe,
    team,
)
from bot.commands.help import listing
from bot.commands.model import Action, Command

_LISTED: tuple[Command, ...] = (
    *plans.COMMANDS,
    *subscribe.COMMANDS,
    *membership.COMMANDS,
    *invoices.COMMANDS,
    *linking.COMMANDS,
    *redeeming.COMMANDS,
    *plan_admin.COMMANDS,
    *member.COMMANDS,
    *breaker.COMMANDS,
    *audit.COMMANDS,
    *connecting.COMMANDS,
    *settings.COMMANDS,
    *team.COMMANDS,
    *start.COMMANDS,
    *claim.COMMANDS,
)
COMMANDS: tuple[Command, ...] = (*_LISTED, *listing(_LISTED))

ACTIONS: tuple[Action, ...] = (
    *subscribe.ACTIONS,
    *membership.ACTIONS,
    *newest_bill.ACTIONS,
    *invoices.ACTIONS,
    *refunds.ACTIONS,
    *kept_access.ACTIONS,
    *linking.ACTIONS,
    *redeeming.ACTIONS,
    *plan_admin.ACTIONS,
    *adopting.ACTIONS,
    *member.ACTIONS,
    *breaker.ACTIONS,
    *endings.ACTIONS,
    *audit.ACTIONS,
    *connecting.ACTIONS,
    *team.ACTIONS,
    *claim.ACTIONS,
)

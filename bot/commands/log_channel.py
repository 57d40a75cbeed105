"""The option `log` of `/settings`: where the team reads who joins, leaves, pays and fails to."""

from typing import assert_never

from bot.commands.context import place_of, refuse, team_command, text_of
from bot.commands.model import Request
from bot.texts import Safe, lines, say
from payments.core.community import Community
from payments.core.ids import PersonId
from payments.flows.communities import log_channel
from payments.flows.communities.log_channel import LogEnded, LogSet, Missing, NotSet
from payments.flows.runtime.context import AppContext


async def set_log(app: AppContext, request: Request, community: Community, admin: PersonId) -> Safe:
    """Set or end the log, if the option was given, and say what follows; refuse what can't be."""
    typed = text_of(request, "log")
    if typed is None:
        return Safe("")
    done = await log_channel.set_log(app, community, place_of(request), request.identity, typed, actor=admin)
    match done:
        case LogSet(name=name, open=everybody):
            warning = say(request.locale, "settings.log_open", name=name) if everybody else ""
            return lines(say(request.locale, "settings.log_set", name=name), warning)
        case LogEnded():
            return say(request.locale, "settings.log_off")
        case Missing(name=name, rights=rights):
            missing = Safe(", ".join(f"“{right}”" for right in rights))
            raise refuse(request, "settings.log_missing", name=name, missing=missing)
        case NotSet.NO_MANAGER:
            raise refuse(request, "error.rank.manager", team=team_command(request.identity.platform))
        case NotSet.UNSURE:
            raise refuse(request, "settings.log_unsure", name=typed)
        case NotSet.UNKNOWN:
            raise refuse(request, "settings.log_unknown", log=typed)
        case _:
            assert_never(done)

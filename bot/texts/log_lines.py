"""Lines of a community's log, which its team reads: a fact's kind and parameters become one line, or a digest.

Params: `member` (None: has no account here), `amount` and `currency` (None: no money), and

- `log_joined`, `log_returned` plan, source, trial (1); `log_left` plan, source, reason
- `log_failed` plan (or what was billed), inside (whether they have access), until (when it ends)
- `log_recovered`, `log_refunded`, `log_refund_failed` plan
- `log_disputed` plan, contest (`Contest`)
- `log_left_out` n
- `log_digest` a count for each kind, in, back and not_back (lists of amount and currency), open (what an admin must
  do), from and until
"""

from collections.abc import Mapping
from typing import Any

from bot.texts.formats import clean, moment, money
from bot.texts.labels import fix_text, why_text
from bot.texts.languages import Safe
from bot.texts.notice_parts import Params, Renderer, member_text
from bot.texts.say import lines, say
from payments.core.access import Source
from payments.core.log_facts import LogKind
from payments.ports.chat import Message


def _line(locale: str, key: str, params: Params, **more: str) -> Message:
    amount = Safe("") if params["amount"] is None else money(locale, params["amount"], params["currency"])
    member = member_text(locale, params, "audit.somebody_else")
    return Message(say(locale, key, member=member, plan=str(params["plan"]), amount=amount, **more))


def _joined(locale: str, params: Params) -> Message:
    if params["source"] == Source.COMP:
        return _line(locale, "log_line.joined_comp", params)
    if params.get("trial"):
        return _line(locale, "log_line.joined_trial", params)
    return _line(locale, "log_line.joined_free" if params["amount"] is None else "log_line.joined", params)


def _left(locale: str, params: Params) -> Message:
    reason = why_text(locale, str(params["reason"]))
    return _line(locale, "log_line.left" if reason else "log_line.left_plain", params, reason=reason)


def _failed(locale: str, params: Params) -> Message:
    until = params["until"]
    if until is None:
        return _line(locale, "log_line.failed_open" if params["inside"] else "log_line.failed_now", params)
    return _line(locale, "log_line.failed", params, until=moment(locale, until))


def _digest(locale: str, params: Params) -> Message:
    counts = {kind.value: int(params.get(kind.value, 0)) for kind in LogKind}
    return Message(
        lines(
            say(locale, "log_line.digest", since=moment(locale, params["from"])),
            say(
                locale,
                "log_line.digest_counts",
                joined=counts[LogKind.JOINED] + counts[LogKind.RETURNED],
                left=counts[LogKind.LEFT],
                failed=counts[LogKind.FAILED],
                recovered=counts[LogKind.RECOVERED],
            ),
            say(locale, "log_line.digest_disputed", n=disputed) if (disputed := counts[LogKind.DISPUTED]) else "",
            _sums(locale, "log_line.digest_in", params["in"]),
            _sums(locale, "log_line.digest_back", params["back"]),
            _sums(locale, "log_line.digest_not_back", params.get("not_back", [])),
            say(locale, "log_line.digest_open") if params["open"] else "",
            *(_open(locale, one) for one in params["open"]),
        )
    )


def _sums(locale: str, key: str, sums: list[tuple[int, str]]) -> Safe:
    """Each currency by itself."""
    amounts = [money(locale, amount, currency) for amount, currency in sums]
    return say(locale, key, amounts=Safe(" · ".join(amounts))) if amounts else Safe("")


def _open(locale: str, one: Mapping[str, Any]) -> Safe:
    match one["what"]:
        case "alarm":
            fix = fix_text(locale, str(one["code"]))
            return say(locale, "log_line.open_alarm", name=clean(str(one["name"])), fix=fix)
        case "not_sold":
            return say(locale, "log_line.open_not_sold", name=str(one["name"]))
        case "breaker":
            return say(locale, "log_line.open_breaker")
        case _:
            return say(locale, "log_line.open_more", n=int(one.get("n", 1)))


LINES: dict[str, Renderer] = {
    LogKind.JOINED: _joined,
    LogKind.RETURNED: lambda locale, params: _line(locale, "log_line.returned", params),
    LogKind.LEFT: _left,
    LogKind.FAILED: _failed,
    LogKind.RECOVERED: lambda locale, params: _line(locale, "log_line.recovered", params),
    LogKind.REFUNDED: lambda locale, params: _line(locale, "log_line.refunded", params),
    LogKind.REFUND_FAILED: lambda locale, params: _line(locale, "log_line.refund_failed", params),
    LogKind.DISPUTED: lambda locale, params: _line(locale, f"log_line.disputed_{params['contest']}", params),
    LogKind.DIGEST: _digest,
    LogKind.LEFT_OUT: lambda locale, params: Message(say(locale, "log_line.left_out", n=int(params["n"]))),
}

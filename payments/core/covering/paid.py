"""Until when a plan is paid for by a subscription's bills, for whoever is told so."""

from payments.core.covering.bills import Known
from payments.core.covering.periods import covering
from payments.core.covering.want import Sells


def paid_until(known: Known, sells: Sells) -> int | None:
    """The end of the latest period that is paid for; None: nothing that covers the plan tells one."""
    ends = []
    for item in known.items:
        covers = covering(known, item)
        if covers is not None and covers.end_at is not None and sells(covers.line):
            ends.append(covers.end_at)
    return max(ends, default=None)

"""What could not be told in private is read with the person's next command: in a reply that nobody else sees, once.

Whoever shows it says so with `shown` once the reply has arrived. A death between the two shows it twice: better than
never.
"""

import json
from collections.abc import Sequence

from payments.core.calendar import DAY_MS
from payments.core.community import Identity, Platform
from payments.flows.messages import CONTACT_OF, enqueue_notice, is_over, only_on
from payments.flows.runtime.context import AppContext
from payments.ports.stores import Notice, Transaction

AGE_MS_MAX = 30 * DAY_MS
"""What is older is not shown any more."""

LOOKED_AT_MAX = 20

NEWS_THERE = "news_there"
"""The kind of notice that says on which other platform there is something to read."""


def is_kept(notice: Notice) -> bool:
    """Whether it is kept for who did not get it. What is for a community's owner is not: whether its reader still is
    one would have to be asked, and `/settings` shows what stands."""
    return notice.person_id is not None and CONTACT_OF not in json.loads(notice.params)


async def hint(app: AppContext, tx: Transaction, notice: Notice, elsewhere: Sequence[Platform]) -> None:
    """What is for one account alone, since it names what that account pays, and can't be told there: the person's
    account elsewhere hears that there is something to read, and no more."""
    params = json.loads(notice.params)
    if notice.person_id is None or "plan" not in params or notice.kind == NEWS_THERE:
        return
    for platform in sorted(set(elsewhere)):
        told = {"plan": params["plan"], "community": params.get("community", ""), "platform": await only_on(tx, notice)}
        key = f"{notice.key}:{platform}"
        await enqueue_notice(
            tx, app.business.now(), notice.person_id, NEWS_THERE, key, {**told, "only": platform.value}
        )


async def unread(app: AppContext, identity: Identity) -> Sequence[Notice]:
    """What this account was not told, the oldest first."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(identity)
        if person_id is None:
            return ()
        now = app.business.now()
        found = await tx.notices.unread(person_id, now - AGE_MS_MAX, LOOKED_AT_MAX)
        news = [one for one in found if not is_over(one, now)]
        return [one for one in news if await only_on(tx, one) in (None, identity.platform)]


async def shown(app: AppContext, keys: Sequence[str]) -> None:
    """These have arrived with a reply."""
    if keys:
        async with app.store.transaction() as tx:
            await tx.notices.withdraw(keys)

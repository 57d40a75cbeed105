"""Enqueues messages to people and places, in the commit of the change that they tell of (invariant 3)."""

import json
from collections.abc import Iterable, Mapping

from payments.core.audit import AuditKind
from payments.core.calendar import DAY_MS
from payments.core.catalog import Plan
from payments.core.changes import Changes, same
from payments.core.community import Community, Platform
from payments.core.covering.asking import TakenBack
from payments.core.ids import CommunityId, PersonId, PlanId
from payments.core.notices import PlannedNotice
from payments.flows.runtime.audit import _on, people_in, platform_of, stored
from payments.flows.runtime.context import AppContext, id_for
from payments.flows.runtime.names import name_in, names
from payments.flows.runtime.origins import side_of
from payments.ports.stores import AuditEntry, Notice, Transaction

PLACE_OF = "place_of"
"""The param of what is for a community's place: the community's id."""

CONTACT_OF = "contact_of"
"""The param of what is for a community's contact: the community's id."""


async def enqueue_notice(
    tx: Transaction, now: int, person_id: PersonId, kind: str, key: str, params: Mapping[str, object]
) -> bool:
    """A private message, once for its key: `kind` and `params` are what `bot.texts.notices` makes sentences of.

    False when its key is known: it was sent, or will be. Whoever calls wakes the queue `notices` after the commit.
    """
    text = json.dumps(params, ensure_ascii=False, sort_keys=True)
    return await tx.notices.add(Notice(key, person_id, kind, text, now, paced=kind in WAITED_FOR_BY_NOBODY))


WAITED_FOR_BY_NOBODY = frozenset(
    {
        "access_ended",
        "access_kept",
        "bill_taken_back",
        "bill_withdrawn",
        "email_needed",
        "grace_ending",
        "ending_payment",
        "ending_payment_back",
        "ending_team",
        "invoice_sent",
        "late_payment",
        "news_there",
        "payment_action_required",
        "payment_failed",
        "renewed",
        "trial_again",
        "trial_ending",
    }
)
"""Kinds that answer nothing their reader just did. They may be hundreds on one day, and are sent one by one."""

AHEAD = frozenset({"grace_ending", "trial_ending"})
"""Kinds that tell of a moment to come (their param `at`): once it is there, they are not told any more."""


def is_over(notice: Notice, now: int) -> bool:
    """Whether what a message tells of has come meanwhile."""
    return notice.kind in AHEAD and json.loads(notice.params)["at"] <= now


FOR_ADMINS = frozenset(
    {
        "admin_needed",
        "endings_asked",
        "ending_refused",
        "keep_access",
        "resume_unpaid",
        "blocked",
        "not_sold",
        "given_up",
        "breaker",
        "chat_lost",
        "team_suspended",
        "price_refused",
        "paid_once_by_nobody",
        "member_paid_late",
        "fraud_warning",
        "price_archived",
    }
)
"""Kinds that ask an admin to act."""


async def enqueue_contact_notice(
    tx: Transaction, now: int, community: Community, kind: str, key: str, params: Mapping[str, object]
) -> bool:
    """The same to a community's contact, if any. Sent only if they still are an owner (`communities.contact`).

    Where there is none, what asks an admin to act is said in the place, without a word of what it is about.
    """
    if community.contact_id is None:
        return kind in FOR_ADMINS and await call_for_admin(tx, now, community)
    return await enqueue_notice(tx, now, community.contact_id, kind, key, {**params, CONTACT_OF: community.id})


async def call_for_admin(tx: Transaction, now: int, community: Community) -> bool:
    """Say in one place of a community that it needs an admin, once in 24 h at most: nobody could be told in private.

    Everybody reads it, so it says nothing about members. The server comes first; where it can't be said, another place
    hears it when the notice is due. False when it was said lately, or there is no place.
    """
    places = await tx.communities.places(community.id)
    served = await tx.communities.served(places)
    ordered = sorted(places, key=lambda place: (place not in served, place.platform, place.external_id))
    if not ordered:
        return False
    day = now // DAY_MS
    before = await tx.notices.added_at(_called(community, day - 1))
    if before is not None and now - before < DAY_MS:
        return False
    params = json.dumps({"community": community.name, PLACE_OF: community.id}, ensure_ascii=False)
    return await tx.notices.add(Notice(_called(community, day), None, "admin_needed", params, now, place=ordered[0]))


def _called(community: Community, day: int) -> str:
    """The key of a day's call for an admin (UTC)."""
    return f"admin_needed:{community.id}:{day}"


TEAM_ACT = "team_act"
"""The kind of notice by which the contact hears about an act of somebody else."""


async def record_act(
    app: AppContext,
    tx: Transaction,
    kind: AuditKind,
    changes: Changes,
    *,
    actor: str,
    community_id: CommunityId,
    person_id: PersonId | None = None,
    key: str | None = None,
    told: bool = False,
) -> bool:
    """Write one line about an act of `actor`. False if it stands there already: `key` names the act, where it can come
    twice; where it has none, whoever calls holds the lock of what is changed.

    `told`: the contact hears about it, if somebody else did it. Whoever calls wakes the queue `notices` after the
    commit.
    """
    on = _on.get()
    changes = changes if on is None else {**changes, "on": same(on.value)}
    line = AuditEntry(
        id=id_for("aud", key),
        at=app.business.now(),
        community_id=community_id,
        person_id=person_id,
        target_id=None,
        actor=actor,
        action=kind,
        changes=stored(kind, changes),
    )
    if not await tx.audit_log.add(line):
        return False
    if told:
        community = await tx.communities.get(community_id)
        if community is not None and community.contact_id is not None:
            await enqueue_act_notice(tx, community, community.contact_id, line, changes)
    return True


async def enqueue_act_notice(
    tx: Transaction, community: Community, contact_id: PersonId, line: AuditEntry, changes: Changes
) -> None:
    """Tell the contact about a line of the audit, once, unless it is about what they did themselves."""
    actor = PersonId(line.actor)
    living = await tx.identities.living([actor, contact_id])
    if living[actor] == living[contact_id]:
        return
    people = {actor, *([line.person_id] if line.person_id is not None else []), *people_in(changes)}
    params = {
        "action": line.action,
        "actor": line.actor,
        "person": line.person_id,
        "community": community.name,
        "names": await names(tx, community.id, people, platform_of(changes)),
        "changes": json.loads(line.changes or "{}"),
    }
    key = f"{TEAM_ACT}:{line.id}"
    if "contact" in changes:  # whoever is the contact no more hears of that, too
        await enqueue_notice(tx, line.at, contact_id, TEAM_ACT, key, params)
    else:
        await enqueue_contact_notice(tx, line.at, community, TEAM_ACT, key, params)


FOR_PAYER = frozenset(
    {
        "bill_taken_back",
        "grace_ending",
        "payment_action_required",
        "payment_back",
        "payment_failed",
        "renewed",
        "trial_ending",
    }
)
"""What names a price, or carries a link to an invoice: for the account that pays, not for one that is linked to it."""


ONLY_FOR_PAYER = FOR_PAYER | {"bill_withdrawn", "email_needed", "invoice_sent", "late_payment", "trial_again"}
"""The same, with those that other flows store."""


async def only_on(tx: Transaction, notice: Notice) -> str | None:
    """The one platform on which a message is told. What was for the payer alone before a second account was linked is
    not for that account since."""
    only = json.loads(notice.params).get("only")
    if only is not None or notice.person_id is None or notice.kind not in ONLY_FOR_PAYER:
        return None if only is None else str(only)
    return await side_of(tx, notice.person_id)


async def enqueue_planned_notices(
    tx: Transaction,
    notices: Iterable[PlannedNotice],
    plans: Mapping[PlanId, Plan],
    now: int,
    *,
    payer_side: Platform | None = None,
) -> bool:
    """Store the messages that these notices ask for; whether any is new.

    `payer_side`: where the payer is told of bills, if they have an account on both platforms.
    """
    added = False
    just_told: set[tuple[PersonId, PlanId]] = set()
    for notice in notices:
        plan = plans[notice.plan_id]
        community = await tx.communities.get(plan.community_id)
        params = {"plan": plan.name, "community": "" if community is None else community.name, **notice.params}
        only = {"only": payer_side.value} if payer_side is not None and notice.kind in FOR_PAYER else {}
        new = await enqueue_notice(tx, now, notice.person_id, notice.kind, notice.key, {**params, **only})
        if new and notice.kind == "payment_failed":
            just_told.add((notice.person_id, notice.plan_id))
        if new and notice.kind == "grace_ending" and (notice.person_id, notice.plan_id) in just_told:
            await tx.notices.withdraw([notice.key])  # we learned late: what they are told now names the same end
        added |= new
        kind = _for_contact(notice)
        if kind is not None and community is not None:
            member = PersonId(str(notice.params.get("member_id", notice.person_id)))
            told = {**params, "member": await name_in(tx, community.id, member, payer_side)}
            added |= await enqueue_contact_notice(tx, now, community, kind, f"{notice.key}:contact", told)
    return added


def _for_contact(notice: PlannedNotice) -> str | None:
    """What the contact hears beside it: only an admin can give back what was charged twice, or give without payment."""
    match notice.kind:
        case "paid_twice":
            return "member_pays_twice"
        case "bill_taken_back":
            return "resume_unpaid" if notice.params["how"] == TakenBack.PAUSED else "keep_access"
        case _:
            return None

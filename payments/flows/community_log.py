"""A community's log: each fact becomes a line in the commit that makes it so, once for its key (invariant 3).

`jobs.say_log` says what waits every few seconds, many lines in one message.
"""

import json
from collections.abc import Collection, Iterable, Mapping

from payments.core.access import Entitlement, Source, reason_at
from payments.core.billing import Invoice
from payments.core.decision import Decision
from payments.core.ids import CommunityId, PersonId, PlanId
from payments.core.log_facts import COUNTED_ONLY, LogKind, MoneyFact, Move, is_trial, money_facts, moves
from payments.core.state import State
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import params_of
from payments.flows.runtime.places import billed_by
from payments.ports.stores import LogChannel, LogLine, Transaction

NEWS_MS = 60_000
"""The provider tells whole seconds, and our business time follows it: what is older than the channel by more than this
is no news there."""


async def tell_members(app: AppContext, tx: Transaction, entitlements: Collection[Entitlement]) -> None:
    """Write who joined, came back and left. `entitlements`: all of the persons concerned, who are locked."""
    channels = await tx.logs.of_plans({e.plan_id for e in entitlements})
    mine = [e for e in entitlements if e.plan_id in channels]
    if not mine:
        return
    now = app.business.now()
    found = moves(mine, await tx.logs.logged({e.beneficiary_id for e in mine}), now)
    for entitlement_id, inside in found.known.items():
        await tx.logs.know(entitlement_id, inside=inside)
    for move in found.said:
        await _tell_move(tx, channels[move.entitlement.plan_id], move, now)


async def _tell_move(tx: Transaction, channel: LogChannel, move: Move, now: int) -> None:
    e = move.entitlement
    joined = move.kind is LogKind.JOINED
    if joined and (e.access_from or 0) < channel.since_at - NEWS_MS:
        return  # a member from before, who is known from now on
    plan = await tx.plans.get(e.plan_id)
    params: dict[str, object] = {"plan": "" if plan is None else plan.name, "source": e.source.value}
    paid = None
    if move.kind is LogKind.LEFT:
        params["reason"] = reason_at(e, now).value
    elif is_trial(e):
        params["trial"] = 1
    elif joined and e.source is not Source.COMP:
        paid = await tx.logs.first_payment(e.id)
    key = f"{move.kind}:{e.id}" if joined else f"{move.kind}:{e.id}:{now}"
    amount, currency = paid or (None, None)
    about = (key, channel.community_id, now, move.kind, e.beneficiary_id)
    await tx.logs.add(LogLine(*about, amount, currency, json.dumps(params)))


async def tell_money(app: AppContext, tx: Transaction, state: State, decision: Decision) -> None:
    """Write what a settlement found of payments, refunds and disputes."""
    facts = money_facts(state, decision, app.business.now())
    channels = {c.community_id: c for c in await tx.logs.channels()} if facts else {}
    if not channels:
        return
    payers = _payers(state, decision)
    for fact in facts:
        sold = await _sold(tx, fact.invoice, payers)
        channel = None if sold is None else channels.get(sold[0])
        if sold is not None and channel is not None and fact.at >= channel.since_at - NEWS_MS:
            person_id = payers.get(_subject(fact.invoice), (None, state.customer.person_id))[1]
            await tx.logs.add(_line(fact, *sold, person_id, app.business.now()))


def _line(fact: MoneyFact, community_id: CommunityId, sold: str, person_id: PersonId, now: int) -> LogLine:
    params: dict[str, object] = {"plan": sold}
    if fact.kind is LogKind.FAILED:
        params |= {"until": fact.until, "inside": fact.inside}
    if fact.contest is not None:
        params["contest"] = fact.contest.value
    batch = 0 if fact.kind in COUNTED_ONLY else None
    about = (fact.key, community_id, now, fact.kind, person_id)
    return LogLine(*about, fact.amount, fact.currency, json.dumps(params), batch)


def _subject(invoice: Invoice) -> str:
    return str(invoice.purchase_id or invoice.subscription_id)


def _payers(state: State, decision: Decision) -> Mapping[str, tuple[PlanId | None, PersonId]]:
    """Of subscriptions and purchases, by their ids: the plan, and who pays."""
    sold: Iterable[tuple[str, tuple[PlanId | None, PersonId]]] = [
        *((str(s.id), (s.plan_id, s.payer_id)) for s in (*state.subscriptions, *decision.subscriptions)),
        *((str(p.id), (p.plan_id, p.payer_id)) for p in (*state.purchases, *decision.purchases)),
    ]
    return dict(sold)


async def _sold(
    tx: Transaction, invoice: Invoice, payers: Mapping[str, tuple[PlanId | None, PersonId]]
) -> tuple[CommunityId, str] | None:
    """Whose bill it is, and for what; None: nothing that we sold."""
    plan_id = payers.get(_subject(invoice), (None, None))[0]
    plan = None if plan_id is None else await tx.plans.get(plan_id)
    if plan is not None:
        return plan.community_id, plan.name
    bill = await tx.requests.bill_of(invoice.account_id, invoice.id)
    if bill is None:
        return None
    params = params_of(bill)
    return await billed_by(tx, params), str(params["what"])

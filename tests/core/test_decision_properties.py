"""What holds of every decision, whatever Stripe says and in whatever order."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from payments.core.access import Entitlement
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId, SubscriptionId
from payments.core.snapshot import DisputeFact, InvoiceFact, RefundFact, Snapshot, SubscriptionFact
from payments.core.state import State
from tests.core.builders import (
    ANN,
    BEN,
    DAY,
    GRACE,
    PRO,
    T0,
    bought,
    dispute,
    invoice,
    plan,
    purchase,
    refund,
    snapshot,
    state,
    stored,
    subscription,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = SubscriptionStatus
IDS = st.sampled_from([SubscriptionId("sub_1"), SubscriptionId("sub_2")])
MOMENT = st.integers(min_value=0, max_value=60).map(lambda d: T0 + d * DAY)
MAYBE_MOMENT = st.none() | MOMENT
NOTES: tuple[Mapping[str, str], ...] = ({}, {"guestlist_beneficiary": BEN}, {"guestlist_plan": PRO})

# Strategies are made once: making one costs more than drawing from it.
STATUSES, BILL_STATUSES = st.sampled_from(list(S)), st.sampled_from(list(InvoiceStatus))
PRICES = st.sampled_from(["stripe_prc_monthly", "stripe_prc_lite", "price_other"])
METHODS = st.sampled_from(["charge_automatically", "send_invoice", "something_new"])
PAUSES, METADATA = st.sampled_from([None, None, "void"]), st.sampled_from(NOTES)
NUMBERS, ATTEMPTS = st.integers(min_value=1, max_value=4), st.integers(min_value=0, max_value=4)
TOTALS = st.sampled_from([0, 900])
BILL_REASONS = st.sampled_from(["subscription_create", "subscription_cycle", "subscription_update"])


@st.composite
def subscriptions(draw: st.DrawFn) -> SubscriptionFact:
    return subscription(
        draw(STATUSES),
        id_=draw(IDS),
        provider_price_id=draw(PRICES),
        method=draw(METHODS),
        pause=draw(PAUSES),
        cancel_at=draw(MAYBE_MOMENT),
        trial_end_at=draw(MAYBE_MOMENT),
        metadata=draw(METADATA),
    )


@st.composite
def invoices(draw: st.DrawFn) -> InvoiceFact:
    number = draw(NUMBERS)
    return invoice(
        f"in_{number}",
        draw(BILL_STATUSES),
        at=T0 + number * 7 * DAY,
        total=draw(TOTALS),
        subscription_id=draw(IDS),
        attempts=draw(ATTEMPTS),
        due_at=draw(MAYBE_MOMENT),
        finalized_at=draw(MAYBE_MOMENT),
        paid_at=draw(MOMENT),
        reason=draw(BILL_REASONS),
    )


INVOICE_IDS = st.sampled_from(["in_1", "in_2", "in_3", "in_4", "in_pur_1", None])
REFUND_STATES = st.sampled_from(["succeeded", "pending", "failed", "something_new"])
DISPUTE_STATES = st.sampled_from(["needs_response", "won", "lost", "warning_closed", "something_new"])


@st.composite
def refunds(draw: st.DrawFn) -> RefundFact:
    number = draw(st.integers(min_value=1, max_value=3))
    amount = draw(st.integers(min_value=1, max_value=900))
    return refund(f"re_{number}", of=draw(INVOICE_IDS), amount=amount, status=draw(REFUND_STATES))


@st.composite
def disputes(draw: st.DrawFn) -> DisputeFact:
    return dispute(draw(DISPUTE_STATES), of=draw(INVOICE_IDS), id_=f"dp_{draw(st.integers(1, 2))}")


def _id(fact: Any) -> str:  # facts of four types share only their id
    return str(fact.id)


def _part(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(strategy, max_size=4, unique_by=_id).map(tuple)


PARTS = tuple(_part(facts) for facts in (invoices(), subscriptions(), refunds(), disputes()))
FAILED = st.dictionaries(st.sampled_from([InvoiceId(f"in_{n}") for n in range(1, 5)]), MOMENT, max_size=3)
BOOLEAN, DIGIT = st.booleans(), st.integers(0, 9)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """One answer of Stripe: each object at most once in it, any part left out."""
    bills, *others = PARTS
    billed = draw(bills)
    if billed is not None and draw(BOOLEAN):
        billed = (*billed, *(bought(f"pur_{n}", draw(MOMENT)) for n in (1, 2)))
    failed = draw(FAILED)
    subscribed, refunded, disputed = map(draw, others)
    return Snapshot(subscribed, billed, refunded, disputed, failed, deleted=draw(DIGIT) == 0)


SNAPSHOTS = st.lists(snapshots(), max_size=3)
DAYS = st.integers(min_value=0, max_value=20)


def beginning() -> State:
    return state(purchase("pur_1"), purchase("pur_2", beneficiary=BEN), purchase("pur_3", "prc_month"))


@st.composite
def histories(draw: st.DrawFn) -> tuple[State, int]:
    """A stored state that came about by settlements, and the time of the last."""
    given = beginning()
    now = T0
    for facts in draw(SNAPSHOTS):
        now += draw(DAYS) * DAY
        given = stored(given, decide(given, facts, now))
    return given, now


def opens(given: State, now: int) -> set[str]:
    return {e.id for e in given.entitlements if e.opens(now)}


def settle(given: State, facts: Snapshot, now: int) -> State:
    return stored(given, decide(given, facts, now))


def rows(decision: Decision) -> list[tuple[object, ...]]:
    d = decision
    return [d.subscriptions, d.purchases, d.invoices, d.refunds, d.disputes, d.entitlements, d.ledger]


@for_all(histories(), snapshots(), st.integers(min_value=0, max_value=20))
def test_deciding_again_on_a_decision_s_own_result_changes_nothing(
    history: tuple[State, int], facts: Snapshot, days: int
) -> None:
    given, now = history[0], history[1] + days * DAY
    again = decide(settle(given, facts, now), facts, now)
    assert not any(rows(again))
    assert again.recheck_at == decide(given, facts, now).recheck_at


@for_all(histories(), snapshots(), st.randoms(use_true_random=False))
def test_the_order_in_which_stripe_lists_things_does_not_matter(
    history: tuple[State, int], facts: Snapshot, shuffler: Any
) -> None:
    given, now = history

    def mixed(part: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        return None if part is None else tuple(shuffler.sample(part, len(part)))

    other = replace(
        facts,
        subscriptions=mixed(facts.subscriptions),
        invoices=mixed(facts.invoices),
        refunds=mixed(facts.refunds),
        disputes=mixed(facts.disputes),
    )
    one, two = decide(given, facts, now), decide(given, other, now)
    for before, after in zip(rows(one), rows(two), strict=True):
        assert set(before) == set(after)
    assert one.recheck_at == two.recheck_at


@for_all(histories(), snapshots(), st.integers(min_value=1, max_value=4))
def test_being_told_the_same_many_times_is_being_told_once(
    history: tuple[State, int], facts: Snapshot, times: int
) -> None:
    given, now = history
    once = settle(given, facts, now)
    many = given
    for _ in range(times):
        many = settle(many, facts, now)
    assert many == once


@for_all(
    histories(), st.lists(subscriptions(), max_size=3, unique_by=_id), st.lists(invoices(), max_size=3, unique_by=_id)
)
def test_the_unknown_never_revokes(
    history: tuple[State, int], facts: list[SubscriptionFact], bills: list[InvoiceFact]
) -> None:
    given, now = history
    given = settle(given, Snapshot(), now)
    unknown = snapshot(
        *(replace(f, status=S.UNKNOWN) for f in facts),
        invoices=[replace(b, status=InvoiceStatus.UNKNOWN) for b in bills],
    )
    assert opens(given, now) <= opens(settle(given, unknown, now), now)


@for_all(histories())
def test_absence_never_revokes(history: tuple[State, int]) -> None:
    given, now = history
    assert not any(rows(decide(given, snapshot(), now)))
    assert not any(rows(decide(given, Snapshot(), now)))


@for_all(histories(), snapshots(), st.integers(min_value=0, max_value=100))
def test_between_now_and_the_recheck_time_alone_changes_nothing_and_at_it_something_does(
    history: tuple[State, int], facts: Snapshot, share: int
) -> None:
    given, now = history
    decision = decide(given, facts, now)
    after = stored(given, decision)
    end = decision.recheck_at
    horizon = T0 + 400 * DAY if end is None else end - 1
    between = now + (horizon - now) * share // 100
    assert end is None or end > now
    for moment in (between, horizon):
        quiet = decide(after, Snapshot(), moment)
        assert not any(rows(quiet))
        assert {w.key for w in quiet.notices} == {w.key for w in decision.notices} or _trial_is_over(quiet, decision)
        assert opens(after, moment) == opens(after, now)
    if end is not None:
        then = decide(after, Snapshot(), end)
        told = {w.key for w in then.notices} != {w.key for w in decision.notices}
        due = any(bill.due_at == end for bill in after.invoices)  # it may matter to nobody
        assert told or due or any(rows(then)) or opens(after, end) != opens(after, now)


def _trial_is_over(quiet: Decision, decision: Decision) -> bool:
    """A trial's message is only wanted until the trial ends; that it no longer is, changes nothing."""
    gone = {w.key for w in decision.notices} - {w.key for w in quiet.notices}
    return all(key.startswith("trial_ending:") for key in gone)


@for_all(st.lists(st.integers(min_value=0, max_value=10), min_size=1, max_size=6))
def test_grace_only_ever_runs_out(steps: list[int]) -> None:
    """However often it fails again, the end of grace stays where it was, and who is out stays out."""
    given = settle(state(), snapshot(subscription(), invoices=[invoice("in_1")]), T0)
    now = T0 + DAY
    ends: set[int | None] = set()
    seen: list[bool] = []
    for n, step in enumerate(steps):
        now += step * DAY // 2
        failing = [invoice(f"in_{k}", InvoiceStatus.OPEN, at=T0 + k * DAY, attempts=n + 1) for k in range(2, 3 + n)]
        facts = snapshot(subscription(S.PAST_DUE), invoices=failing, failed_at={i.id: now for i in failing})
        given = settle(given, facts, now)
        ends.add(given.entitlements[0].access_until)
        seen.append(given.entitlements[0].opens(now))
    assert len(ends) == 1
    assert all(earlier or not later for earlier, later in pairwise(seen))


@for_all(st.integers(min_value=0, max_value=10 * DAY), st.integers(min_value=0, max_value=10 * DAY), MOMENT)
def test_a_longer_grace_never_lets_fewer_in(shorter: int, more: int, now: int) -> None:
    def inside(grace: int) -> bool:
        given = state(plans=[plan(grace=grace)])
        facts = snapshot(
            subscription(S.PAST_DUE),
            invoices=[invoice("in_1"), invoice("in_2", InvoiceStatus.OPEN, at=T0 + 30 * DAY, attempts=1)],
            failed_at={InvoiceId("in_2"): T0 + 30 * DAY},
        )
        return settle(given, facts, now).entitlements[0].opens(now)

    assert inside(shorter + more) or not inside(shorter)


@for_all(histories(), snapshots())
def test_money_is_whole_and_every_time_is_an_int(history: tuple[State, int], facts: Snapshot) -> None:
    given, now = history
    decision = decide(given, facts, now)
    for part in rows(decision):
        for row in part:
            assert not any(isinstance(value, float) for value in asdict(cast("DataclassInstance", row)).values())


@for_all(histories(), snapshots())
def test_an_entitlement_belongs_to_someone_we_know_and_says_why(history: tuple[State, int], facts: Snapshot) -> None:
    given, now = history
    for e in settle(given, facts, now).entitlements:
        assert e.beneficiary_id in {ANN, BEN}
        assert e.access_until is None or e.access_from is not None
        assert (
            e.access_until is None or e.access_from is None or e.access_from <= e.access_until or e.access_until <= now
        )


@settings(max_examples=50)
@for_all(histories(), snapshots())
def test_who_is_in_after_a_payment_failed_had_paid_before(history: tuple[State, int], facts: Snapshot) -> None:
    given, now = history
    after = settle(given, facts, now)
    late = {s.id: s for s in after.subscriptions if s.status is S.PAST_DUE}
    for e in after.entitlements:
        s = late.get(SubscriptionId(e.source_id))
        if s is not None and e.opens(now):
            assert s.paid_once
            assert s.past_due_since_at is not None
            assert now < s.past_due_since_at + GRACE


def test_the_world_of_these_tests_has_open_and_closed_entitlements() -> None:
    """So that none of the properties above holds only because nothing ever opens."""
    given = settle(beginning(), snapshot(subscription(), invoices=[invoice("in_1"), bought()]), T0)
    found: list[Entitlement] = list(given.entitlements)
    assert len(found) == 2
    assert all(e.opens(T0) for e in found)

"""The union over entitlements."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from payments.core.access import Entitlement, Reason, Source, desired_access, reason_at
from payments.core.catalog import PlanTarget
from payments.core.ids import TargetId
from tests.core.builders import ANN, BEN, DAY, LINK, LITE, PRO, T0, VIP, comp

NOW = T0 + 5 * DAY
BAR = TargetId("tgt_bar")


def test_someone_keeps_a_target_while_anything_opens_it() -> None:
    over = comp("ent_1", until=NOW)
    still = comp("ent_2", until=NOW + 1)
    assert desired_access([over, still], [LINK], NOW) == {(ANN, VIP): still}
    assert desired_access([over], [LINK], NOW) == {}


def test_an_entitlement_opens_every_target_of_its_plan_and_no_other() -> None:
    links = [LINK, PlanTarget(PRO, BAR, None), PlanTarget(LITE, TargetId("tgt_other"), None)]
    assert set(desired_access([comp("ent_1")], links, NOW)) == {(ANN, VIP), (ANN, BAR)}


def test_a_target_taken_off_stays_open_for_those_who_were_there_before() -> None:
    closed = PlanTarget(PRO, VIP, T0 + DAY)
    early, late = comp("ent_1", ANN, at=T0), comp("ent_2", BEN, at=T0 + DAY)
    assert set(desired_access([early, late], [closed], NOW)) == {(ANN, VIP)}


def test_the_best_reason_is_told() -> None:
    paid = replace(comp("ent_9", until=NOW + DAY), source=Source.SUBSCRIPTION, reason=Reason.PAID)
    grace = replace(comp("ent_1"), source=Source.SUBSCRIPTION, reason=Reason.GRACE)
    assert desired_access([grace, comp("ent_2"), paid], [LINK], NOW)[(ANN, VIP)] is paid


def test_of_two_as_good_the_longer_one_is_told() -> None:
    short, long, endless = comp("ent_1", until=NOW + 1), comp("ent_2", until=NOW + 2), comp("ent_3")
    assert desired_access([short, long], [LINK], NOW)[(ANN, VIP)] is long
    assert desired_access([endless, long], [LINK], NOW)[(ANN, VIP)] is endless


entitlements = st.builds(
    comp,
    st.integers(0, 20).map(lambda n: f"ent_{n}"),
    st.sampled_from([ANN, BEN]),
    plan_id=st.sampled_from([PRO, LITE]),
    at=st.integers(0, 9).map(lambda d: T0 + d * DAY),
    until=st.none() | st.integers(0, 9).map(lambda d: T0 + d * DAY),
)
links = st.builds(
    PlanTarget,
    st.sampled_from([PRO, LITE]),
    st.sampled_from([VIP, BAR]),
    st.none() | st.integers(0, 9).map(lambda d: T0 + d * DAY),
)
one_each = st.lists(entitlements, max_size=8, unique_by=lambda e: e.id)


@for_all(one_each, st.lists(links, max_size=4), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(held: list[Entitlement], opened: list[PlanTarget], shuffler: Any) -> None:
    mixed, twice = shuffler.sample(held, len(held)), shuffler.sample(opened + opened, 2 * len(opened))
    assert desired_access(held, opened, NOW) == desired_access(mixed + held, twice, NOW)


@for_all(one_each, entitlements, st.lists(links, max_size=4))
def test_one_more_entitlement_never_closes_anything(
    held: list[Entitlement], more: Entitlement, opened: list[PlanTarget]
) -> None:
    assert set(desired_access(held, opened, NOW)) <= set(desired_access([*held, more], opened, NOW))


@for_all(one_each, one_each, st.lists(links, max_size=4))
def test_the_whole_is_the_union_of_its_parts(
    some: list[Entitlement], others: list[Entitlement], opened: list[PlanTarget]
) -> None:
    together = set(desired_access([*some, *others], opened, NOW))
    assert together == set(desired_access(some, opened, NOW)) | set(desired_access(others, opened, NOW))


@for_all(one_each, st.lists(links, max_size=4))
def test_what_is_told_really_opens(held: list[Entitlement], opened: list[PlanTarget]) -> None:
    for (person, target), entitlement in desired_access(held, opened, NOW).items():
        assert entitlement.opens(NOW)
        assert entitlement.beneficiary_id == person
        assert any(link.plan_id == entitlement.plan_id and link.target_id == target for link in opened)


@pytest.mark.parametrize(
    ("source", "reason", "then"),
    [
        (Source.SUBSCRIPTION, Reason.PAID, Reason.CANCELED),
        (Source.SUBSCRIPTION, Reason.TRIALING, Reason.CANCELED),
        (Source.SUBSCRIPTION, Reason.GRACE, Reason.PAST_DUE),
        (Source.SUBSCRIPTION, Reason.DISPUTED, Reason.DISPUTED),
        (Source.PURCHASE, Reason.PAID, Reason.EXPIRED),
        (Source.COMP, Reason.COMP, Reason.EXPIRED),
        (Source.TRIAL, Reason.TRIALING, Reason.EXPIRED),
    ],
)
def test_once_its_end_has_passed_an_entitlement_says_why_it_is_over(
    source: Source, reason: Reason, then: Reason
) -> None:
    held = replace(comp("ent_1", until=NOW), source=source, reason=reason)
    assert reason_at(held, NOW - 1) is reason
    assert reason_at(held, NOW) is then
    assert reason_at(replace(held, access_from=None), NOW) is reason

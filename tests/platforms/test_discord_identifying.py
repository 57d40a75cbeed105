"""How often a session may be opened at Discord's gateway."""

import pytest

from bot.platforms.discord.identifying import AT_ONCE, EACH_MS, paced

DAY_MS = 24 * 3_600_000
START = 1_796_139_563_000


@pytest.mark.parametrize("every_ms", [1_000, 60_000, 200_000], ids=["a crash loop", "no intents", "a poor line"])
def test_however_often_it_is_tried_a_few_hundred_are_opened_a_day(every_ms: int) -> None:
    used, opened = 0, []
    for now in range(START, START + 3 * DAY_MS, every_ms):
        wait, used = paced(used, now)
        if not wait:
            opened.append(now)
    assert max(sum(at <= one < at + DAY_MS for one in opened) for at in opened[::20]) <= AT_ONCE + DAY_MS // EACH_MS + 1
    assert opened[-1] > START + 3 * DAY_MS - 2 * EACH_MS, "it goes on"


def test_after_the_wait_that_was_named_the_next_one_is_open() -> None:
    used = 0
    for _ in range(AT_ONCE):
        wait, used = paced(used, START)
        assert not wait
    wait, used = paced(used, START)
    assert 0 < wait <= EACH_MS
    assert paced(used, START + wait)[0] == 0


def test_a_clock_that_was_set_back_makes_nobody_wait_for_long() -> None:
    assert paced(START + 90 * DAY_MS, START)[0] <= EACH_MS

"""Steps: values that a seed alone gives, each done by one small function that says what came of it."""

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tests.soak.cast import AT_TELEGRAM, PEOPLE, PLANS
from tests.soak.world import NotNow, World

QUIET_AFTER = (6, 14)
"""How many steps there are between two quiet periods."""

BUSY = (6, 5, 4, 3, 2, 2, 1, 1)
"""How often something happens to each of the people: a few have an eventful life, some a quiet one."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """What happens next: who does it, talking where, about which plan, and a number that decides the rest."""

    kind: str
    who: str
    account: str
    plan: str
    n: int

    def __str__(self) -> str:
        return f"{self.kind} ({self.account}, {self.plan}, {self.n})"

    @property
    def user(self) -> str:
        """The Discord account of the person it is about."""
        return PEOPLE[self.who]

    @property
    def there(self) -> str:
        """Their account on Telegram."""
        return self.who + AT_TELEGRAM

    def by(self, who: str) -> "Step":
        """The same by somebody else."""
        return replace(self, who=who, account=who + self.account.removeprefix(self.who))


Act = Callable[[World, Step], Awaitable[str]]
ACTS: dict[str, Act] = {}
_WEIGHTS: dict[str, int] = {}


def step(weight: int) -> Callable[[Act], Act]:
    """Registers a kind of step by its function's name: drawn so often, compared with the others.

    The function answers what came of it, and raises `NotNow` when what it needs is not there.
    """

    def register(act: Act) -> Act:
        ACTS[act.__name__] = act
        _WEIGHTS[act.__name__] = weight
        return act

    return register


def draw(seed: int) -> Iterator[list[Step]]:
    """Groups of steps without end, each followed by a quiet period. The seed alone decides."""
    chance = random.Random(seed)
    kinds, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    while True:
        group = []
        for kind in chance.choices(kinds, weights, k=chance.randint(*QUIET_AFTER)):
            (who,) = chance.choices(list(PEOPLE), BUSY)
            account = who + chance.choice(("", "", AT_TELEGRAM))
            group.append(Step(kind, who, account, chance.choice(list(PLANS)), chance.randrange(10_000)))
        yield group


def one_of(found: Sequence[T], n: int) -> T:
    """One of what there is, by a step's number. Raises `NotNow` when there is none."""
    if not found:
        raise NotNow("there is none")
    return found[n % len(found)]


def latest_or_any(found: Sequence[T], n: int) -> T:
    """The latest, or every third time any one. Raises `NotNow` when there is none."""
    return one_of(found, n // 3) if n % 3 == 0 else one_of(found[-1:], n)

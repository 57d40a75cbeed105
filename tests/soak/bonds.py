"""Which accounts are one person, and who owns what was bought: read from what people linked and unlinked.

An estate is what one account paid for while it stood alone. Linking brings two estates together; unlinking gives each
account its own back. An account that is replaced leaves its estate in use where it was, though it goes on paying for
it; what it buys later is another estate. When it undoes that, its estate is its own again; when it is linked again
then, the account that came is alone. What was bought while both were one is held to neither: both may have it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bond:
    """Two accounts were linked or unlinked, at Unix seconds. `left`: the account that had to go, if any.

    `undoes`: when `one` was replaced beside `other`. It takes back what it paid for, or is linked to `other` again.
    """

    at: float
    one: str
    other: str
    linked: bool
    left: str | None = None
    undoes: float | None = None


@dataclass(slots=True)
class Person:
    """Accounts that are one person, and the estates that are theirs for certain or perhaps."""

    accounts: set[str]
    estates: set[str]
    perhaps: set[str] = field(default_factory=set)


class Persons:
    """All persons, as of the last bond."""

    def __init__(self, accounts: Iterable[str], bonds: Sequence[Bond]) -> None:
        self.all = [Person({account}, {account}) for account in accounts]
        self._handed: dict[tuple[str, float], set[str]] = {}
        for number, bond in enumerate(bonds):
            if bond.undoes is not None:
                self._take_back(bond.one, self._handed[bond.one, bond.undoes])
                if bond.linked:
                    self._link_again(bond)
            elif bond.linked:
                self._link(bond, number)
            else:
                self._unlink(bond)

    def of(self, account: str) -> Person:
        """Whose an account is."""
        return next(person for person in self.all if account in person.accounts)

    def holders(self, estates: frozenset[str]) -> tuple[frozenset[str], bool]:
        """The accounts that have what is of these estates (one of them), and whether that is certain."""
        owners = [person for person in self.all if estates <= person.estates]
        if owners:
            return frozenset(owners[0].accounts), True
        some = [person for person in self.all if estates & (person.estates | person.perhaps)]
        return frozenset().union(*(person.accounts for person in some)), False

    def _link(self, bond: Bond, number: int) -> None:
        one, other = self.of(bond.one), self.of(bond.other)
        if one is other:
            return
        self.all = [person for person in self.all if person is not one and person is not other]
        accounts = (one.accounts | other.accounts) - {bond.left}
        together = Person(accounts, one.estates | other.estates, one.perhaps | other.perhaps)
        self.all.append(together)
        if bond.left is not None:
            self.all.append(Person({bond.left}, {f"{bond.left}#{number}"}))
            self._handed[bond.left, bond.at] = {e for e in together.estates if _account(e) == bond.left}

    def _take_back(self, account: str, back: set[str]) -> None:
        """What the account handed over is its own again, and nobody else's perhaps."""
        for person in self.all:
            person.estates -= back
            person.perhaps -= back
        self.of(account).estates |= back

    def _link_again(self, bond: Bond) -> None:
        """The account that came is on its own."""
        mine, theirs = self.of(bond.one), self.of(bond.other)
        self.all = [person for person in self.all if person is not mine and person is not theirs]
        kept = {e for e in theirs.estates if _account(e) == bond.other}
        shared = {e for e in theirs.estates if _account(e) not in theirs.accounts} | theirs.perhaps
        came = theirs.accounts - {bond.other}
        if came:
            self.all.append(Person(came, {e for e in theirs.estates if _account(e) in came}, set(shared)))
        accounts = {*mine.accounts, bond.other}
        self.all.append(Person(accounts, mine.estates | kept, mine.perhaps | shared))

    def _unlink(self, bond: Bond) -> None:
        person = self.of(bond.one)
        if bond.other not in person.accounts:
            return
        self.all.remove(person)
        shared = {e for e in person.estates if _account(e) not in person.accounts} | person.perhaps
        for account in (bond.one, bond.other):
            mine = {e for e in person.estates if _account(e) == account}
            self.all.append(Person({account}, mine, set(shared)))


def _account(estate: str) -> str:
    return estate.partition("#")[0]

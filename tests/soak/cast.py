"""Who plays in the state machine: one community on Discord and Telegram, what it sells, who may buy."""

from dataclasses import dataclass
from typing import Any

AT_TELEGRAM = "@telegram"
GUILD, ADA, MOD = "700000000000000001", "700000000000000011", "700000000000000012"
PEOPLE = {
    "mia": "700000000000000101",
    "ben": "700000000000000102",
    "cat": "700000000000000103",
    "dan": "700000000000000104",
    "eve": "700000000000000105",
    "fay": "700000000000000106",
    "gus": "700000000000000107",
    "hal": "700000000000000108",
}
"""Names and their accounts on Discord; each has one on Telegram as well, and whoever links them is one person."""

ADA_THERE = 301
TELEGRAM = {f"{name}{AT_TELEGRAM}": 310 + number for number, name in enumerate(PEOPLE)}
ACCOUNTS: dict[str, str] = {**PEOPLE, **{account: str(number) for account, number in TELEGRAM.items()}}
"""All accounts by name: `mia` is Mia's on Discord, `mia@telegram` the other one."""


ROLES = {"Members": "700000000000000021", "Weekly": "700000000000000022", "Gold": "700000000000000023"}
CHATS = {"Circle": -1001000000001, "News": -1001000000002}
"""A supergroup and a channel."""

TARGETS = (*ROLES, *CHATS)
BREAKER_MEMBERS = 7
"""Not reached by a few who end within a quarter of an hour, but when the owner ends everything for all eight."""

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sold, in the words of `/plan create`. Times in days; `lasts` None: no purchase of fixed time."""

    name: str
    price: str
    period: str
    roles: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    every: int = 1
    trial: int = 0
    grace: int = 0
    lasts: int | None = None

    @property
    def opens(self) -> tuple[str, ...]:
        """Everything that it opens."""
        return (*self.roles, *self.chats)

    @property
    def recurring(self) -> bool:
        """Whether it is a subscription."""
        return self.period.startswith("every_")


PLANS = {
    plan.name: plan
    for plan in (
        Plan("Monthly", "9.99", "every_months", ("Members",), ("Circle",), grace=3),
        Plan("Short", "3.00", "every_weeks", ("Members", "Weekly"), ("News",), grace=0),
        Plan("Pass", "12.00", "once_days", ("Weekly",), every=30, lasts=30),
        Plan("Life", "99.00", "forever", ("Gold", "Members"), ("Circle", "News")),
        Plan("Taste", "5.00", "every_months", ("Gold",), ("Circle",), trial=7, grace=2),
    )
}
"""Their targets overlap on purpose: nobody may lose one of them while another plan still opens it."""

SEED: dict[str, Any] = {
    "discord": {
        "users": [
            {"id": ADA, "name": "ada"},
            {"id": MOD, "name": "mod"},
            *({"id": id_, "name": name} for name, id_ in PEOPLE.items()),
        ],
        "guilds": [
            {
                "id": GUILD,
                "name": "Riverside Book Club",
                "owner": ADA,
                "roles": [
                    {"id": id_, "name": name, "position": place}
                    for place, (name, id_) in enumerate(ROLES.items(), start=1)
                ]
                + [{"name": "Mods", "position": 4, "permissions": ["manage_guild", "manage_roles"]}],
                "members": [{"id": ADA}, {"id": MOD, "roles": ["Mods"]}, *({"id": id_} for id_ in PEOPLE.values())],
            }
        ],
    },
    "telegram": {
        "users": [
            {"id": ADA_THERE, "username": "ada", "started": True},
            *(
                {"id": number, "username": account.removesuffix(AT_TELEGRAM), "started": True}
                for account, number in TELEGRAM.items()
            ),
        ],
        "chats": [
            {"id": CHATS["Circle"], "title": "Circle", "owner": "ada"},
            {"id": CHATS["News"], "title": "News", "type": "channel", "owner": "ada"},
        ],
    },
}


def targets_of(account: str) -> tuple[str, ...]:
    """What there is for an account: roles on Discord, chats on Telegram."""
    return tuple(CHATS) if account in TELEGRAM else tuple(ROLES)

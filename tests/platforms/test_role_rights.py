"""Who can hand out which role: Discord's own rules, on what its API tells."""

from typing import Any

import discord
import pytest

from bot.platforms.discord.role_rights import (
    DANGEROUS,
    administrator_bots,
    dangerous,
    givers,
    hand_out,
    of_member,
    opens_nothing,
)
from payments.core.rights import Standing
from payments.ports.chat import Givers

GUILD, OWNER, MAX, BOT = "1", "10", "11", "99"
PRO, TOP, ADMIN, HELPER, ROBOT, OURS, EVENTS = "20", "30", "40", "50", "60", "70", "80"


def bits(*names: str) -> str:
    return str(discord.Permissions(**dict.fromkeys(names, True)).value)


def role(role_id: str, position: int, *names: str, **more: Any) -> dict[str, Any]:
    return {"id": role_id, "name": f"role {role_id}", "position": position, "permissions": bits(*names), **more}


def guild(*roles: dict[str, Any], everyone: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": GUILD, "owner_id": OWNER, "roles": [role(GUILD, 0, *everyone), *roles]}


def member(*roles: str, user: str = MAX) -> dict[str, Any]:
    return {"user": {"id": user}, "roles": list(roles)}


@pytest.mark.parametrize(
    ("roles", "held", "may"),
    [
        ([role(PRO, 1), role(TOP, 5, "manage_roles")], [TOP], True),
        ([role(PRO, 1), role(TOP, 5)], [TOP], False),  # high, without the right
        ([role(PRO, 5), role(TOP, 1, "manage_roles")], [TOP], False),  # the right, too low
        ([role(PRO, 3), role(TOP, 5), role(HELPER, 1, "manage_roles")], [TOP, HELPER], True),  # from two roles
        ([role(PRO, 3), role(TOP, 5), role(HELPER, 1, "manage_roles")], [HELPER], False),
        ([role(PRO, 5, "manage_roles")], [PRO], False),  # not by the role itself
        ([role(PRO, 5), role("21", 5, "manage_roles")], ["21"], False),  # of one place the older is higher
        ([role("22", 5), role("21", 5, "manage_roles")], ["21"], True),
        ([role(PRO, 1), role(ADMIN, 5, "administrator")], [ADMIN], True),
        ([role(PRO, 5), role(ADMIN, 1, "administrator")], [ADMIN], False),
        ([role(PRO, 1), role(TOP, 5, "manage_guild")], [TOP], False),
        ([role(PRO, 1, managed=True), role(TOP, 5, "manage_roles")], [TOP], False),
        ([role(TOP, 5, "manage_roles")], [TOP], False),  # the role is gone
    ],
)
def test_a_member_hands_out_what_stands_below_their_highest_role(
    roles: list[dict[str, Any]], held: list[str], may: bool
) -> None:
    target = next((r["id"] for r in roles if r["id"] in (PRO, "22")), PRO)
    assert hand_out(guild(*roles), member(*held), target).may is may


def test_everybodys_right_counts_as_ones_own() -> None:
    place = guild(role(PRO, 1), role(TOP, 5), everyone=("manage_roles",))
    assert hand_out(place, member(TOP), PRO).may
    assert not hand_out(place, member(), PRO).may
    assert not hand_out(place, member(TOP), GUILD).may


def test_the_owner_hands_out_everything_but_what_an_integration_does() -> None:
    place = guild(role(PRO, 9, "administrator"), role(ROBOT, 3, managed=True))
    found = hand_out(place, member(user=OWNER), PRO)
    assert (found.may, found.owner, found.dangerous) == (True, True, ("Administrator",))
    assert not hand_out(place, member(user=OWNER), ROBOT).may


@pytest.mark.parametrize("name", sorted(DANGEROUS))
def test_every_right_to_manage_put_out_or_reach_everyone_is_dangerous(name: str) -> None:
    assert len(dangerous(guild(role(PRO, 1, "send_messages", name)), PRO)) == 1


def test_what_members_do_all_day_is_no_danger() -> None:
    place = guild(role(PRO, 1, "send_messages", "connect", "attach_files", "create_instant_invite"))
    assert dangerous(place, PRO) == ()


def test_a_channels_own_rights_make_nobody_an_administrator() -> None:
    place = guild(role(PRO, 1), role(TOP, 5))
    typed_there = {**member(TOP), "permissions": bits("administrator", "manage_guild", "manage_roles")}
    assert of_member(place, typed_there).standing is Standing.MEMBER
    assert not hand_out(place, typed_there, PRO).may


@pytest.mark.parametrize(
    ("held", "user", "standing"),
    [
        ([], OWNER, Standing.OWNER),
        ([ADMIN], MAX, Standing.ADMINISTRATOR),
        ([TOP], MAX, Standing.MODERATOR),
        ([], MAX, Standing.MEMBER),
    ],
)
def test_the_standing_of_a_member(held: list[str], user: str, standing: Standing) -> None:
    place = guild(role(ADMIN, 1, "administrator"), role(TOP, 5, "manage_guild"))
    assert of_member(place, member(*held, user=user)).standing is standing


@pytest.mark.parametrize(
    ("roles", "named"),
    [
        ([role(PRO, 5)], []),
        ([role(PRO, 1), role(ADMIN, 5, "administrator")], []),
        ([role(PRO, 1), role(TOP, 5, "manage_guild")], []),  # nobody may manage roles
        ([role(PRO, 1), role(TOP, 5, "manage_roles")], [TOP]),
        ([role(PRO, 5), role(TOP, 1, "manage_roles")], []),  # too low, and nothing else above
        ([role(PRO, 3), role(TOP, 5), role(HELPER, 1, "manage_roles")], [HELPER]),  # both may be one member's
        ([role(PRO, 1, "manage_roles"), role(TOP, 5)], [PRO]),  # who has it gives it on
        ([role(PRO, 1), role(ROBOT, 5, "manage_roles", managed=True, tags={"bot_id": "98"})], [ROBOT]),
        ([role(PRO, 1), role(OURS, 5, "manage_roles", managed=True, tags={"bot_id": BOT})], []),
        ([role(PRO, 3), role(OURS, 5, managed=True, tags={"bot_id": BOT}), role(HELPER, 1, "manage_roles")], []),
    ],
)
def test_who_could_hand_out_a_role_without_being_an_administrator(
    roles: list[dict[str, Any]], named: list[str]
) -> None:
    assert givers(guild(*roles), PRO, BOT) == Givers(tuple(f"role {role_id}" for role_id in named))


@pytest.mark.parametrize(
    "tags",
    [
        {"premium_subscriber": None},
        {"guild_connections": None},
        {"integration_id": "5"},
        {"subscription_listing_id": "5"},
        {"available_for_purchase": None},
    ],
)
def test_what_discord_hands_out_by_itself_is_no_role_for_a_team(tags: dict[str, Any]) -> None:
    assert givers(guild(role(PRO, 5, tags=tags)), PRO, BOT).by_itself


def test_managed_roles_everyone_and_roles_that_are_gone_are_none_either() -> None:
    place = guild(role(ROBOT, 5, managed=True))
    assert givers(place, ROBOT, BOT)
    assert givers(place, GUILD, BOT)
    assert givers(place, PRO, BOT)


def test_a_role_among_the_answers_of_onboarding_is_none_whoever_says_so() -> None:
    assert givers(guild(role(PRO, 5, flags=1)), PRO, BOT).by_itself, "the role's own flag"
    assert givers(guild(role(PRO, 5, flags=0)), PRO, BOT, offered={PRO}).by_itself, "the questions"
    assert not givers(guild(role(PRO, 5, flags=2)), PRO, BOT, offered={TOP})


def test_other_bots_that_are_administrators_are_found_by_the_role_they_brought_along() -> None:
    theirs = role(ROBOT, 5, "administrator", managed=True, tags={"bot_id": "98"})
    ours = role(OURS, 6, "administrator", managed=True, tags={"bot_id": BOT})
    place = guild(role(PRO, 1), role(ADMIN, 7, "administrator"), theirs, ours)
    assert administrator_bots(place, BOT) == {"98": f"role {ROBOT}"}


@pytest.mark.parametrize(
    ("for_all", "for_role", "base", "nothing"),
    [
        pytest.param(("view_channel",), (), (), True, id="a channel that everybody sees, and no more for the role"),
        pytest.param(("view_channel",), ("view_channel",), (), True, id="the role is let into what everybody sees"),
        pytest.param((), ("view_channel",), (), False, id="a channel of its own"),
        pytest.param((), (), (), True, id="a channel that neither sees"),
        pytest.param((), ("send_messages",), (), True, id="may write where it can't look"),
        pytest.param(("view_channel",), ("send_messages",), (), False, id="may write where others only read"),
        pytest.param(("view_channel",), (), ("attach_files",), False, id="a right of the role itself"),
        pytest.param((), (), ("administrator",), False, id="an administrator"),
    ],
)
def test_a_role_that_allows_nothing_more_than_everybody_has_opens_nothing(
    for_all: tuple[str, ...], for_role: tuple[str, ...], base: tuple[str, ...], nothing: bool
) -> None:
    channel = {
        "id": "500",
        "permission_overwrites": [
            {"id": GUILD, "allow": bits(*for_all), "deny": "0"},
            {"id": PRO, "allow": bits(*for_role), "deny": "0"},
        ],
    }
    assert opens_nothing(guild(role(PRO, 1, *base)), [channel], PRO) is nothing

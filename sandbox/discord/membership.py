"""What happens in guilds, whoever does it: members come and go, roles change; the log and the gateway are told."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.discord import wire
from sandbox.discord.gateway import Gateway
from sandbox.discord.state import Guild, Json, Member, Role, User, World


class Membership:
    """The verbs that change a guild. `now` is the sandbox's clock: the log is kept in business time."""

    def __init__(self, world: World, gateway: Gateway, now: Callable[[], float]) -> None:
        self.world = world
        self.gateway = gateway
        self.now = now

    def _log(self, guild: Guild, action: str, by: str, reason: str | None, **more: object) -> None:
        guild.log.append({"at": round(self.now(), 3), "action": action, "by": by, "reason": reason, **more})

    # -- members --------------------------------------------------------------------------------------
    def join(self, guild: Guild, user: User, *, by: str) -> Member:
        """A person comes in, without roles."""
        member = Member(user, self.now(), pending=guild.screening and not user.bot)
        guild.members[user.id] = member
        self._log(guild, "join", by, None, user=str(user.id))
        body = {**wire.member(member), "guild_id": str(guild.id)}
        self.gateway.dispatch("GUILD_MEMBER_ADD", body, guild.id)
        return member

    def leave(self, guild: Guild, user: User, *, action: str, by: str, reason: str | None) -> None:
        """A person is gone, by herself or because she was kicked; her roles go with her."""
        member = guild.members.pop(user.id)
        roles = [str(role_id) for role_id in member.roles]
        self._log(guild, action, by, reason, user=str(user.id), roles=roles)
        if user.id == self.world.bot.id:
            self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild.id)
            return
        body = {"guild_id": str(guild.id), "user": wire.user(user)}
        self.gateway.dispatch("GUILD_MEMBER_REMOVE", body, guild.id)

    def ban(self, guild: Guild, user: User, *, by: str, reason: str | None) -> None:
        """A person is banned; if she was in, she is out."""
        guild.bans[user.id] = reason
        self._log(guild, "ban", by, reason, user=str(user.id))
        body = {"guild_id": str(guild.id), "user": wire.user(user)}
        self.gateway.dispatch("GUILD_BAN_ADD", body, guild.id)
        if user.id in guild.members:
            self.leave(guild, user, action="leave", by=by, reason=reason)

    def unban(self, guild: Guild, user: User, *, by: str, reason: str | None) -> None:
        """A ban ends; the person has to come back herself."""
        del guild.bans[user.id]
        self._log(guild, "unban", by, reason, user=str(user.id))
        body = {"guild_id": str(guild.id), "user": wire.user(user)}
        self.gateway.dispatch("GUILD_BAN_REMOVE", body, guild.id)

    # -- roles ------------------------------------------------------------------------------------------
    def change_role(self, guild: Guild, member: Member, role: Role, *, give: bool, by: str, reason: str | None) -> None:
        """Gives or takes a role. What changes nothing is logged too (`changed` false), but no event is sent."""
        changed = (role.id in member.roles) is not give
        if changed and give:
            member.roles.append(role.id)
            member.pending = False  # whoever has a role need not accept the rules
        elif changed:
            member.roles.remove(role.id)
        self._log(
            guild,
            "role_add" if give else "role_remove",
            by,
            reason,
            user=str(member.user.id),
            user_name=member.user.name,
            role=str(role.id),
            role_name=role.name,
            changed=changed,
        )
        if changed:
            self.gateway.dispatch("GUILD_MEMBER_UPDATE", self._member_update(guild, member), guild.id)

    def accept_rules(self, guild: Guild, member: Member) -> None:
        """A pending member accepts the rules."""
        member.pending = False
        self.gateway.dispatch("GUILD_MEMBER_UPDATE", self._member_update(guild, member), guild.id)

    # -- the guild itself -------------------------------------------------------------------------------
    def demand_2fa(self, guild: Guild, *, demanded: bool) -> None:
        """The owner demands two-factor authentication of moderators, or does so no more."""
        guild.demands_2fa = demanded
        self.gateway.dispatch("GUILD_UPDATE", wire.guild(guild), guild.id)

    def outage(self, guild: Guild, *, begins: bool) -> None:
        """Discord has an outage there: nothing is told, and REST knows no such guild, until it ends."""
        if begins:
            self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild.id)
            guild.unavailable = True
        else:
            guild.unavailable = False
            self.gateway.guild_available(guild, returns=True)

    def delete(self, guild: Guild) -> None:
        """The owner deletes the guild."""
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild.id)
        del self.world.guilds[guild.id]

    @staticmethod
    def _member_update(guild: Guild, member: Member) -> Json:
        return {**wire.member(member), "guild_id": str(guild.id)}

    def create_role(
        self, guild: Guild, name: str, *, permissions: int = 0, color: int = 0, by: str, reason: str | None
    ) -> Role:
        """A new role, above @everyone and below all others."""
        shifted = [other for other in guild.roles.values() if other.position >= 1]
        for other in shifted:
            other.position += 1
        role = Role(self.world.ids.next(), name, 1, permissions, color)
        guild.roles[role.id] = role
        self._log(guild, "role_create", by, reason, role=str(role.id), role_name=name)
        self._tell_role("GUILD_ROLE_CREATE", guild, role)
        for other in shifted:
            self._tell_role("GUILD_ROLE_UPDATE", guild, other)
        return role

    def role_changed(self, guild: Guild, role: Role, *, by: str, reason: str | None) -> None:
        """Tells that a role's name, rights or place are new."""
        self._log(guild, "role_update", by, reason, role=str(role.id), role_name=role.name)
        self._tell_role("GUILD_ROLE_UPDATE", guild, role)

    def move_role(self, guild: Guild, role: Role, position: int, *, by: str) -> None:
        """Puts a role at a place, counted from 1; the others close up."""
        others = sorted((r for r in guild.roles.values() if r.id not in (guild.id, role.id)), key=lambda r: r.position)
        others.insert(max(0, min(position, len(others) + 1) - 1), role)
        before = {r.id: r.position for r in others}
        for place, item in enumerate(others, start=1):
            item.position = place
        for item in others:
            if before[item.id] != item.position or item is role:
                self._tell_role("GUILD_ROLE_UPDATE", guild, item)
        self._log(guild, "role_move", by, None, role=str(role.id), role_name=role.name, position=role.position)

    def delete_role(self, guild: Guild, role: Role, *, by: str, reason: str | None) -> None:
        """A role is gone, from its members too."""
        del guild.roles[role.id]
        for member in guild.members.values():
            if role.id in member.roles:
                member.roles.remove(role.id)
        self._log(guild, "role_delete", by, reason, role=str(role.id), role_name=role.name)
        body = {"guild_id": str(guild.id), "role_id": str(role.id)}
        self.gateway.dispatch("GUILD_ROLE_DELETE", body, guild.id)

    def _tell_role(self, event: str, guild: Guild, role: Role) -> None:
        self.gateway.dispatch(event, {"guild_id": str(guild.id), "role": wire.role(role)}, guild.id)

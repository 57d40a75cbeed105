"""The communities beside the club, the people who run them, and the members who pay in euros."""

from __future__ import annotations

from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.community import Identity, Place, Platform, Target, TargetKind
from payments.core.ids import CommunityId, TargetId
from payments.core.plan_terms import PlanDraft, Terms
from payments.core.rights import Rank, Standing, TeamKind
from payments.flows.catalog import plans
from payments.flows.communities import claim as places
from payments.flows.communities import connect as connecting
from payments.flows.communities import settings as community
from payments.flows.communities import team
from payments.flows.communities.claim import Claimed, Held
from payments.flows.communities.connect import Asked, Declined, Joined
from payments.flows.communities.team import Setter, Subject, TeamChanged
from payments.ports.stores import JoinRequest
from tests.core.builders import DAY
from tests.fakes.platform import FakeRole, FakeServer
from tests.flows.club_fixture import CLUB, PLACE
from tests.flows.two_platforms import on_discord, on_telegram
from tests.frozen.cast import ADA, Cast

CAVE, GROTTO = Place(Platform.DISCORD, "300"), Place(Platform.TELEGRAM, "-400")
TOMS, SIDS, SHUT = Place(Platform.TELEGRAM, "-500"), Place(Platform.DISCORD, "600"), Place(Platform.DISCORD, "700")
EVE, SID, KAY = on_discord("eve"), on_discord("sid"), on_discord("kay")
TOM, OLGA = on_telegram("tom"), on_telegram("olga")
DIVER = TargetId("tgt_diver")


class Neighbours:
    """Eve's Cave on Discord, Olga's Grotto on Telegram that joined it, Tom's chat, and the servers of Sid and of Kay,
    that the bot no longer serves."""

    cave: CommunityId

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.both = cast.both
        self.app = cast.app

    async def move_in(self) -> None:
        """Places are claimed and connected, teams named, and a plan is sold in euros."""
        await self._open_places()
        cave = await self._claims(EVE, CAVE)
        await self._claims(TOM, TOMS)
        await self._claims(SID, SIDS)
        await self._claims(KAY, SHUT)
        async with self.app.store.transaction() as tx:
            await tx.communities.serve(SHUT, served=False)
        await self._claims(OLGA, GROTTO)
        await self._connect()
        await self._sell(cave)
        await self._name_teams()

    async def _open_places(self) -> None:
        """Each has an owner, and the bot."""
        for place, owner in ((CAVE, EVE), (GROTTO, OLGA), (TOMS, TOM), (SIDS, SID), (SHUT, KAY)):
            side = self.both.discord if place.platform is Platform.DISCORD else self.both.telegram
            role = "role-diver" if place == CAVE else place.external_id
            server = FakeServer(roles={role: FakeRole()}, members={owner.user_id: set()}, admins={owner.user_id})
            side.servers[place.external_id] = server
        self.both.telegram.servers["-200"].admins.add("tg-tara")

    async def _claims(self, who: Identity, place: Place) -> CommunityId:
        code = await places.new_code(self.app.store, self.app.machine.now())
        if place.platform is Platform.TELEGRAM:
            assert isinstance(await places.hold(self.app, code, who, who.user_id, "de"), Held)
        claimed = await places.redeem(self.app, code, who, who.user_id.title(), "de", place, f"At {who.user_id}'s")
        assert isinstance(claimed, Claimed), claimed
        return claimed.community.id

    async def _connect(self) -> None:
        """Olga's chat joins Eve's server. Tom turns Eve away."""
        assert isinstance(await self._answered(await self._asks(OLGA, GROTTO, EVE, CAVE), EVE, yes=True), Joined)
        declined = await self._answered(await self._asks(EVE, CAVE, TOM, TOMS), TOM, yes=False)
        assert isinstance(declined, Declined), declined

    async def ask_tom(self) -> None:
        """Sid wants his server to join Tom's chat, and Tom has not answered. Eve has a code that nobody has used."""
        await connecting.new_code(self.app, EVE, CAVE)
        await self._asks(SID, SIDS, TOM, TOMS)

    async def _asks(self, who: Identity, place: Place, host: Identity, at: Place) -> JoinRequest:
        code = await connecting.new_code(self.app, host, at)
        asked = await connecting.ask(self.app, who, place, f"{who.user_id}'s place", code)
        assert isinstance(asked, Asked), asked
        async with self.app.store.transaction() as tx:
            return (await tx.codes.joinings(at, self.app.machine.now()))[-1]

    async def _answered(self, wish: JoinRequest, who: Identity, *, yes: bool) -> object:
        return await connecting.answer(self.app, who, wish.id, yes=yes)

    async def _sell(self, cave: CommunityId) -> None:
        euros = community.Changes(currency="eur", locale="de")
        eve = await self.both.person(EVE)
        await community.change(self.app, cave, euros, actor=eve)
        targets = (
            Target(DIVER, cave, Platform.DISCORD, "300", TargetKind.ROLE, "role-diver", "Diver"),
            Target(TargetId("tgt_grotto"), cave, Platform.TELEGRAM, "-400", TargetKind.CHAT, "-400", "Grotto"),
        )
        async with self.app.store.transaction() as tx:
            for target in targets:
                await tx.communities.put_target(target)
        terms = Terms(PriceKind.RECURRING, 700, "eur", Unit.MONTH, 1)
        draft = PlanDraft("Taucher", "", terms, 0, 3 * DAY, tuple(target.id for target in targets))
        made = await plans.create_plan(self.app, cave, draft, eve)
        assert isinstance(made, plans.PlanMade), made
        self.cave = cave

    async def _name_teams(self) -> None:
        """Ada's team has accounts on both platforms, and roles, of which one is suspended."""
        async with self.app.store.transaction() as tx:
            club = await tx.communities.get(CLUB)
        assert club is not None
        self.both.discord.servers["100"].roles |= {"role-mods": FakeRole(), "role-help": FakeRole()}
        ada = Setter(ADA, on_discord("ada"), "ada", Standing.OWNER, PLACE)
        for platform, kind, id_, rank in (
            (Platform.DISCORD, TeamKind.ACCOUNT, "user-ada", Rank.OWNER),
            (Platform.DISCORD, TeamKind.ROLE, "role-mods", Rank.MANAGER),
            (Platform.DISCORD, TeamKind.ROLE, "role-help", Rank.SUPPORT),
            (Platform.TELEGRAM, TeamKind.ACCOUNT, "tg-tara", Rank.SUPPORT),
        ):
            put = await team.put(self.app, club, Subject(platform, kind, id_, id_), rank, ada)
            assert isinstance(put, TeamChanged), put
        async with self.app.store.transaction() as tx:
            (helpers,) = [e for e in await tx.team.roles() if e.subject_id == "role-help"]
            await tx.team.suspend(helpers, self.app.business.now())

    async def dive(self) -> None:
        """Emil, Moll and Max pay Eve in euros."""
        async with self.cast.store.transaction() as tx:
            plan = await tx.plans.by_name(self.cave, "Taucher")
            assert plan is not None
            (price,) = await tx.plans.on_sale(plan.id)
        for name in ("emil", "moll", "max"):
            self.both.discord.servers["300"].members[f"user-{name}"] = set()
            customer = await self.cast.club.customer(name, "eur")
            await self.cast.subscribes(customer, name, provider_price_id=price.provider_price_id)
        await self.both.work()

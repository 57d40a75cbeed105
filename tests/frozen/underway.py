"""What is under way on the evening on which the world is frozen. Nothing may be settled or delivered after this."""

from __future__ import annotations

from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.ids import PlanId, PriceId
from payments.core.plan_terms import PlanDraft, Terms
from payments.flows.catalog import plans
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from tests.core.builders import PRO, VIP
from tests.flows.club_fixture import CLUB
from tests.flows.two_platforms import on_discord, on_telegram
from tests.frozen.cast import ADA, Cast
from tests.frozen.corners import Corners
from tests.frozen.month import Month
from tests.frozen.neighbours import Neighbours


class Underway:
    """See the module."""

    def __init__(self, cast: Cast, month: Month, neighbours: Neighbours) -> None:
        self.cast = cast
        self.month = month
        self.neighbours = neighbours
        self.corners = Corners(cast.both)

    async def play(self) -> None:
        """All of it."""
        await self.corners.at_rest()
        await self.neighbours.ask_tom()
        await self.between_accounts()
        await self.at_stripe()
        await self.at_the_door()
        await self.at_the_breaker()
        await self.corners.notices(dead="told_dead", leased="told_now")
        await self.corners.webhooks()

    async def between_accounts(self) -> None:
        """Nan's new account on Telegram has replaced Ned, who has not been taken out of the chat yet."""
        await self.cast.pair("nan", "ned")
        await self.cast.both.comes(on_telegram("nell"), "nell")
        await self.cast.both.links(on_discord("nan"), on_telegram("nell"))
        await self.cast.both.settle()

    # -- at Stripe -------------------------------------------------------------------------------

    async def at_stripe(self) -> None:
        """Links and calls that are open, refused or unanswered, and customers that can't be settled."""
        await self.cast.link("lena", PRO)
        await self.cast.link("lars", self.month.week)
        await self._unheard("lola", self.month.trial)
        await self.corners.requests(dead=await self._unpriced("Gone"), leased=await self._unpriced("Soon"))
        await self._unpriced("Later")
        await self._refused("Never")
        await self.corners.customers(dead=await self.cast.customer("uwe"), leased=await self.cast.customer("pam"))

    async def _unheard(self, name: str, plan_id: PlanId) -> None:
        """Stripe makes somebody's link, and its answer is lost."""
        person = await self.cast.both.comes(on_discord(name), name)
        await self.cast.club.customer_of(person, name)
        self.cast.provider.lost.append(ProviderUnavailable("no answer"))
        try:
            await self.cast.asks(person, plan_id, name)
        except ProviderUnavailable:
            return
        raise AssertionError("the answer was not lost")

    async def _unpriced(self, plan: str) -> PriceId:
        """Stripe is away when Ada makes a plan, so its price is pending."""
        self.cast.provider.answers.append(ProviderUnavailable("no answer"))
        plan_id = await self.cast.plan(plan, Terms(PriceKind.RECURRING, 100, "usd", Unit.DAY, 30), VIP)
        async with self.cast.store.transaction() as tx:
            (price,) = await tx.plans.prices(plan_id)
        return price.id

    async def _refused(self, plan: str) -> None:
        """Stripe wants nothing of a plan."""
        self.cast.provider.answers.append(ProviderRefused("parameter_invalid", "no"))
        draft = PlanDraft(plan, "", Terms(PriceKind.LIFETIME, 100, "usd"), 0, 0, (VIP,))
        assert isinstance(await plans.create_plan(self.cast.app, CLUB, draft, ADA), plans.PlanRefused)

    # -- on the platforms ------------------------------------------------------------------------

    async def at_the_door(self) -> None:
        """Paid and settled: Leo's role is being given, Dag's was given up, and nobody has looked at Ella's yet."""
        await self._pays("leo")
        await self._pays("dag")
        await self.corners.effects(dead=on_discord("dag"), leased=on_discord("leo"))
        await self._pays("ella")

    async def _pays(self, name: str) -> None:
        person = await self.cast.both.comes(on_discord(name), name)
        await self.cast.subscribes(await self.cast.club.customer_of(person, name), name)

    async def at_the_breaker(self) -> None:
        """Max and Moll have stopped paying Eve: she has let Max go, and the breaker holds Moll back."""
        cave, now = self.neighbours.cave, self.cast.club.machine.at
        await self.cast.ends(await self.cast.customer("max"), "max")
        async with self.cast.store.transaction() as tx:
            await tx.accesses.pass_breaker(cave, now)
            await tx.communities.trip_breaker(cave, now)
        await self.cast.ends(await self.cast.customer("moll"), "moll")

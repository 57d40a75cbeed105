"""The one-off commands: `guestlist check`, `replay`, `claim` and `places`, also beside a service that runs."""

from bot.app import doctor
from bot.app.service import Service
from bot.commands import naming
from bot.commands.catalog import ACTIONS, COMMANDS
from bot.config import Mode, Settings, StartError
from payments.core.community import Place, Platform
from payments.flows.communities import claim as places
from payments.flows.communities.stop_serving import stop
from payments.flows.jobs.replay import Replayed, replay
from payments.flows.runtime.context import AppContext, PaymentAccount
from payments.ports.stores import StoreUnavailable
from storage.store import SqlStore, open_beside


class OneOff(Service):
    """One command on the service's database; `stop` when it is done."""

    async def check(self) -> list[doctor.Line]:
        """Database, Stripe and the platforms, asked once: whether each is good, and what to do where it is not."""
        lines: list[doctor.Line] = [(False, problem) for problem in naming.problems(COMMANDS, ACTIONS)]
        try:
            store = await self._open_store(open_beside)
            good = await store.healthy()
            lines.append((good, "database" if good else "database: can't be written; see storage.url and its disk"))
        except StartError as error:
            lines.append((False, f"database: {error}"))
        if self.settings.mode is Mode.SANDBOX:
            answers, line = await doctor.sandbox(self.settings)
            lines.append((answers, line))
            return doctor.of_sandbox(lines + await self._check_others()) if answers else lines
        return lines + await self._check_others()

    async def _check_others(self) -> list[doctor.Line]:
        stripe: list[doctor.Line] = []
        for name in self.settings.stripe.by_name:
            provider = self._provider(name)
            self._stack.push_async_callback(provider.close)
            stripe += await doctor.stripe(provider, name)
        return [*stripe, *await doctor.discord(self.settings), *await doctor.telegram(self.settings)]

    async def replay(self) -> Replayed:
        """Dead and blocked work becomes open again; the running service takes it up. Raises `StartError`."""
        store = await self._open_store(open_beside)
        try:
            return await replay(await self._beside(store))
        except StoreUnavailable as error:
            raise StartError(f"replay: {error}; run `guestlist check`") from None

    async def new_claim(self) -> str:
        """A new one-time code by which a place is claimed. Raises `StartError`."""
        store = await self._open_store(open_beside)
        try:
            return await places.new_code(store, self._machine.now())
        except StoreUnavailable as error:
            raise StartError(f"claim: can't write to the database ({error}); check storage.url and its disk") from None

    async def served_places(self, stop: str | None) -> list[str]:
        """The places that are served, a line each; `stop` names one (`discord:123`) that no longer is.

        Raises `StartError`.
        """
        store = await self._open_store(open_beside)
        named = self.settings.named_places
        try:
            if stop is not None:
                platform, _, external_id = stop.partition(":")
                stopped = {f"{place.platform}:{place.external_id}" for place in named}
                if stop in stopped:
                    raise StartError(f"places: {stop} is listed in the configuration; remove it there and restart")
                if platform not in tuple(Platform):
                    raise StartError("places: write the place like discord:123 or telegram:-100123")
                return await self._stop_serving(store, Place(Platform(platform), external_id), stop)
            async with store.transaction() as tx:
                claimed = await tx.communities.all_served()
        except StoreUnavailable as error:
            raise StartError(f"places: the database can't be used ({error}); check storage.url and its disk") from None
        lines = [f"{p.platform}:{p.external_id}  {name}" for p, name in claimed.items()]
        return lines + [f"{p.platform}:{p.external_id}  (configuration)" for p in sorted(named - set(claimed), key=str)]

    async def _stop_serving(self, store: SqlStore, place: Place, named: str) -> list[str]:
        """Stop serving a place, and say what does not stop with it."""
        app = await self._beside(store)
        if not app.accounts:
            raise StartError("places: this database hasn't been used yet; run `guestlist run` once")
        stopped = await stop(app, place)
        if stopped is None:
            raise StartError(f"places: {named} is not served; `guestlist places` lists the ones that are")
        lines = [f"{named} is no longer served: commands are refused there, and the bot leaves it."]
        if stopped.shared:
            lines.append(
                "Its community is served elsewhere, and its plans open something in it, so it stays in there: only an "
                "owner of that community can claim it again, by an account in its `/team` or one linked to that."
            )
        if stopped.members:
            lines.append(
                f"{stopped.members} members have access by plans of its community. Stripe goes on charging "
                "subscriptions: cancel them in Stripe's dashboard, or claim the place again with `guestlist claim`."
            )
        return lines

    async def _beside(self, store: SqlStore) -> AppContext:
        """What flows need that ask no provider: the accounts are those that this database was used with, last first."""
        provider = self._provider()
        self._stack.push_async_callback(provider.close)
        async with store.transaction() as tx:
            known = sorted(await tx.provider_accounts.all(), key=lambda one: one.webhook_at or 0, reverse=True)
        accounts = {one.id: PaymentAccount(one.id, "", one.livemode, one.currency, provider) for one in known}
        return self._app(store, accounts, await self._installation(store))


async def check(settings: Settings) -> list[doctor.Line]:
    """What `guestlist check` says, line by line, and whether each is good."""
    lines: list[doctor.Line] = [(True, f"configuration: {settings.mode} mode, public address {settings.public_url}")]
    lines += doctor.operations(settings)
    lines += doctor.test_clocks(settings)
    service = OneOff(settings)
    try:
        lines += await service.check()
    finally:
        await service.stop()
    return lines


async def new_claim(settings: Settings) -> str:
    """What `guestlist claim` prints. Raises `StartError`."""
    service = OneOff(settings)
    try:
        return await service.new_claim()
    finally:
        await service.stop()


async def served_places(settings: Settings, stop: str | None) -> list[str]:
    """What `guestlist places` prints. Raises `StartError`."""
    service = OneOff(settings)
    try:
        return await service.served_places(stop)
    finally:
        await service.stop()


async def replay_dead(settings: Settings) -> Replayed:
    """What `guestlist replay` does. Raises `StartError`."""
    service = OneOff(settings)
    try:
        return await service.replay()
    finally:
        await service.stop()

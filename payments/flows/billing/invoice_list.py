"""What an account was billed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from payments.core.bill_states import BillTold, told
from payments.core.billing import ENDED_STATUSES, Invoice, SubscriptionStatus
from payments.core.community import Identity, Platform
from payments.core.ids import InvoiceId, PersonId, SubscriptionId
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.origins import customers_of, origins_of
from payments.flows.runtime.payments import payments_of
from payments.ports.stores import ProviderRequest, Transaction

INVOICES_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Bills:
    """A person's invoices, newest first, and the requests for one that wait for an e-mail address. `elsewhere`: where
    the person's other account sees invoices of its own. ``ended``: whose subscription is over, so that paying them
    opens nothing; ``older``: nor does paying these, since theirs is unpaid and waits for a newer one."""

    told: tuple[BillTold, ...]
    waiting: tuple[ProviderRequest, ...]
    elsewhere: Platform | None = None
    ended: frozenset[InvoiceId] = frozenset()
    older: frozenset[InvoiceId] = frozenset()

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        """The invoices alone."""
        return tuple(bill.invoice for bill in self.told)


async def bills(app: AppContext, who: Identity) -> Bills:
    """The latest invoices of what this account pays, and what waits for its e-mail address."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        if person_id is None:
            return Bills((), ())
        origins = {origin.id for origin in await origins_of(tx, who)}
        customers = await customers_of(tx, who)
        payments = [await payments_of(tx, customer.id) for customer in customers]
        subscriptions = [s for customer in customers for s in await tx.billing.subscriptions(customer.id)]
        elsewhere = await _billed_elsewhere(tx, who, person_id)
        waiting = [r for r in await tx.requests.needing_email(person_id) if r.person_id in origins]
    found = [told(invoice, known) for known in payments for invoice in known.invoices.values()]
    found.sort(key=lambda bill: (bill.invoice.created_at, bill.invoice.id), reverse=True)
    newest = [bill.invoice for bill in found]
    over = {s.id for s in subscriptions if s.status in ENDED_STATUSES}
    ended = frozenset(one.id for one in newest if one.subscription_id in over)
    unpaid = {s.id for s in subscriptions if s.status is SubscriptionStatus.UNPAID}
    older = frozenset(one.id for one in newest if one.subscription_id in unpaid) - _newest_of(unpaid, newest)
    return Bills(tuple(found[:INVOICES_SHOWN_MAX]), tuple(waiting), elsewhere, ended, older)


def _newest_of(subscriptions: Iterable[SubscriptionId], newest_first: Sequence[Invoice]) -> frozenset[InvoiceId]:
    found = (next((one.id for one in newest_first if one.subscription_id == id_), None) for id_ in subscriptions)
    return frozenset(one for one in found if one is not None)


async def _billed_elsewhere(tx: Transaction, who: Identity, person_id: PersonId) -> Platform | None:
    """The platform of the person's other account, if that one has invoices."""
    for account in await tx.person_merges.accounts(person_id):
        if account.identity == who:
            continue
        for customer in await customers_of(tx, account.identity):
            if await tx.billing.invoices(customer.id):
                return account.identity.platform
    return None

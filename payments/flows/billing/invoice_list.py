"""What an account was billed."""

from dataclasses import dataclass

from payments.core.billing import Invoice
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.origins import customers_of, origins_of
from payments.ports.stores import ProviderRequest, Transaction

INVOICES_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class Bills:
    """A person's invoices, newest first, and the requests for one that wait for an e-mail address. `elsewhere`: where
    the person's other account sees invoices of its own."""

    invoices: tuple[Invoice, ...]
    waiting: tuple[ProviderRequest, ...]
    elsewhere: Platform | None = None


async def bills(app: AppContext, who: Identity) -> Bills:
    """The latest invoices of what this account pays, and what waits for its e-mail address."""
    async with app.store.transaction() as tx:
        person_id = await tx.identities.of(who)
        if person_id is None:
            return Bills((), ())
        origins = {origin.id for origin in await origins_of(tx, who)}
        customers = await customers_of(tx, who)
        invoices = [invoice for customer in customers for invoice in await tx.billing.invoices(customer.id)]
        elsewhere = await _billed_elsewhere(tx, who, person_id)
        waiting = [r for r in await tx.requests.needing_email(person_id) if r.person_id in origins]
    newest = sorted(invoices, key=lambda invoice: (invoice.created_at, invoice.id), reverse=True)
    return Bills(tuple(newest[:INVOICES_SHOWN_MAX]), tuple(waiting), elsewhere)


async def _billed_elsewhere(tx: Transaction, who: Identity, person_id: PersonId) -> Platform | None:
    """The platform of the person's other account, if that one has invoices."""
    for account in await tx.person_merges.accounts(person_id):
        if account.identity == who:
            continue
        for customer in await customers_of(tx, account.identity):
            if await tx.billing.invoices(customer.id):
                return account.identity.platform
    return None

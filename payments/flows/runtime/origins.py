"""With which of a person's accounts something is paid. Linked accounts share what they have, never how it is paid.

Each customer at Stripe belongs to the person that its account was when it first paid, and every person that was merged
remembers its side. So the card, the invoices and the portal stay with the account that brought them.
"""

from collections.abc import Sequence

from payments.core.billing import Customer
from payments.core.community import Identity, Platform
from payments.core.ids import PersonId
from payments.flows.runtime.context import AppContext
from payments.ports.stores import StoredPerson, Transaction


async def origins_of(tx: Transaction, who: Identity) -> Sequence[StoredPerson]:
    """The persons that came with this account, oldest first; none for an account that we never met."""
    account = await tx.person_merges.account(who)
    if account is None:
        return ()
    origins = await tx.person_merges.origins(account.person_id)
    if len(await tx.person_merges.accounts(account.person_id)) < 2:
        return origins
    return [origin for origin in origins if origin.side is who.platform]


async def origin_of(app: AppContext, tx: Transaction, who: Identity, currency: str) -> PersonId | None:
    """The person this account pays as in a currency: a customer at Stripe, else who lives, else the oldest."""
    origins = await origins_of(tx, who)
    if not origins:
        return await tx.identities.of(who)
    known = {c.person_id for c in await customers_of(app, tx, who) if c.stripe_id and c.currency == currency}
    first = sorted(origins, key=lambda origin: (origin.id not in known, origin.merged_into is not None))
    return first[0].id


async def customers_of(app: AppContext, tx: Transaction, who: Identity) -> Sequence[Customer]:
    """The customers at Stripe by which this account pays."""
    origins = {origin.id for origin in await origins_of(tx, who)}
    account = await tx.person_merges.account(who)
    if account is None:
        return ()
    found = await tx.customers.of_person(account.person_id, app.account.id)
    return [customer for customer in found if customer.person_id in origins]


async def side_of(tx: Transaction, origin: PersonId) -> Platform | None:
    """On which platform the payer is reached, of a person with accounts on both; None: they have one account."""
    stored = await tx.person_merges.get(origin)
    if stored is None or len(await tx.person_merges.accounts(stored.merged_into or stored.id)) < 2:
        return None
    return stored.side

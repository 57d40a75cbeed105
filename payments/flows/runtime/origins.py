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


async def homes_of(tx: Transaction, who: Identity) -> Sequence[StoredPerson]:
    """The persons that came with this account, oldest first; none for an account that we never met."""
    account = await tx.person_merges.account(who)
    if account is None:
        return ()
    homes = await tx.person_merges.homes(account.person_id)
    if len(await tx.person_merges.accounts(account.person_id)) < 2:
        return homes
    return [home for home in homes if home.side is who.platform]


async def home_of(app: AppContext, tx: Transaction, who: Identity, currency: str) -> PersonId | None:
    """The person this account pays as in a currency: a customer at Stripe, else who lives, else the oldest."""
    homes = await homes_of(tx, who)
    if not homes:
        return await tx.identities.of(who)
    known = {c.person_id for c in await customers_of(app, tx, who) if c.stripe_id and c.currency == currency}
    first = sorted(homes, key=lambda home: (home.id not in known, home.merged_into is not None))
    return first[0].id


async def customers_of(app: AppContext, tx: Transaction, who: Identity) -> Sequence[Customer]:
    """The customers at Stripe by which this account pays."""
    homes = {home.id for home in await homes_of(tx, who)}
    account = await tx.person_merges.account(who)
    if account is None:
        return ()
    found = await tx.customers.of_person(account.person_id, app.account.id)
    return [customer for customer in found if customer.person_id in homes]


async def side_of(tx: Transaction, home: PersonId) -> Platform | None:
    """On which platform the payer is reached, of a person with accounts on both; None: they have one account."""
    stored = await tx.person_merges.get(home)
    if stored is None or len(await tx.person_merges.accounts(stored.merged_into or stored.id)) < 2:
        return None
    return stored.side

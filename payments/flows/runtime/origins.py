"""With which of a person's accounts something is paid. Linked accounts share what they have, never how it is paid.

Each customer at Stripe belongs to the person that its account was when it first paid, and every person that was merged
remembers its side. So the card, the invoices and the portal stay with the account that brought them.
"""

from collections.abc import Iterable, Mapping, Sequence

from payments.core.billing import Customer, Subscription
from payments.core.community import Identity, Platform
from payments.core.ids import AccountId, PersonId, SubscriptionId
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


async def origin_of(tx: Transaction, who: Identity, account_id: AccountId, currency: str) -> PersonId | None:
    """The person this account pays as, at a payment account and in a currency: who is a customer there, else who lives,
    else the oldest."""
    origins = await origins_of(tx, who)
    if not origins:
        return await tx.identities.of(who)
    customers = [c for c in await customers_of(tx, who) if (c.account_id, c.currency) == (account_id, currency)]
    known = {customer.person_id for customer in customers if customer.stripe_id}
    first = sorted(origins, key=lambda origin: (origin.id not in known, origin.merged_into is not None))
    return first[0].id


async def customers_of(tx: Transaction, who: Identity) -> Sequence[Customer]:
    """The customers at our payment accounts by which this account pays."""
    origins = {origin.id for origin in await origins_of(tx, who)}
    account = await tx.person_merges.account(who)
    if account is None:
        return ()
    found = await tx.customers.of_person(account.person_id)
    return [customer for customer in found if customer.person_id in origins]


async def side_of(tx: Transaction, origin: PersonId) -> Platform | None:
    """On which platform the payer is reached, of a person with accounts on both; None: they have one account."""
    stored = await tx.person_merges.get(origin)
    if stored is None or len(await tx.person_merges.accounts(stored.merged_into or stored.id)) < 2:
        return None
    return stored.side


async def account_of_origin(tx: Transaction, origin: PersonId) -> Identity | None:
    """The chat account that a person came with; None once it has left."""
    stored = await tx.person_merges.get(origin)
    if stored is None:
        return None
    accounts = [one.identity for one in await tx.person_merges.accounts(stored.merged_into or stored.id)]
    return next((one for one in accounts if len(accounts) == 1 or one.platform is stored.side), None)


async def users_of(
    tx: Transaction, subscriptions: Iterable[Subscription]
) -> Mapping[tuple[AccountId, SubscriptionId], PersonId]:
    """Who uses those of these subscriptions that an account handed over when it was replaced."""
    ids: dict[AccountId, list[SubscriptionId]] = {}
    for subscription in subscriptions:
        ids.setdefault(subscription.account_id, []).append(subscription.id)
    return {
        (account_id, subscription_id): user
        for account_id, some in ids.items()
        for subscription_id, user in (await tx.moves.users_of(account_id, some)).items()
    }

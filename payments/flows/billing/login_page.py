"""The portal's login page: a way to cancel that needs no chat.

Its address proves nothing, so anyone may see it: the provider sends a link to the e-mail of whoever paid.
"""

import logging

from payments.core.ids import AccountId
from payments.flows.billing.portal import configuration
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Deadline
from payments.ports.providers import ProviderRefused, ProviderUnavailable

log = logging.getLogger(__name__)

NONE = ""
"""The account has no login page: its owner switched it off."""


async def refresh(app: AppContext, account_id: AccountId) -> None:
    """Bring an account's address up to date. It is switched on once, with the configuration that we made; whoever
    switches it off in the dashboard has it off. What the provider refuses or doesn't do now is asked for again the next
    day."""
    portal = app.provider(account_id).portal
    if portal is None:
        return
    try:
        configuration_id = await configuration(app, account_id, portal, Deadline(app))
        async with app.store.transaction() as tx:
            account = await tx.provider_accounts.get(account_id)
        known = None if account is None else account.login_url
        url = await portal.login_page(configuration_id, enable=known is None)
    except ProviderUnavailable:
        return
    except ProviderRefused as refused:
        log.warning("Stripe gives no login page to the customer portal of account %s: %s", account_id, refused)
        return
    async with app.store.transaction() as tx:
        await tx.provider_accounts.set_login_url(account_id, url or NONE)

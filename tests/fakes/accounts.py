"""Payment accounts as the app knows them."""

from collections.abc import Mapping

from payments.core.ids import AccountId
from payments.flows.runtime.context import PaymentAccount
from payments.ports.providers import Account, PaymentProvider

INSTALLATION = "ins_test"


def only(account: Account, provider: PaymentProvider) -> Mapping[AccountId, PaymentAccount]:
    """The accounts of a service that has one."""
    return {account.id: PaymentAccount(account.id, "main", account.livemode, account.currency, provider)}

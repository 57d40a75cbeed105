"""Locking the persons that rows name, when those rows may change hands while we wait for the lock."""

from collections.abc import Awaitable, Callable, Collection

from payments.core.ids import PersonId
from payments.ports.stores import PersonsMerged, Transaction


async def lock_found(tx: Transaction, find: Callable[[], Awaitable[Collection[PersonId]]]) -> None:
    """Lock the persons that `find` finds until the commit, so that it finds nobody else by then.

    Call it once in a transaction, with everybody that it will lock: everybody locks persons in the order of their ids.
    Raises `PersonsMerged` if others turn up once they are locked, as for those who were merged: to lock these then
    could be a deadlock.
    """
    meant = await tx.identities.lock(await find())
    now = await tx.identities.living(await find())
    if not set(now.values()) <= set(meant.values()):
        raise PersonsMerged("somebody else is concerned since this moment")

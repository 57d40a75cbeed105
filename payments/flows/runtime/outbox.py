"""A creating call: stored before it is made, so that nothing is made twice (invariant 10).

The idempotency key comes from the stored row. Stripe forgets keys after 24 h and repeats a 5xx under the same key for
ever; so later than 23 h, or after an unclear answer, what was made is looked up by our metadata before it is asked
for again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from payments.core.ids import AccountId, CustomerRef, PersonId, RequestId
from payments.flows.runtime.context import AppContext, new_id
from payments.ports.providers import ObjectKind, PaymentProvider, ProviderRefused, ProviderUnavailable
from payments.ports.stores import ProviderRequest, QueueName, RequestState, Transaction

KEY_MS_MAX = 23 * 3_600_000
"""How long a key is relied on: an hour less than Stripe keeps it."""

ERROR_MAX = 300

KEY_USED = "idempotency_error"
"""The refusal of a key under which something else was asked: by an older version, which wrote less metadata."""

T = TypeVar("T")
Params = Mapping[str, Any]  # the JSON that is stored with a request: texts, numbers and flat maps of texts


class Deadline:
    """How long Stripe's answers for one reply may take in all; not `hurried`: only the provider's own limit counts."""

    def __init__(self, app: AppContext, *, hurried: bool = True) -> None:
        self._machine = app.machine
        self._until = app.machine.now() + app.settings.person_waits_ms if hurried else None

    async def of(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of a call, or `ProviderUnavailable` (unclear) when it takes too long."""
        if self._until is None:
            return await call()
        left_ms = max(0, self._until - self._machine.now())
        try:
            async with asyncio.timeout(left_ms / 1000):
                return await call()
        except TimeoutError:
            raise ProviderUnavailable("Stripe is slow to answer just now") from None


@dataclass(frozen=True, slots=True)
class CreateCall(Generic[T]):
    """How one kind of object is made, found again, and what is stored when it is there.

    ``make(key, params)`` and ``find(params, since_at)`` work from the stored params, so a repeated call asks for the
    same. ``load`` gives what was made before by its id. ``on_made`` runs in the commit that records the result,
    ``on_refused`` in the one that notes a refusal for good.
    """

    account_id: AccountId
    kind: str
    object_id: str
    params: Params
    make: Callable[[str, Params], Awaitable[T]]
    find: Callable[[Params, int], Awaitable[T | None]]
    load: Callable[[str], Awaitable[T]]
    name: Callable[[T], str]
    on_made: Callable[[Transaction, T], Awaitable[None]]
    on_refused: Callable[[Transaction, ProviderRefused], Awaitable[None]] | None = None


async def look_up(
    provider: PaymentProvider, kind: ObjectKind, row_id: str, *, since_at: int, customer: CustomerRef | None = None
) -> str | None:
    """`CreateCall.find` of what carries our row's id. A provider without lookup makes the same for the same row."""
    if provider.lookup is None:
        return None
    return await provider.lookup.find(kind, row_id, since_at=since_at, customer=customer)


async def loaded(result_id: str) -> str:
    """`Creation.load` of what is nothing but an id."""
    return result_id


def stored_params(params: Params) -> str:
    """The text that params are stored as: the same for the same params."""
    return json.dumps(params, ensure_ascii=False, sort_keys=True)


def params_of(request: ProviderRequest) -> Params:
    """The stored params."""
    found: Params = json.loads(request.params)
    return found


async def store_request(
    tx: Transaction,
    app: AppContext,
    account_id: AccountId,
    kind: str,
    object_id: str,
    params: Params,
    *,
    person_id: PersonId | None = None,
    at_once: bool = False,
) -> ProviderRequest:
    """Store a creating call, or answer the stored one of this subject.

    `person_id`: whose e-mail it may need. `at_once`: for the worker, since no person waits for it.
    """
    return await tx.requests.add(
        ProviderRequest(
            id=RequestId(new_id("req")),
            account_id=account_id,
            kind=kind,
            object_id=object_id,
            params=stored_params(params),
            state=RequestState.PENDING,
            result_id=None,
            key_version=0,
            attempts=0,
            last_error=None,
            created_at=app.business.now(),  # which the provider's objects, and the age of its keys, follow
            person_id=person_id,
        ),
        at_once=at_once,
    )


async def hand_over(app: AppContext, *requests: ProviderRequest) -> None:
    """Somebody was told that these are stored, and waits no longer: the worker goes on with them at once."""
    async with app.store.transaction() as tx:
        for request in requests:
            await tx.requests.hand_over(request.id, app.machine.now())
    app.wake(QueueName.REQUESTS)


async def create(app: AppContext, creation: CreateCall[T], deadline: Deadline) -> T:
    """Store the call and carry it out; calling again resumes it.

    Raises `ProviderUnavailable` (try again later: it goes on where it was) and `ProviderRefused`.
    """
    async with app.store.transaction() as tx:
        request = await store_request(tx, app, creation.account_id, creation.kind, creation.object_id, creation.params)
    return await execute(app, creation, request, deadline)


async def execute(app: AppContext, creation: CreateCall[T], request: ProviderRequest, deadline: Deadline) -> T:
    """Make what a stored request asks for, unless it is there already."""
    if request.state is RequestState.MADE:
        assert request.result_id is not None
        return await deadline.of(lambda: creation.load(str(request.result_id)))
    if request.state is not RequestState.PENDING or request.last_error is not None or _key_forgotten(app, request):
        return await _look_up_first(app, creation, request, deadline)
    try:
        return await _make(app, creation, request, deadline)
    except ProviderUnavailable as failed:
        if not failed.replayed:
            raise
    except ProviderRefused as refused:
        if refused.code != KEY_USED:
            raise
    return await _look_up_first(app, creation, request, deadline, spent=request.key_version)


async def _make(app: AppContext, creation: CreateCall[T], request: ProviderRequest, deadline: Deadline) -> T:
    params = params_of(request)
    try:
        made = await deadline.of(lambda: creation.make(f"gl-{request.id}-{request.key_version}", params))
    except ProviderUnavailable as failed:
        if failed.unclear:
            await _note(app, request, RequestState.PENDING, failed)
        raise
    except ProviderRefused as refused:
        if refused.code == KEY_USED:
            await _note(app, request, RequestState.PENDING, refused)
        else:
            await _refuse(app, creation, request, refused)
        raise
    return await _record(app, creation, request, made)


async def _look_up_first(
    app: AppContext,
    creation: CreateCall[T],
    request: ProviderRequest,
    deadline: Deadline,
    *,
    spent: int | None = None,
) -> T:
    """Look it up, then make it: under a new key if the old one is of no more use.

    A key is of none when Stripe may have forgotten it, or only repeats under it a refusal, or an error (`spent`).
    One at a time, for two that each took a new key would make two.
    """
    lease = app.lease()
    name = f"request:{request.id}"
    async with app.store.transaction() as tx:
        taken = await tx.leases.take(name, lease, app.machine.now())
        now_stored = await tx.requests.get(request.kind, request.object_id)
    if not taken:
        raise ProviderUnavailable("this is being made just now", retry_after_ms=2_000, unclear=False)
    try:
        assert now_stored is not None
        request = now_stored
        if request.state is RequestState.MADE:
            return await deadline.of(lambda: creation.load(str(request.result_id)))
        params, since_at = params_of(request), request.created_at
        found = await deadline.of(lambda: creation.find(params, since_at))
        if found is not None:
            return await _record(app, creation, request, found)
        refused = request.state is RequestState.REFUSED
        if refused or request.key_version == spent or _key_forgotten(app, request):
            request = await _under_new_key(app, request)
        try:
            return await _make(app, creation, request, deadline)
        except ProviderRefused as answer:
            if answer.code != KEY_USED:
                raise
        return await _make(app, creation, await _under_new_key(app, request), deadline)
    finally:
        async with app.store.transaction() as tx:
            await tx.leases.give_back(name, lease.token)


async def _under_new_key(app: AppContext, request: ProviderRequest) -> ProviderRequest:
    async with app.store.transaction() as tx:
        await tx.requests.set_state(request.id, RequestState.PENDING, request.last_error)
        return await tx.requests.new_key(request.id)


async def _record(app: AppContext, creation: CreateCall[T], request: ProviderRequest, made: T) -> T:
    async with app.store.transaction() as tx:
        await creation.on_made(tx, made)
        await tx.requests.made(request.id, creation.name(made))
    return made


async def _refuse(app: AppContext, creation: CreateCall[T], request: ProviderRequest, refused: ProviderRefused) -> None:
    async with app.store.transaction() as tx:
        if creation.on_refused is not None:
            await creation.on_refused(tx, refused)
        await tx.requests.set_state(request.id, RequestState.REFUSED, str(refused)[:ERROR_MAX])


async def _note(app: AppContext, request: ProviderRequest, state: RequestState, error: Exception) -> None:
    async with app.store.transaction() as tx:
        await tx.requests.set_state(request.id, state, str(error)[:ERROR_MAX])


def _key_forgotten(app: AppContext, request: ProviderRequest) -> bool:
    return app.business.now() - request.created_at > KEY_MS_MAX

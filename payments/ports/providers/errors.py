"""How a call to a payment provider fails: no clear answer, or a clear no."""


class ProviderUnavailable(Exception):
    """No clear answer: it can't be reached, is too busy, or answered 5xx. What was asked may have been done.

    ``retry_after_ms`` is set when the provider named it. ``unclear`` is False only when surely nothing was done (429).
    ``replayed``: the provider repeated the error it gave before under this idempotency key, and always will.
    """

    def __init__(
        self, message: str, *, retry_after_ms: int | None = None, unclear: bool = True, replayed: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms
        self.unclear = unclear
        self.replayed = replayed


class KeyRefused(ProviderUnavailable):
    """Our key is not accepted, or may not do this: nothing was done. Once the owner has mended it, what waits goes on.

    ``code``: ``authentication_error`` or ``permission_error``. The message is the provider's and names what is missing.
    """

    def __init__(self, code: str, message: str, *, replayed: bool = False) -> None:
        super().__init__(message, unclear=False, replayed=replayed)
        self.code = code


class ProviderRefused(Exception):
    """A clear no. ``code`` is the provider's error code, or its type;

    ``missing_email`` and ``missing_object`` are our names.
    """

    def __init__(self, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param

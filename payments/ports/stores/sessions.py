"""How often a bot opened a session at its platform."""

from typing import Protocol

from payments.core.community import Identity


class Sessions(Protocol):
    """The allowance of each bot for opening sessions."""

    async def used_until(self, bot: Identity) -> int:
        """Until when it is used (machine time); 0: it never was."""
        ...

    async def use(self, bot: Identity, until: int) -> None:
        """It is used until then."""
        ...

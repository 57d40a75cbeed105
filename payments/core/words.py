"""A provider's words for states and kinds, as enums that can hold a word nobody here knows yet."""

from enum import StrEnum
from typing import Self


class ProviderWord(StrEnum):
    """A closed set of the provider's words. Each set has an UNKNOWN: any word that this version doesn't know.

    Providers add words whenever they like, and rows keep those of earlier versions, so reading one never raises.
    """

    @property
    def known(self) -> bool:
        """Whether this version knows what it means. What isn't known changes nothing (invariant 6)."""
        return self.name != "UNKNOWN"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls["UNKNOWN"]

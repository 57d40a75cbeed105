"""The terms of a price in words."""

from typing import assert_never

from bot.texts.formats import day, money
from bot.texts.languages import Safe
from bot.texts.say import say
from payments.core.catalog import PriceKind
from payments.core.plan_terms import Terms


def terms_text(locale: str, terms: Terms, trial_days: int = 0) -> Safe:
    """The terms of a price in words, before it is on sale."""
    amount = money(locale, terms.amount, terms.currency)
    match terms.kind:
        case PriceKind.RECURRING:
            text = say(locale, f"price.every.{terms.unit}", amount=amount, n=terms.count or 1)
        case PriceKind.FIXED_TIME:
            text = say(locale, f"price.once.{terms.unit}", amount=amount, n=terms.count or 1)
        case PriceKind.LIFETIME:
            text = say(locale, "price.lifetime", amount=amount)
        case PriceKind.FIXED_DATE:
            text = say(locale, "price.until", amount=amount, day=day(locale, terms.until_at or 0))
        case _:
            assert_never(terms.kind)
    return say(locale, "price.trial", price=text, n=trial_days) if trial_days else text

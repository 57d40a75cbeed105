"""Stripe as a payment provider, through stripe-python's async client."""

from payments.providers.stripe.provider import StripeProvider

__all__ = ["StripeProvider"]

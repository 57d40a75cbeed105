"""Turns the payment provider's word into state."""

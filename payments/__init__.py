"""Payments: what was bought, what follows from it, and how both reach Stripe and the chat platforms."""

"""Local Stripe and Discord that speak the real wire protocols, with a clock that can be moved."""

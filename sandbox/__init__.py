"""Local Stripe, Discord and Telegram that speak the real wire protocols, with a clock that can be moved."""

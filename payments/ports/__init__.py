"""The protocols that the flows speak: clocks, stores, payment provider, chat platform."""

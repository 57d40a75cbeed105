"""The owner's data, by real processes: long, so CI runs them after the other tests (`make processes`)."""

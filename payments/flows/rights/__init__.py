"""Who may do what, where, and about whom (invariant 18)."""

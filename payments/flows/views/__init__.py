"""Read models: nothing is written here."""

"""A store a file: the SQL behind `payments.ports.stores`."""

"""The SQL behind `payments.ports.stores`."""

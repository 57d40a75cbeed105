"""Invoices, the customer portal, cancelling and resuming."""

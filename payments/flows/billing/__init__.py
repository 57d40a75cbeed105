"""What happens to a payer later: invoices, the portal, cancelling."""

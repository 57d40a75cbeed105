"""One payment page, paid once."""

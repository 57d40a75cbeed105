"""Selling: one payment page, paid once."""

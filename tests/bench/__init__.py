"""Measurements of the product, run by `make bench`: never a part of the tests, since machines are shared and noisy."""

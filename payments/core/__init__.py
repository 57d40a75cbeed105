"""The pure core: standard library only; no I/O, no clock, no await.

Times are milliseconds since 1970 UTC and end in ``_at`` (business time unless said otherwise); durations end in
their unit. Money is an integer of minor units beside its currency (lower case, ISO 4217).
"""

"""The state machine: whatever happens is thrown at a real service; an oracle says what must be after each quiet period.

`cast` who plays; `world` sandbox and service, opened by `shop`; `steps` what is drawn from a seed, done by `people`,
`there`, `dashboard` and `trouble`; `diary` what people did by hand; `oracle` (with `roles`, `chats`, `bonds`) what
follows, written independently from the design; `machine` the run; `broken` ways to break the product, which it must
find.
"""

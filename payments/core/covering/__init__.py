"""Which payment covers now: what a subscription gives of a plan, from typed items and the lines of its bills. Pure.

`bills`: what is known, as one subscription's bills, refunds, credit notes and disputes. `periods`: what each bill does
for an item, and the bills that cover it. `money`: whether they were taken back. `want`: since when payment is wanting.
`verdict`: the access table.
"""

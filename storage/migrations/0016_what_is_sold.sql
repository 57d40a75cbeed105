-- What an invoice asks for, line by line, as canonical JSON; NULL until Stripe lists the invoice again.
ALTER TABLE invoice ADD COLUMN lines TEXT;

-- Of a subscription the ledger tells what one unit costs, of all else a total; `amount_before` and `amount_after` were
-- both. They are still written, for `amount_after` may not be NULL, and no longer read.
ALTER TABLE ledger ADD COLUMN unit_amount_before BIGINT;
ALTER TABLE ledger ADD COLUMN unit_amount_after BIGINT;
ALTER TABLE ledger ADD COLUMN total_before BIGINT;
ALTER TABLE ledger ADD COLUMN total_after BIGINT;
UPDATE ledger SET unit_amount_before = amount_before, unit_amount_after = amount_after WHERE source = 'subscription';
UPDATE ledger SET total_before = amount_before, total_after = amount_after WHERE source <> 'subscription';

-- What a subscription sells is told by its product too.
CREATE INDEX price_product ON price (account_id, stripe_product_id);

-- What decides whether a payment still covers: sources beside cash, what ended a bill, and what only we remember of it.
ALTER TABLE invoice ADD COLUMN balance_applied BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoice ADD COLUMN auto_advance BIGINT NOT NULL DEFAULT 1 CHECK (auto_advance IN (0, 1));
ALTER TABLE invoice ADD COLUMN ended_at BIGINT;
ALTER TABLE invoice ADD COLUMN by_pause BIGINT NOT NULL DEFAULT 0 CHECK (by_pause IN (0, 1));
ALTER TABLE invoice ADD COLUMN processing BIGINT NOT NULL DEFAULT 0 CHECK (processing IN (0, 1));
-- Of pauses that go on: what was voided, written off or left a draft is theirs.
UPDATE invoice SET by_pause = 1 WHERE status IN ('void', 'uncollectible', 'draft') AND EXISTS (
    SELECT 1 FROM subscription s WHERE s.account_id = invoice.account_id AND s.id = invoice.subscription_id
    AND s.pause_behavior IS NOT NULL);

ALTER TABLE subscription ADD COLUMN paused_by TEXT;
ALTER TABLE subscription ADD COLUMN ended_by TEXT;
ALTER TABLE subscription ADD COLUMN unpaid_since_at BIGINT;
ALTER TABLE subscription ADD COLUMN pending_invoice_id TEXT;
-- A failure of which no event told counted from a time that was kept with the subscription alone.
UPDATE invoice SET failed_at = (SELECT s.past_due_since_at FROM subscription s
    WHERE s.account_id = invoice.account_id AND s.id = invoice.subscription_id)
WHERE status = 'open' AND amount_remaining > 0 AND failed_at IS NULL AND EXISTS (
    SELECT 1 FROM subscription s WHERE s.account_id = invoice.account_id AND s.id = invoice.subscription_id
    AND s.past_due_since_at >= invoice.created_at);

-- NULL until Stripe lists the dispute again.
ALTER TABLE dispute ADD COLUMN charge_amount BIGINT;

-- `lines` and `refunds` as canonical JSON.
CREATE TABLE credit_note (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    invoice_id TEXT NOT NULL,
    status TEXT NOT NULL,
    pre_payment_amount BIGINT NOT NULL,
    post_payment_amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    lines TEXT NOT NULL,
    refunds TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX credit_note_customer ON credit_note (customer_id);

-- A customer that the owner deleted at Stripe, once another took its place there: what was bought before hangs on the
-- former one, and so do its refunds and disputes. Those replaced before this version are known by the requests that made
-- them, and are looked at at once.
CREATE TABLE former_customer (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    stripe_id TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    PRIMARY KEY (account_id, stripe_id)
);
CREATE INDEX former_customer_of ON former_customer (customer_id);
INSERT INTO former_customer (account_id, stripe_id, customer_id)
SELECT made.account_id, made.result_id, customer.id
FROM request made JOIN customer ON customer.id = SUBSTR(made.subject_id, 1, 24) -- the id of a replacement goes on after it
WHERE made.kind = 'customer' AND made.state = 'made' AND made.result_id <> customer.stripe_id;
UPDATE customer SET recheck_at = 0 WHERE id IN (SELECT customer_id FROM former_customer);

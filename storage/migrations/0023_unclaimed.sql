-- Subscriptions at Stripe to plans of ours whose customers are not here, and the code by which a buyer claims one.
-- `stripe_id`: the customer at Stripe. `expires_at` is machine time. `person_id`: who claimed it.
CREATE TABLE unclaimed_subscription (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    subscription_id TEXT NOT NULL,
    stripe_id TEXT NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plan (id),
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    code_hash TEXT UNIQUE,
    expires_at BIGINT,
    person_id TEXT REFERENCES person (id),
    PRIMARY KEY (account_id, subscription_id)
);
CREATE INDEX unclaimed_subscription_plan ON unclaimed_subscription (plan_id);

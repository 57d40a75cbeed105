-- Several payment accounts in one service, and the random id that marks what this installation makes at each.

ALTER TABLE community ADD COLUMN account_id TEXT REFERENCES stripe_account (id);

CREATE TABLE installation (
    sole BIGINT PRIMARY KEY CHECK (sole = 1),
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Stripe's ids are those of an account; a customer is one's.
DROP INDEX checkout_session;
CREATE UNIQUE INDEX checkout_session ON checkout (customer_id, session_id);

-- Several payment accounts in one service, and the random id that marks what this installation makes at each.

ALTER TABLE community ADD COLUMN account_id TEXT REFERENCES stripe_account (id);

CREATE TABLE installation (
    sole BIGINT PRIMARY KEY CHECK (sole = 1),
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Who typed somebody's code and said yes waits here until the maker of the code says yes too. `kind` and `leaving` (an
-- account that would have to go: `platform:user_id`) are what both were shown. `expires_at` is machine time.
CREATE TABLE link_wish (
    id TEXT PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    maker_platform TEXT NOT NULL CHECK (maker_platform IN ('discord', 'telegram')),
    maker_id TEXT NOT NULL,
    asker_platform TEXT NOT NULL CHECK (asker_platform IN ('discord', 'telegram')),
    asker_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    leaving TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    expires_at BIGINT NOT NULL
);
CREATE INDEX link_wish_open ON link_wish (maker_platform, maker_id) WHERE state = 'open';

-- An account was replaced: who left, beside whom it was, who came in its place. Until `until_at` (business time) the
-- account that left can undo it.
CREATE TABLE account_move (
    id TEXT PRIMARY KEY,
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    kept_platform TEXT NOT NULL CHECK (kept_platform IN ('discord', 'telegram')),
    kept_id TEXT NOT NULL,
    came_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'undone')),
    at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX account_move_person ON account_move (person_id);

-- What somebody else uses since such a move, although it was paid with, or given to, the account that left.
ALTER TABLE entitlement ADD COLUMN moved_id TEXT REFERENCES account_move (id);
CREATE INDEX entitlement_moved ON entitlement (moved_id) WHERE moved_id IS NOT NULL;

-- Every account that was ever part of a person who had a subscription of a plan: it gets no trial of it again.
CREATE TABLE plan_had (
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plan (id),
    PRIMARY KEY (platform, user_id, plan_id)
);
INSERT INTO plan_had (platform, user_id, plan_id)
SELECT DISTINCT i.platform, i.user_id, s.plan_id FROM subscription s
JOIN identity i ON i.person_id = s.payer_id OR i.person_id = s.beneficiary_id
WHERE s.plan_id IS NOT NULL;

-- With which card the first trial of a plan began.
CREATE TABLE trial_card (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    fingerprint TEXT NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plan (id),
    subscription_id TEXT NOT NULL,
    PRIMARY KEY (account_id, fingerprint, plan_id)
);

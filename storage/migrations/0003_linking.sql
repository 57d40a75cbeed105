-- One person, two platforms. A merged person's row stays: Stripe's metadata and the person's customers go on naming it,
-- and it lives again should the accounts be unlinked. `merged_into` always names a person who is not merged.
-- `side`: the account by which this person's memberships came, and with which they go.
-- `parted_at` (business time): when an account last left the person.
ALTER TABLE person ADD COLUMN merged_into TEXT REFERENCES person (id);
ALTER TABLE person ADD COLUMN side TEXT CHECK (side IN ('discord', 'telegram'));
ALTER TABLE person ADD COLUMN parted_at BIGINT;
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;

-- When this account last left a person (business time).
ALTER TABLE identity ADD COLUMN parted_at BIGINT;

-- Whose it was before persons were merged: with whom it goes when they part. Set by the merge alone.
ALTER TABLE entitlement ADD COLUMN home_id TEXT REFERENCES person (id);
CREATE INDEX entitlement_payer ON entitlement (payer_id);

-- The account that the access was given to: it, and no other, is where it can be taken.
ALTER TABLE access ADD COLUMN user_id TEXT;
UPDATE access SET user_id = (
    SELECT MIN(i.user_id) FROM identity i JOIN target t ON t.platform = i.platform
    WHERE i.person_id = access.person_id AND t.id = access.target_id
) WHERE applied = 1 OR held_before IS NOT NULL;
CREATE INDEX access_account ON access (target_id, user_id) WHERE user_id IS NOT NULL;

-- One-time codes, hashed. `expires_at` is machine time: a code's life is a limit, not business.
CREATE TABLE code (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('link', 'connect')),
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT NOT NULL,
    place_platform TEXT CHECK (place_platform IN ('discord', 'telegram')),
    place_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'used', 'replaced')),
    expires_at BIGINT NOT NULL,
    CHECK ((kind = 'connect') = (place_platform IS NOT NULL AND place_id IS NOT NULL))
);
CREATE INDEX code_expiring ON code (expires_at);
CREATE INDEX code_open ON code (kind, platform, user_id) WHERE state = 'open';

-- How many codes an account has tried since when (machine time).
CREATE TABLE guess (
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT NOT NULL,
    tried BIGINT NOT NULL,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (platform, user_id)
);

-- A place that is to join another's community, until an admin there has said yes or no.
CREATE TABLE joining (
    id TEXT PRIMARY KEY,
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    place_id TEXT NOT NULL,
    place_name TEXT NOT NULL,
    asker_platform TEXT NOT NULL,
    asker_id TEXT NOT NULL,
    host_platform TEXT NOT NULL CHECK (host_platform IN ('discord', 'telegram')),
    host_place_id TEXT NOT NULL,
    host_asker_platform TEXT NOT NULL,
    host_asker_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    expires_at BIGINT NOT NULL
);
CREATE INDEX joining_open ON joining (host_platform, host_place_id) WHERE state = 'open';

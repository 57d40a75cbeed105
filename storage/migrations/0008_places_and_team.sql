-- A place is served because the owner named it: in the configuration, or by redeeming a code of `guestlist claim`.
ALTER TABLE place ADD COLUMN served BIGINT NOT NULL DEFAULT 1 CHECK (served IN (0, 1));

-- Up to here any admin's first command made a community. Places that sell already are served as before.
UPDATE place SET served = 0
WHERE NOT EXISTS (SELECT 1 FROM plan WHERE plan.community_id = place.community_id);

-- One-time codes of `guestlist claim`, hashed. A Telegram account that types one holds it (`held`) for the chat to
-- which it adds the bot. Times are machine time: the code is made by another process than the one that serves.
CREATE TABLE claim (
    code_hash TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'held', 'redeemed')),
    expires_at BIGINT NOT NULL,
    holder_id TEXT,
    platform TEXT,
    place_id TEXT,
    created_at BIGINT NOT NULL,
    CHECK ((state = 'open') = (holder_id IS NULL)),
    CHECK ((state = 'redeemed') = (place_id IS NOT NULL))
);
CREATE INDEX claim_held ON claim (holder_id) WHERE state = 'held';

-- Who may do what in a community, by account, or by a Discord role that only Administrators can hand out.
-- `suspended_at` (business time): others could hand the role out since then, so it counts for nothing.
CREATE TABLE team (
    community_id TEXT NOT NULL REFERENCES community (id),
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    kind TEXT NOT NULL CHECK (kind IN ('account', 'role')),
    subject_id TEXT NOT NULL,
    place_id TEXT NOT NULL,
    name TEXT NOT NULL,
    rank TEXT NOT NULL CHECK (rank IN ('owner', 'manager', 'support')),
    added_at BIGINT NOT NULL,
    suspended_at BIGINT,
    PRIMARY KEY (community_id, platform, kind, subject_id)
);

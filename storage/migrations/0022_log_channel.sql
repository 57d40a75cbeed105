-- Where a community's team reads what happens to its members. `batch` numbers its messages.
-- `digest_at` (business time) is the moment up to which digests were made; `cause` and `refused_at` (machine time) say
-- why nothing can be written there, since when;
-- it is not tried before `next_at`.
CREATE TABLE log_channel (
    community_id TEXT PRIMARY KEY REFERENCES community (id),
    platform TEXT NOT NULL,
    place_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    digest_at BIGINT NOT NULL,
    cause TEXT,
    refused_at BIGINT,
    next_at BIGINT NOT NULL DEFAULT 0
);

-- A fact, once. `batch`: the message in which it is being said; NULL: it waits; 0: said, dropped, or only counted.
CREATE TABLE log_line (
    key TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES community (id),
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    person_id TEXT,
    amount BIGINT,
    currency TEXT,
    params TEXT NOT NULL,
    batch BIGINT
);
CREATE INDEX log_line_waiting ON log_line (community_id, at) WHERE batch IS NULL OR batch > 0;
CREATE INDEX log_line_at ON log_line (community_id, at);

-- Whether the log knows a member by this entitlement: 1 they are in by it, 2 they left; NULL: it never told of it.
ALTER TABLE entitlement ADD COLUMN logged BIGINT;
CREATE INDEX entitlement_logged ON entitlement (beneficiary_id) WHERE logged IS NOT NULL;

-- Why a platform refuses what is to be done, since when (machine time), and what the contact was told of it.
ALTER TABLE effect ADD COLUMN cause TEXT;
ALTER TABLE effect ADD COLUMN refused_at BIGINT;
-- What is blocked says its cause before a colon.
UPDATE effect SET refused_at = opened_at, cause = CASE
    WHEN last_error LIKE 'hierarchy:%' THEN 'hierarchy' WHEN last_error LIKE 'target_gone:%' THEN 'target_gone'
    WHEN last_error LIKE 'no_access:%' THEN 'no_access' WHEN last_error LIKE 'managed:%' THEN 'managed'
    WHEN last_error LIKE 'chat_no_access:%' THEN 'chat_no_access'
    WHEN last_error LIKE 'chat_no_rights:%' THEN 'chat_no_rights'
    WHEN last_error LIKE 'chat_admin:%' THEN 'chat_admin' WHEN last_error LIKE 'banned:%' THEN 'banned'
    ELSE 'unknown' END
WHERE state = 'blocked';
CREATE INDEX effect_refused ON effect (target_id) WHERE cause IS NOT NULL;

ALTER TABLE notice ADD COLUMN refused_on TEXT;
ALTER TABLE notice ADD COLUMN cause TEXT;
ALTER TABLE notice ADD COLUMN refused_at BIGINT;
CREATE INDEX notice_refused ON notice (refused_on) WHERE cause IS NOT NULL AND state = 'open';

-- `subject` is a target, or empty: the whole place. `opened_at`, `told_at`, `over_at` are business time.
CREATE TABLE alarm (
    id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES community (id),
    platform TEXT NOT NULL,
    place_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    subject TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    probed_at BIGINT NOT NULL,
    over_at BIGINT
);
CREATE UNIQUE INDEX alarm_standing ON alarm (community_id, platform, place_id, cause, subject) WHERE over_at IS NULL;

-- Who asked to come in by our link while they were on the list, until they are in or turned away.
CREATE TABLE join_request (
    platform TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (platform, chat_id, user_id)
);

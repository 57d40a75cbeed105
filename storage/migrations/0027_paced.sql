-- Messages that nobody waits for are sent one by one: see `payments.core.pace`.
ALTER TABLE notice ADD COLUMN paced BIGINT NOT NULL DEFAULT 0;
DROP INDEX notice_open;
CREATE INDEX notice_open ON notice (paced, next_at, created_at) WHERE state = 'open';

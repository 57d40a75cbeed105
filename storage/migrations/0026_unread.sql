-- Messages that a platform did not take: they are read with the person's next command instead.
ALTER TABLE notice ADD COLUMN unread BIGINT NOT NULL DEFAULT 0;
CREATE INDEX notice_unread ON notice (person_id, created_at) WHERE unread = 1 AND state <> 'done';

-- When somebody on Telegram was last seen (business time). Who never used the bot is forgotten by it: names and usernames of
-- people who merely came and went in a chat. Whom it knew before this version counts as seen when it last heard of anybody.
ALTER TABLE telegram_user ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
UPDATE telegram_user SET seen_at = COALESCE(
    (SELECT MAX(received_at) FROM telegram_update), (SELECT MAX(at) FROM audit), 0
);

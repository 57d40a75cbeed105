-- Until when (machine time) a bot's allowance for opening sessions is used.
CREATE TABLE bot_session (
    platform TEXT NOT NULL,
    bot_id TEXT NOT NULL,
    used_until BIGINT NOT NULL,
    PRIMARY KEY (platform, bot_id)
);

-- Every update of Telegram that concerns us, as it came, for some days. `id` is ours: Telegram's own number may begin
-- anew at random after a quiet week. `lane`: whom it is about; those of one lane are handled by their numbers.
CREATE TABLE telegram_update (
    id TEXT PRIMARY KEY,
    update_id BIGINT NOT NULL UNIQUE,
    lane TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL, -- machine time
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT
);
CREATE INDEX telegram_update_open ON telegram_update (update_id) WHERE state = 'open';
CREATE INDEX telegram_update_lane ON telegram_update (lane, update_id) WHERE state = 'open';
CREATE INDEX telegram_update_dead ON telegram_update (id) WHERE state = 'dead';
CREATE INDEX telegram_update_old ON telegram_update (received_at) WHERE state <> 'open';

-- The chats that the bot is in or was in, with what it may do there and the link by which members ask to come in.
CREATE TABLE telegram_chat (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('group', 'supergroup', 'channel')),
    title TEXT NOT NULL,
    can_invite BIGINT NOT NULL CHECK (can_invite IN (0, 1)),
    can_ban BIGINT NOT NULL CHECK (can_ban IN (0, 1)),
    added_by TEXT,
    removed_at BIGINT,
    link TEXT
);

-- Whom we put out of a chat just now: Telegram knows no kick, only a ban that is lifted again. Stored before the ban,
-- so that one of ours is never taken for an admin's, nor left for ever.
CREATE TABLE telegram_kick (
    chat_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);

-- Whom we met: the name by which others mention them, the community they talk about in private, and what is being asked.
CREATE TABLE telegram_user (
    user_id TEXT PRIMARY KEY,
    username TEXT, -- lower case
    name TEXT NOT NULL,
    chat_id TEXT,
    dialogue TEXT,
    dialogue_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX telegram_user_username ON telegram_user (username) WHERE username IS NOT NULL;

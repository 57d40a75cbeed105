-- What grows with features is listed by the code alone: platforms, kinds of things, sources, currencies. A CHECK stays on
-- states, on what is no list, and on what a known kind must have; other kinds are free.
ALTER TABLE community DROP CONSTRAINT community_currency_check,
    ADD CONSTRAINT community_currency CHECK (length(currency) >= 3);
ALTER TABLE place DROP CONSTRAINT place_platform_check;
ALTER TABLE person DROP CONSTRAINT person_side_check;
ALTER TABLE identity DROP CONSTRAINT identity_platform_check;
ALTER TABLE target DROP CONSTRAINT target_platform_check, DROP CONSTRAINT target_kind_check;
ALTER TABLE price DROP CONSTRAINT price_kind_check, DROP CONSTRAINT price_currency_check, DROP CONSTRAINT price_unit_check,
    DROP CONSTRAINT price_check, DROP CONSTRAINT price_check1,
    ADD CONSTRAINT price_currency CHECK (length(currency) >= 3),
    ADD CONSTRAINT price_period CHECK ((unit IS NULL) = (count IS NULL)),
    ADD CONSTRAINT price_by_time CHECK (kind NOT IN ('recurring', 'fixed_time') OR (unit IS NOT NULL AND until_at IS NULL)),
    ADD CONSTRAINT price_for_good CHECK (kind <> 'lifetime' OR (unit IS NULL AND until_at IS NULL)),
    ADD CONSTRAINT price_until CHECK (kind <> 'fixed_date' OR (unit IS NULL AND until_at IS NOT NULL));
ALTER TABLE customer DROP CONSTRAINT customer_currency_check,
    ADD CONSTRAINT customer_currency CHECK (length(currency) >= 3);
ALTER TABLE entitlement DROP CONSTRAINT entitlement_source_check;
ALTER TABLE ledger DROP CONSTRAINT ledger_source_check;
ALTER TABLE code DROP CONSTRAINT code_kind_check, DROP CONSTRAINT code_platform_check,
    DROP CONSTRAINT code_place_platform_check, DROP CONSTRAINT code_check,
    ADD CONSTRAINT code_place CHECK ((place_platform IS NULL) = (place_id IS NULL)),
    ADD CONSTRAINT code_of_place CHECK (kind <> 'connect' OR place_id IS NOT NULL),
    ADD CONSTRAINT code_of_account CHECK (kind <> 'link' OR place_id IS NULL);
ALTER TABLE guess DROP CONSTRAINT guess_platform_check;
ALTER TABLE joining DROP CONSTRAINT joining_platform_check, DROP CONSTRAINT joining_host_platform_check;
ALTER TABLE team DROP CONSTRAINT team_platform_check, DROP CONSTRAINT team_kind_check;
ALTER TABLE link_wish DROP CONSTRAINT link_wish_maker_platform_check, DROP CONSTRAINT link_wish_asker_platform_check;
ALTER TABLE account_move DROP CONSTRAINT account_move_platform_check, DROP CONSTRAINT account_move_kept_platform_check;
ALTER TABLE plan_had DROP CONSTRAINT plan_had_platform_check;

-- What the bot hears, where it is and who it met, of any platform: two platforms may use the same ids. The tables keep
-- the name of the first one.
ALTER TABLE telegram_update ADD COLUMN platform TEXT NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_update DROP CONSTRAINT telegram_update_update_id_key;
-- The platform stands last, as nearly all rows may have the same.
CREATE UNIQUE INDEX telegram_update_number ON telegram_update (update_id, platform);
DROP INDEX telegram_update_lane;
CREATE INDEX telegram_update_lane ON telegram_update (lane, platform, update_id) WHERE state = 'open';

ALTER TABLE telegram_chat ADD COLUMN platform TEXT NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_chat DROP CONSTRAINT telegram_chat_kind_check, DROP CONSTRAINT telegram_chat_pkey,
    ADD PRIMARY KEY (platform, id);

ALTER TABLE telegram_kick ADD COLUMN platform TEXT NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_kick DROP CONSTRAINT telegram_kick_pkey, ADD PRIMARY KEY (platform, chat_id, user_id);

ALTER TABLE telegram_user ADD COLUMN platform TEXT NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_user DROP CONSTRAINT telegram_user_pkey, ADD PRIMARY KEY (platform, user_id);
DROP INDEX telegram_user_username;
CREATE INDEX telegram_user_username ON telegram_user (username, platform) WHERE username IS NOT NULL;
CREATE INDEX telegram_user_looked_at ON telegram_user ((platform || ':' || user_id));

-- A message for all who are in a place. It is for one of both: a person, or a place.
ALTER TABLE notice ADD COLUMN place_platform TEXT;
ALTER TABLE notice ADD COLUMN place_id TEXT;
ALTER TABLE notice ALTER COLUMN person_id DROP NOT NULL,
    ADD CONSTRAINT notice_place CHECK ((place_platform IS NULL) = (place_id IS NULL)),
    ADD CONSTRAINT notice_to_one CHECK ((person_id IS NULL) <> (place_id IS NULL));

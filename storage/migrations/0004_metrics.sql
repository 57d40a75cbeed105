-- When the database's clock showed that something was heard that is not settled, or not delivered yet: how long Guestlist
-- itself takes is told from it. Business time would not do, for it may jump.
ALTER TABLE customer ADD COLUMN heard_at BIGINT;
ALTER TABLE effect ADD COLUMN heard_at BIGINT;

-- What is stuck is counted at each look at the metrics: among the events and effects of years.
CREATE INDEX event_dead ON event (account_id, id) WHERE state = 'dead';
CREATE INDEX effect_stuck ON effect (state) WHERE state = 'waiting' OR state = 'blocked' OR state = 'dead';

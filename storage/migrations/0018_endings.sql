-- What is wanted of a subscription's end, and the bill whose payment was taken back, for which we let it end.
ALTER TABLE subscription ADD COLUMN ending TEXT;
ALTER TABLE subscription ADD COLUMN ending_for TEXT;
ALTER TABLE subscription ADD COLUMN ending_for_at BIGINT;
CREATE INDEX subscription_ending_for ON subscription (ending_for_at) WHERE ending_for_at IS NOT NULL;

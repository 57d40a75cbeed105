-- Whether a payment that takes days opens access before it came in, and whether what was moved here counts as paid.
ALTER TABLE plan ADD COLUMN at_once BIGINT NOT NULL DEFAULT 0 CHECK (at_once IN (0, 1));
ALTER TABLE plan ADD COLUMN moved_paid BIGINT NOT NULL DEFAULT 0 CHECK (moved_paid IN (0, 1));

-- Made by no link of ours.
ALTER TABLE subscription ADD COLUMN moved_here BIGINT NOT NULL DEFAULT 0 CHECK (moved_here IN (0, 1));

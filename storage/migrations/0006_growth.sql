-- The breaker weighs whom we put out lately, at each removal: among the members of years.
CREATE INDEX access_revoked ON access (revoked_at) WHERE revoked_at IS NOT NULL;

-- Who is in a place is compared part by part, in the order of the accounts' ids as numbers.
CREATE INDEX identity_listed ON identity (platform, length(user_id), user_id);

-- Said by values, PostgreSQL knows how few differ. Of «wanted <> applied» it thinks that nearly all do, and reads them all.
DROP INDEX access_drift;
CREATE INDEX access_drift ON access (target_id) WHERE (wanted = 1 AND applied = 0) OR (wanted = 0 AND applied = 1);

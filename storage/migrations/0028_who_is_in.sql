-- The end of an entitlement that our rows told beforehand, since when, and as what: the breaker weighs surprises.
ALTER TABLE entitlement ADD COLUMN end_at BIGINT;
ALTER TABLE entitlement ADD COLUMN end_known_at BIGINT;
ALTER TABLE entitlement ADD COLUMN end_why TEXT;
-- What was bought or given until some day had its end from the beginning; of others nobody knows since when.
UPDATE entitlement SET end_at = access_until, end_known_at = began_at, end_why = reason
WHERE source <> 'subscription' AND access_from IS NOT NULL AND access_until IS NOT NULL;

-- What kind of end it is that an effect carries out; none: one that came by surprise.
ALTER TABLE effect ADD COLUMN ended TEXT;

-- Business time at which the contact was told last that the breaker holds removals back.
ALTER TABLE community ADD COLUMN breaker_told_at BIGINT;

-- Machine time at which we took it from the person, and at which they came back after that.
ALTER TABLE access ADD COLUMN taken_at BIGINT;
ALTER TABLE access ADD COLUMN rejoined_at BIGINT;

-- Who had it before Guestlist: 1: loses it with the membership, 0: keeps it, none: keeps it, and nobody was asked yet.
ALTER TABLE target ADD COLUMN adopted BIGINT;

-- Whether members get their roles before they accept the rules of a server that asks for that.
ALTER TABLE community ADD COLUMN skips_rules BIGINT NOT NULL DEFAULT 0;

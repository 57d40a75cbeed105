-- The owner's word that access is kept although nobody paid a bill that was taken back.
ALTER TABLE invoice ADD COLUMN access_kept BIGINT NOT NULL DEFAULT 0 CHECK (access_kept IN (0, 1));
-- Nobody was asked about what was taken back until now: whoever has access by its subscription keeps it.
UPDATE invoice SET access_kept = 1 WHERE status <> 'open' AND EXISTS (
    SELECT 1 FROM entitlement e WHERE e.source = 'subscription' AND e.account_id = invoice.account_id
    AND e.source_id = invoice.subscription_id AND e.access_from IS NOT NULL
    AND e.reason IN ('paid', 'trialing', 'grace'));

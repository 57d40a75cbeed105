-- A plan may have several prices on sale: one for each way to pay (account, currency, kind, interval or last day). A price
-- that Stripe has not confirmed yet stands beside the one that it replaces, so there is one of each in either state.
DROP INDEX price_current;
-- Of prices that no Stripe object is known of, the newest counts: nobody can have bought at another.
DELETE FROM price WHERE state = 'pending' AND EXISTS (
    SELECT 1 FROM price newer
    WHERE newer.plan_id = price.plan_id AND newer.state = 'pending'
    AND (newer.created_at > price.created_at OR (newer.created_at = price.created_at AND newer.id > price.id))
);
CREATE UNIQUE INDEX price_on_sale ON price (
    plan_id, account_id, currency, kind, (COALESCE(unit, '')), (COALESCE(count, 0)), (COALESCE(until_at, 0)), state
) WHERE state IN ('pending', 'active');
CREATE INDEX price_of_plan ON price (plan_id);

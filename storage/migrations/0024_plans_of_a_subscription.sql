-- A subscription has one entitlement of each plan that it sells, or sold.
CREATE UNIQUE INDEX entitlement_of_source ON entitlement (source, account_id, source_id, plan_id);

-- Bills that were voided by us, with the end of what they were for: nobody is asked whether access is kept.
ALTER TABLE invoice ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));

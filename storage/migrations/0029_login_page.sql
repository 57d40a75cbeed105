-- The address of the portal's login page. NULL: not asked for yet; empty: there is none.
ALTER TABLE stripe_account ADD COLUMN login_url TEXT;

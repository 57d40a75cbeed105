-- Schema 30 as it was released. Never edited: see tests/frozen/__init__.py.
-- 0000
CREATE TABLE schema_version (version BIGINT NOT NULL);
-- 0001
CREATE TABLE community (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    locale TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    grace_ms BIGINT NOT NULL CHECK (grace_ms >= 0),
    contact_id TEXT COLLATE "C",
    breaker_tripped_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE place (
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    external_id TEXT COLLATE "C" NOT NULL,
    community_id TEXT COLLATE "C" NOT NULL REFERENCES community (id),
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (platform, external_id)
);
CREATE TABLE person (
    id TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL DEFAULT 0,
    locale TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE identity (
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (platform, user_id)
);
CREATE INDEX identity_person ON identity (person_id);
CREATE TABLE target (
    id TEXT COLLATE "C" PRIMARY KEY,
    community_id TEXT COLLATE "C" NOT NULL REFERENCES community (id),
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    place_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('role', 'chat')),
    external_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    UNIQUE (platform, place_id, external_id)
);
CREATE TABLE stripe_account (
    id TEXT COLLATE "C" PRIMARY KEY,
    livemode BIGINT NOT NULL CHECK (livemode IN (0, 1)),
    currency TEXT COLLATE "C" NOT NULL,
    portal_configuration_id TEXT COLLATE "C",
    event_cursor_at BIGINT,
    compared_at BIGINT,
    webhook_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE TABLE plan (
    id TEXT COLLATE "C" PRIMARY KEY,
    community_id TEXT COLLATE "C" NOT NULL REFERENCES community (id),
    name TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    name_key TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('active', 'archived')),
    grace_ms BIGINT NOT NULL CHECK (grace_ms >= 0),
    trial_days BIGINT NOT NULL CHECK (trial_days >= 0),
    pause_keeps_access BIGINT NOT NULL CHECK (pause_keeps_access IN (0, 1)),
    refund_ends_access BIGINT NOT NULL CHECK (refund_ends_access IN (0, 1)),
    dispute_ends_access BIGINT NOT NULL CHECK (dispute_ends_access IN (0, 1)),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX plan_name ON plan (community_id, name_key) WHERE state = 'active';
CREATE TABLE plan_target (
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    target_id TEXT COLLATE "C" NOT NULL REFERENCES target (id),
    closed_at BIGINT,
    PRIMARY KEY (plan_id, target_id)
);
CREATE TABLE price (
    id TEXT COLLATE "C" PRIMARY KEY,
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('recurring', 'fixed_time', 'lifetime', 'fixed_date')),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    unit TEXT COLLATE "C" CHECK (unit IN ('day', 'week', 'month', 'year')),
    count BIGINT CHECK (count > 0),
    until_at BIGINT,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'active', 'retired')),
    stripe_product_id TEXT COLLATE "C",
    stripe_price_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CHECK ((kind IN ('recurring', 'fixed_time')) = (unit IS NOT NULL AND count IS NOT NULL)),
    CHECK ((kind = 'fixed_date') = (until_at IS NOT NULL)),
    CHECK (state = 'pending' OR stripe_price_id IS NOT NULL)
);
CREATE UNIQUE INDEX price_current ON price (plan_id) WHERE state = 'active';
CREATE UNIQUE INDEX price_stripe ON price (account_id, stripe_price_id);
CREATE TABLE customer (
    id TEXT COLLATE "C" PRIMARY KEY,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    stripe_id TEXT COLLATE "C",
    email TEXT COLLATE "C",
    mark_seq BIGINT NOT NULL DEFAULT 0,
    settled_seq BIGINT NOT NULL DEFAULT 0,
    parts BIGINT NOT NULL DEFAULT 0,
    claimed_seq BIGINT NOT NULL DEFAULT 0,
    dirty_since_at BIGINT,
    marked_at BIGINT,
    recheck_at BIGINT,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    UNIQUE (person_id, account_id, currency),
    CHECK (settled_seq <= mark_seq)
);
CREATE UNIQUE INDEX customer_stripe ON customer (account_id, stripe_id);
CREATE INDEX customer_dirty ON customer (next_at, dirty_since_at) WHERE settled_seq < mark_seq;
CREATE INDEX customer_recheck ON customer (recheck_at) WHERE recheck_at IS NOT NULL;
CREATE TABLE checkout (
    id TEXT COLLATE "C" PRIMARY KEY,
    payer_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    beneficiary_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    price_id TEXT COLLATE "C" NOT NULL REFERENCES price (id),
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'open', 'complete', 'expired')),
    session_id TEXT COLLATE "C",
    url TEXT COLLATE "C",
    expires_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX checkout_one_open ON checkout (beneficiary_id, plan_id) WHERE state IN ('pending', 'open');
CREATE INDEX checkout_expiring ON checkout (expires_at) WHERE state = 'open';
CREATE UNIQUE INDEX checkout_session ON checkout (session_id);
CREATE TABLE request (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    params TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'made', 'refused', 'needs_email', 'dead')),
    result_id TEXT COLLATE "C",
    key_version BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    person_id TEXT COLLATE "C" REFERENCES person (id),
    UNIQUE (kind, subject_id)
);
CREATE INDEX request_pending ON request (next_at, created_at) WHERE state = 'pending';
CREATE INDEX request_dead ON request (id) WHERE state = 'dead';
CREATE INDEX request_needs_email ON request (person_id) WHERE state = 'needs_email';
CREATE TABLE subscription (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    payer_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    beneficiary_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    plan_id TEXT COLLATE "C" REFERENCES plan (id),
    price_id TEXT COLLATE "C" REFERENCES price (id),
    status TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    unit TEXT COLLATE "C",
    count BIGINT,
    items TEXT COLLATE "C" NOT NULL,
    discounts TEXT COLLATE "C" NOT NULL,
    collection_method TEXT COLLATE "C" NOT NULL,
    pause_behavior TEXT COLLATE "C",
    cancel_at BIGINT,
    trial_end_at BIGINT,
    period_start_at BIGINT,
    period_end_at BIGINT,
    latest_invoice_id TEXT COLLATE "C",
    past_due_since_at BIGINT,
    paid_once BIGINT NOT NULL CHECK (paid_once IN (0, 1)),
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX subscription_customer ON subscription (customer_id);
CREATE INDEX subscription_payer ON subscription (payer_id);
CREATE INDEX subscription_beneficiary ON subscription (beneficiary_id);
CREATE TABLE purchase (
    id TEXT COLLATE "C" PRIMARY KEY,
    checkout_id TEXT COLLATE "C" NOT NULL REFERENCES checkout (id),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    payer_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    beneficiary_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    price_id TEXT COLLATE "C" NOT NULL REFERENCES price (id),
    amount BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'paid')),
    invoice_id TEXT COLLATE "C",
    paid_at BIGINT,
    created_at BIGINT NOT NULL,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
CREATE INDEX purchase_customer ON purchase (customer_id);
CREATE INDEX purchase_payer ON purchase (payer_id);
CREATE INDEX purchase_beneficiary ON purchase (beneficiary_id);
CREATE TABLE invoice (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    subscription_id TEXT COLLATE "C",
    purchase_id TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    description TEXT COLLATE "C",
    billing_reason TEXT COLLATE "C",
    currency TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL,
    amount_paid BIGINT NOT NULL,
    amount_remaining BIGINT NOT NULL,
    period_start_at BIGINT,
    period_end_at BIGINT,
    due_at BIGINT,
    finalized_at BIGINT,
    paid_at BIGINT,
    failed_at BIGINT,
    hosted_url TEXT COLLATE "C",
    pdf_url TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX invoice_customer ON invoice (customer_id, created_at);
CREATE TABLE refund (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    charge_id TEXT COLLATE "C" NOT NULL,
    invoice_id TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    charge_amount BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX refund_customer ON refund (customer_id);
CREATE TABLE dispute (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    charge_id TEXT COLLATE "C" NOT NULL,
    invoice_id TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX dispute_customer ON dispute (customer_id);
CREATE TABLE entitlement (
    id TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('subscription', 'purchase', 'comp', 'trial')),
    source_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" REFERENCES stripe_account (id),
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    payer_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    beneficiary_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    began_at BIGINT NOT NULL,
    access_from BIGINT,
    access_until BIGINT,
    reason TEXT COLLATE "C" NOT NULL
);
CREATE INDEX entitlement_beneficiary ON entitlement (beneficiary_id);
CREATE INDEX entitlement_plan ON entitlement (plan_id);
CREATE TABLE access (
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    target_id TEXT COLLATE "C" NOT NULL REFERENCES target (id),
    wanted BIGINT NOT NULL CHECK (wanted IN (0, 1)),
    applied BIGINT NOT NULL CHECK (applied IN (0, 1)),
    held_before BIGINT CHECK (held_before IN (0, 1)),
    entitlement_id TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    wanted_at BIGINT NOT NULL,
    applied_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (person_id, target_id)
);
CREATE INDEX access_drift ON access (target_id) WHERE wanted <> applied;
CREATE INDEX access_target ON access (target_id, applied);
CREATE TABLE effect (
    person_id TEXT COLLATE "C" NOT NULL,
    target_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'waiting', 'blocked', 'done', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C",
    told_at BIGINT,
    breaker_passed BIGINT NOT NULL DEFAULT 0 CHECK (breaker_passed IN (0, 1)),
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, target_id),
    FOREIGN KEY (person_id, target_id) REFERENCES access (person_id, target_id)
);
CREATE INDEX effect_open ON effect (next_at) WHERE state = 'open';
CREATE TABLE notice (
    key TEXT COLLATE "C" PRIMARY KEY,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    kind TEXT COLLATE "C" NOT NULL,
    params TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);
CREATE INDEX notice_open ON notice (next_at, created_at) WHERE state = 'open';
CREATE INDEX notice_dead ON notice (key) WHERE state = 'dead';
CREATE TABLE event (
    account_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    object_id TEXT COLLATE "C",
    stripe_customer_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('marked', 'unresolved', 'settled', 'foreign', 'noted', 'dead')),
    mark_seq BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C",
    PRIMARY KEY (account_id, id)
);
CREATE INDEX event_unresolved ON event (next_at, received_at) WHERE state = 'unresolved';
CREATE INDEX event_marked ON event (account_id, stripe_customer_id) WHERE state = 'marked';
CREATE INDEX event_object ON event (account_id, object_id, type);
CREATE TABLE ledger (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('subscription', 'purchase', 'refund', 'dispute')),
    source_id TEXT COLLATE "C" NOT NULL,
    plan_id TEXT COLLATE "C",
    status_before TEXT COLLATE "C",
    status_after TEXT COLLATE "C" NOT NULL,
    items_before TEXT COLLATE "C",
    items_after TEXT COLLATE "C",
    quantity_before BIGINT,
    quantity_after BIGINT,
    amount_before BIGINT,
    amount_after BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    interval_before TEXT COLLATE "C",
    interval_after TEXT COLLATE "C",
    discounts_before TEXT COLLATE "C",
    discounts_after TEXT COLLATE "C",
    stripe_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX ledger_source ON ledger (account_id, source, source_id, recorded_at);
CREATE TABLE audit (
    id TEXT COLLATE "C" PRIMARY KEY,
    at BIGINT NOT NULL,
    community_id TEXT COLLATE "C",
    person_id TEXT COLLATE "C",
    target_id TEXT COLLATE "C",
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_person ON audit (person_id, at);
CREATE TABLE lease (
    name TEXT COLLATE "C" PRIMARY KEY,
    token TEXT COLLATE "C" NOT NULL,
    until_at BIGINT NOT NULL
);
-- 0002
CREATE TABLE telegram_update (
    id TEXT COLLATE "C" PRIMARY KEY,
    update_id BIGINT NOT NULL UNIQUE,
    lane TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT COLLATE "C",
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C"
);
CREATE INDEX telegram_update_open ON telegram_update (update_id) WHERE state = 'open';
CREATE INDEX telegram_update_lane ON telegram_update (lane, update_id) WHERE state = 'open';
CREATE INDEX telegram_update_dead ON telegram_update (id) WHERE state = 'dead';
CREATE INDEX telegram_update_old ON telegram_update (received_at) WHERE state <> 'open';
CREATE TABLE telegram_chat (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('group', 'supergroup', 'channel')),
    title TEXT COLLATE "C" NOT NULL,
    can_invite BIGINT NOT NULL CHECK (can_invite IN (0, 1)),
    can_ban BIGINT NOT NULL CHECK (can_ban IN (0, 1)),
    added_by TEXT COLLATE "C",
    removed_at BIGINT,
    link TEXT COLLATE "C"
);
CREATE TABLE telegram_kick (
    chat_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    began_at BIGINT NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);
CREATE TABLE telegram_user (
    user_id TEXT COLLATE "C" PRIMARY KEY,
    username TEXT COLLATE "C",
    name TEXT COLLATE "C" NOT NULL,
    chat_id TEXT COLLATE "C",
    dialogue TEXT COLLATE "C",
    dialogue_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX telegram_user_username ON telegram_user (username) WHERE username IS NOT NULL;
-- 0003
ALTER TABLE person ADD COLUMN merged_into TEXT COLLATE "C" REFERENCES person (id);
ALTER TABLE person ADD COLUMN side TEXT COLLATE "C" CHECK (side IN ('discord', 'telegram'));
ALTER TABLE person ADD COLUMN parted_at BIGINT;
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE identity ADD COLUMN parted_at BIGINT;
ALTER TABLE entitlement ADD COLUMN home_id TEXT COLLATE "C" REFERENCES person (id);
CREATE INDEX entitlement_payer ON entitlement (payer_id);
ALTER TABLE access ADD COLUMN user_id TEXT COLLATE "C";
UPDATE access SET user_id = (
    SELECT MIN(i.user_id) FROM identity i JOIN target t ON t.platform = i.platform
    WHERE i.person_id = access.person_id AND t.id = access.target_id
) WHERE applied = 1 OR held_before IS NOT NULL;
CREATE INDEX access_account ON access (target_id, user_id) WHERE user_id IS NOT NULL;
CREATE TABLE code (
    hash TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('link', 'connect')),
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT COLLATE "C" NOT NULL,
    place_platform TEXT COLLATE "C" CHECK (place_platform IN ('discord', 'telegram')),
    place_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'used', 'replaced')),
    expires_at BIGINT NOT NULL,
    CHECK ((kind = 'connect') = (place_platform IS NOT NULL AND place_id IS NOT NULL))
);
CREATE INDEX code_expiring ON code (expires_at);
CREATE INDEX code_open ON code (kind, platform, user_id) WHERE state = 'open';
CREATE TABLE guess (
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT COLLATE "C" NOT NULL,
    tried BIGINT NOT NULL,
    since_at BIGINT NOT NULL,
    PRIMARY KEY (platform, user_id)
);
CREATE TABLE joining (
    id TEXT COLLATE "C" PRIMARY KEY,
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    place_id TEXT COLLATE "C" NOT NULL,
    place_name TEXT COLLATE "C" NOT NULL,
    asker_platform TEXT COLLATE "C" NOT NULL,
    asker_id TEXT COLLATE "C" NOT NULL,
    host_platform TEXT COLLATE "C" NOT NULL CHECK (host_platform IN ('discord', 'telegram')),
    host_place_id TEXT COLLATE "C" NOT NULL,
    host_asker_platform TEXT COLLATE "C" NOT NULL,
    host_asker_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    expires_at BIGINT NOT NULL
);
CREATE INDEX joining_open ON joining (host_platform, host_place_id) WHERE state = 'open';
-- 0004
ALTER TABLE customer ADD COLUMN heard_at BIGINT;
ALTER TABLE effect ADD COLUMN heard_at BIGINT;
CREATE INDEX event_dead ON event (account_id, id) WHERE state = 'dead';
CREATE INDEX effect_stuck ON effect (state) WHERE state = 'waiting' OR state = 'blocked' OR state = 'dead';
-- 0005
ALTER TABLE community ADD COLUMN icon TEXT COLLATE "C";
ALTER TABLE community ADD COLUMN color TEXT COLLATE "C";
CREATE INDEX request_person ON request (person_id, created_at) WHERE person_id IS NOT NULL;
-- 0006
CREATE INDEX access_revoked ON access (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX identity_listed ON identity (platform, length(user_id), user_id);
DROP INDEX access_drift;
CREATE INDEX access_drift ON access (target_id) WHERE (wanted = 1 AND applied = 0) OR (wanted = 0 AND applied = 1);
-- 0007
DROP INDEX customer_dirty;
CREATE INDEX customer_dirty ON customer (dirty_since_at, next_at) WHERE settled_seq < mark_seq;
-- 0008
ALTER TABLE place ADD COLUMN served BIGINT NOT NULL DEFAULT 1 CHECK (served IN (0, 1));
UPDATE place SET served = 0
WHERE NOT EXISTS (SELECT 1 FROM plan WHERE plan.community_id = place.community_id);
CREATE TABLE claim (
    code_hash TEXT COLLATE "C" PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'held', 'redeemed')),
    expires_at BIGINT NOT NULL,
    holder_id TEXT COLLATE "C",
    platform TEXT COLLATE "C",
    place_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CHECK ((state = 'open') = (holder_id IS NULL)),
    CHECK ((state = 'redeemed') = (place_id IS NOT NULL))
);
CREATE INDEX claim_held ON claim (holder_id) WHERE state = 'held';
CREATE TABLE team (
    community_id TEXT COLLATE "C" NOT NULL REFERENCES community (id),
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('account', 'role')),
    subject_id TEXT COLLATE "C" NOT NULL,
    place_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    rank TEXT COLLATE "C" NOT NULL CHECK (rank IN ('owner', 'manager', 'support')),
    added_at BIGINT NOT NULL,
    suspended_at BIGINT,
    PRIMARY KEY (community_id, platform, kind, subject_id)
);
-- 0009
CREATE TABLE link_wish (
    id TEXT COLLATE "C" PRIMARY KEY,
    code_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    maker_platform TEXT COLLATE "C" NOT NULL CHECK (maker_platform IN ('discord', 'telegram')),
    maker_id TEXT COLLATE "C" NOT NULL,
    asker_platform TEXT COLLATE "C" NOT NULL CHECK (asker_platform IN ('discord', 'telegram')),
    asker_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    leaving TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    expires_at BIGINT NOT NULL
);
CREATE INDEX link_wish_open ON link_wish (maker_platform, maker_id) WHERE state = 'open';
CREATE TABLE account_move (
    id TEXT COLLATE "C" PRIMARY KEY,
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    kept_platform TEXT COLLATE "C" NOT NULL CHECK (kept_platform IN ('discord', 'telegram')),
    kept_id TEXT COLLATE "C" NOT NULL,
    came_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'undone')),
    at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX account_move_person ON account_move (person_id);
ALTER TABLE entitlement ADD COLUMN moved_id TEXT COLLATE "C" REFERENCES account_move (id);
CREATE INDEX entitlement_moved ON entitlement (moved_id) WHERE moved_id IS NOT NULL;
CREATE TABLE plan_had (
    platform TEXT COLLATE "C" NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT COLLATE "C" NOT NULL,
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    PRIMARY KEY (platform, user_id, plan_id)
);
INSERT INTO plan_had (platform, user_id, plan_id)
SELECT DISTINCT i.platform, i.user_id, s.plan_id FROM subscription s
JOIN identity i ON i.person_id = s.payer_id OR i.person_id = s.beneficiary_id
WHERE s.plan_id IS NOT NULL;
CREATE TABLE trial_card (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    fingerprint TEXT COLLATE "C" NOT NULL,
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    subscription_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, fingerprint, plan_id)
);
-- 0010
ALTER TABLE audit ADD COLUMN changes TEXT COLLATE "C";
CREATE INDEX audit_acts ON audit (community_id, at, id) WHERE actor <> 'guestlist';
CREATE INDEX request_bill ON request (result_id) WHERE kind = 'bill';
-- 0011
ALTER TABLE telegram_user ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
UPDATE telegram_user SET seen_at = COALESCE(
    (SELECT MAX(received_at) FROM telegram_update), (SELECT MAX(at) FROM audit), 0
);
-- 0012
CREATE TABLE former_customer (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    stripe_id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    PRIMARY KEY (account_id, stripe_id)
);
CREATE INDEX former_customer_of ON former_customer (customer_id);
INSERT INTO former_customer (account_id, stripe_id, customer_id)
SELECT made.account_id, made.result_id, customer.id
FROM request made JOIN customer ON customer.id = SUBSTR(made.subject_id, 1, 24)
WHERE made.kind = 'customer' AND made.state = 'made' AND made.result_id <> customer.stripe_id;
UPDATE customer SET recheck_at = 0 WHERE id IN (SELECT customer_id FROM former_customer);
-- 0013
ALTER TABLE community ADD COLUMN account_id TEXT COLLATE "C" REFERENCES stripe_account (id);
CREATE TABLE installation (
    sole BIGINT PRIMARY KEY CHECK (sole = 1),
    id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
DROP INDEX checkout_session;
CREATE UNIQUE INDEX checkout_session ON checkout (customer_id, session_id);
-- 0014
DROP INDEX price_current;
DELETE FROM price WHERE state = 'pending' AND EXISTS (
    SELECT 1 FROM price newer
    WHERE newer.plan_id = price.plan_id AND newer.state = 'pending'
    AND (newer.created_at > price.created_at OR (newer.created_at = price.created_at AND newer.id > price.id))
);
CREATE UNIQUE INDEX price_on_sale ON price (
    plan_id, account_id, currency, kind, (COALESCE(unit, '')), (COALESCE(count, 0)), (COALESCE(until_at, 0)), state
) WHERE state IN ('pending', 'active');
CREATE INDEX price_of_plan ON price (plan_id);
-- 0015
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
ALTER TABLE telegram_update ADD COLUMN platform TEXT COLLATE "C" NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_update DROP CONSTRAINT telegram_update_update_id_key;
CREATE UNIQUE INDEX telegram_update_number ON telegram_update (update_id, platform);
DROP INDEX telegram_update_lane;
CREATE INDEX telegram_update_lane ON telegram_update (lane, platform, update_id) WHERE state = 'open';
ALTER TABLE telegram_chat ADD COLUMN platform TEXT COLLATE "C" NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_chat DROP CONSTRAINT telegram_chat_kind_check, DROP CONSTRAINT telegram_chat_pkey,
    ADD PRIMARY KEY (platform, id);
ALTER TABLE telegram_kick ADD COLUMN platform TEXT COLLATE "C" NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_kick DROP CONSTRAINT telegram_kick_pkey, ADD PRIMARY KEY (platform, chat_id, user_id);
ALTER TABLE telegram_user ADD COLUMN platform TEXT COLLATE "C" NOT NULL DEFAULT 'telegram';
ALTER TABLE telegram_user DROP CONSTRAINT telegram_user_pkey, ADD PRIMARY KEY (platform, user_id);
DROP INDEX telegram_user_username;
CREATE INDEX telegram_user_username ON telegram_user (username, platform) WHERE username IS NOT NULL;
CREATE INDEX telegram_user_looked_at ON telegram_user ((platform || ':' || user_id));
ALTER TABLE notice ADD COLUMN place_platform TEXT COLLATE "C";
ALTER TABLE notice ADD COLUMN place_id TEXT COLLATE "C";
ALTER TABLE notice ALTER COLUMN person_id DROP NOT NULL,
    ADD CONSTRAINT notice_place CHECK ((place_platform IS NULL) = (place_id IS NULL)),
    ADD CONSTRAINT notice_to_one CHECK ((person_id IS NULL) <> (place_id IS NULL));
-- 0016
ALTER TABLE invoice ADD COLUMN lines TEXT COLLATE "C";
ALTER TABLE ledger ADD COLUMN unit_amount_before BIGINT;
ALTER TABLE ledger ADD COLUMN unit_amount_after BIGINT;
ALTER TABLE ledger ADD COLUMN total_before BIGINT;
ALTER TABLE ledger ADD COLUMN total_after BIGINT;
UPDATE ledger SET unit_amount_before = amount_before, unit_amount_after = amount_after WHERE source = 'subscription';
UPDATE ledger SET total_before = amount_before, total_after = amount_after WHERE source <> 'subscription';
CREATE INDEX price_product ON price (account_id, stripe_product_id);
-- 0017
ALTER TABLE invoice ADD COLUMN balance_applied BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoice ADD COLUMN auto_advance BIGINT NOT NULL DEFAULT 1 CHECK (auto_advance IN (0, 1));
ALTER TABLE invoice ADD COLUMN ended_at BIGINT;
ALTER TABLE invoice ADD COLUMN by_pause BIGINT NOT NULL DEFAULT 0 CHECK (by_pause IN (0, 1));
ALTER TABLE invoice ADD COLUMN processing BIGINT NOT NULL DEFAULT 0 CHECK (processing IN (0, 1));
UPDATE invoice SET by_pause = 1 WHERE status IN ('void', 'uncollectible', 'draft') AND EXISTS (
    SELECT 1 FROM subscription s WHERE s.account_id = invoice.account_id AND s.id = invoice.subscription_id
    AND s.pause_behavior IS NOT NULL);
ALTER TABLE subscription ADD COLUMN paused_by TEXT COLLATE "C";
ALTER TABLE subscription ADD COLUMN ended_by TEXT COLLATE "C";
ALTER TABLE subscription ADD COLUMN unpaid_since_at BIGINT;
ALTER TABLE subscription ADD COLUMN pending_invoice_id TEXT COLLATE "C";
UPDATE invoice SET failed_at = (SELECT s.past_due_since_at FROM subscription s
    WHERE s.account_id = invoice.account_id AND s.id = invoice.subscription_id)
WHERE status = 'open' AND amount_remaining > 0 AND failed_at IS NULL AND EXISTS (
    SELECT 1 FROM subscription s WHERE s.account_id = invoice.account_id AND s.id = invoice.subscription_id
    AND s.past_due_since_at >= invoice.created_at);
ALTER TABLE dispute ADD COLUMN charge_amount BIGINT;
CREATE TABLE credit_note (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    id TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL REFERENCES customer (id),
    invoice_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    pre_payment_amount BIGINT NOT NULL,
    post_payment_amount BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    lines TEXT COLLATE "C" NOT NULL,
    refunds TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX credit_note_customer ON credit_note (customer_id);
-- 0018
ALTER TABLE subscription ADD COLUMN ending TEXT COLLATE "C";
ALTER TABLE subscription ADD COLUMN ending_for TEXT COLLATE "C";
ALTER TABLE subscription ADD COLUMN ending_for_at BIGINT;
CREATE INDEX subscription_ending_for ON subscription (ending_for_at) WHERE ending_for_at IS NOT NULL;
-- 0019
ALTER TABLE target ADD COLUMN fault TEXT COLLATE "C";
ALTER TABLE target ADD COLUMN fault_detail TEXT COLLATE "C";
ALTER TABLE target ADD COLUMN fault_at BIGINT;
ALTER TABLE target ADD COLUMN fault_told_at BIGINT;
-- 0020
ALTER TABLE invoice ADD COLUMN access_kept BIGINT NOT NULL DEFAULT 0 CHECK (access_kept IN (0, 1));
UPDATE invoice SET access_kept = 1 WHERE status <> 'open' AND EXISTS (
    SELECT 1 FROM entitlement e WHERE e.source = 'subscription' AND e.account_id = invoice.account_id
    AND e.source_id = invoice.subscription_id AND e.access_from IS NOT NULL
    AND e.reason IN ('paid', 'trialing', 'grace'));
-- 0021
ALTER TABLE effect ADD COLUMN cause TEXT COLLATE "C";
ALTER TABLE effect ADD COLUMN refused_at BIGINT;
UPDATE effect SET refused_at = opened_at, cause = CASE
    WHEN last_error LIKE 'hierarchy:%' THEN 'hierarchy' WHEN last_error LIKE 'target_gone:%' THEN 'target_gone'
    WHEN last_error LIKE 'no_access:%' THEN 'no_access' WHEN last_error LIKE 'managed:%' THEN 'managed'
    WHEN last_error LIKE 'chat_no_access:%' THEN 'chat_no_access'
    WHEN last_error LIKE 'chat_no_rights:%' THEN 'chat_no_rights'
    WHEN last_error LIKE 'chat_admin:%' THEN 'chat_admin' WHEN last_error LIKE 'banned:%' THEN 'banned'
    ELSE 'unknown' END
WHERE state = 'blocked';
CREATE INDEX effect_refused ON effect (target_id) WHERE cause IS NOT NULL;
ALTER TABLE notice ADD COLUMN refused_on TEXT COLLATE "C";
ALTER TABLE notice ADD COLUMN cause TEXT COLLATE "C";
ALTER TABLE notice ADD COLUMN refused_at BIGINT;
CREATE INDEX notice_refused ON notice (refused_on) WHERE cause IS NOT NULL AND state = 'open';
CREATE TABLE alarm (
    id TEXT COLLATE "C" PRIMARY KEY,
    community_id TEXT COLLATE "C" NOT NULL REFERENCES community (id),
    platform TEXT COLLATE "C" NOT NULL,
    place_id TEXT COLLATE "C" NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    probed_at BIGINT NOT NULL,
    over_at BIGINT
);
CREATE UNIQUE INDEX alarm_standing ON alarm (community_id, platform, place_id, cause, subject) WHERE over_at IS NULL;
CREATE TABLE join_request (
    platform TEXT COLLATE "C" NOT NULL,
    chat_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (platform, chat_id, user_id)
);
-- 0022
CREATE TABLE log_channel (
    community_id TEXT COLLATE "C" PRIMARY KEY REFERENCES community (id),
    platform TEXT COLLATE "C" NOT NULL,
    place_id TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    since_at BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    digest_at BIGINT NOT NULL,
    cause TEXT COLLATE "C",
    refused_at BIGINT,
    next_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE log_line (
    key TEXT COLLATE "C" PRIMARY KEY,
    community_id TEXT COLLATE "C" NOT NULL REFERENCES community (id),
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C",
    amount BIGINT,
    currency TEXT COLLATE "C",
    params TEXT COLLATE "C" NOT NULL,
    batch BIGINT
);
CREATE INDEX log_line_waiting ON log_line (community_id, at) WHERE batch IS NULL OR batch > 0;
CREATE INDEX log_line_at ON log_line (community_id, at);
ALTER TABLE entitlement ADD COLUMN logged BIGINT;
CREATE INDEX entitlement_logged ON entitlement (beneficiary_id) WHERE logged IS NOT NULL;
-- 0023
CREATE TABLE unclaimed_subscription (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES stripe_account (id),
    subscription_id TEXT COLLATE "C" NOT NULL,
    stripe_id TEXT COLLATE "C" NOT NULL,
    plan_id TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    code_hash TEXT COLLATE "C" UNIQUE,
    expires_at BIGINT,
    person_id TEXT COLLATE "C" REFERENCES person (id),
    PRIMARY KEY (account_id, subscription_id)
);
CREATE INDEX unclaimed_subscription_plan ON unclaimed_subscription (plan_id);
-- 0024
CREATE UNIQUE INDEX entitlement_of_source ON entitlement (source, account_id, source_id, plan_id);
ALTER TABLE invoice ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));
-- 0025
ALTER TABLE plan ADD COLUMN at_once BIGINT NOT NULL DEFAULT 0 CHECK (at_once IN (0, 1));
ALTER TABLE plan ADD COLUMN moved_paid BIGINT NOT NULL DEFAULT 0 CHECK (moved_paid IN (0, 1));
ALTER TABLE subscription ADD COLUMN moved_here BIGINT NOT NULL DEFAULT 0 CHECK (moved_here IN (0, 1));
-- 0026
ALTER TABLE notice ADD COLUMN unread BIGINT NOT NULL DEFAULT 0;
CREATE INDEX notice_unread ON notice (person_id, created_at) WHERE unread = 1 AND state <> 'done';
-- 0027
ALTER TABLE notice ADD COLUMN paced BIGINT NOT NULL DEFAULT 0;
DROP INDEX notice_open;
CREATE INDEX notice_open ON notice (paced, next_at, created_at) WHERE state = 'open';
-- 0028
ALTER TABLE entitlement ADD COLUMN end_at BIGINT;
ALTER TABLE entitlement ADD COLUMN end_known_at BIGINT;
ALTER TABLE entitlement ADD COLUMN end_why TEXT COLLATE "C";
UPDATE entitlement SET end_at = access_until, end_known_at = began_at, end_why = reason
WHERE source <> 'subscription' AND access_from IS NOT NULL AND access_until IS NOT NULL;
ALTER TABLE effect ADD COLUMN ended TEXT COLLATE "C";
ALTER TABLE community ADD COLUMN breaker_told_at BIGINT;
ALTER TABLE access ADD COLUMN taken_at BIGINT;
ALTER TABLE access ADD COLUMN rejoined_at BIGINT;
ALTER TABLE target ADD COLUMN adopted BIGINT;
ALTER TABLE community ADD COLUMN skips_rules BIGINT NOT NULL DEFAULT 0;
-- 0029
ALTER TABLE stripe_account ADD COLUMN login_url TEXT COLLATE "C";
-- 0030
CREATE TABLE bot_session (
    platform TEXT COLLATE "C" NOT NULL,
    bot_id TEXT COLLATE "C" NOT NULL,
    used_until BIGINT NOT NULL,
    PRIMARY KEY (platform, bot_id)
);
-- rows
INSERT INTO access (person_id, target_id, wanted, applied, held_before, entitlement_id, reason, wanted_at, applied_at, revoked_at, user_id, taken_at, rejoined_at) VALUES
('prs_ann', 'tgt_lounge', 1, 1, 0, 'ent_subscription_acct_1_sub_ann', 'paid', 1763856000000, 1763856000000, NULL, 'tg-tina', NULL, NULL),
('prs_ann', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_ann', 'paid', 1763856000000, 1763856000000, NULL, 'user-ann', NULL, NULL),
('prs_bruno', 'tgt_patron', 1, 0, 0, 'ent_comp_acct_1_cmp_d49fa8591e6e11c375bb', 'comp', 1763856000000, NULL, NULL, 'user-bruno', NULL, NULL),
('prs_carl', 'tgt_bar', 0, 0, NULL, 'ent_subscription_acct_1_sub_carl', 'canceled', 1763856000000, NULL, 1763856000000, NULL, 1763856000000, NULL),
('prs_cid', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_cid', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_cid', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_cid', 'paid', 1763856000000, 1763856000000, NULL, 'user-cid', NULL, NULL),
('prs_cleo', 'tgt_lounge', 0, 0, NULL, 'ent_comp_acct_1_cmp_85aaa2a05f554a996548', 'ended', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_cleo', 'tgt_vip', 0, 0, NULL, 'ent_comp_acct_1_cmp_85aaa2a05f554a996548', 'ended', 1763856000000, NULL, 1763856000000, NULL, 1763856000000, NULL),
('prs_cora', 'tgt_patron', 0, 0, 0, 'ent_comp_acct_1_cmp_8b8807cd4a45578b6e22', 'expired', 1766188800000, NULL, NULL, 'user-cora', NULL, NULL),
('prs_dag', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_dag', 'paid', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_dag', 'tgt_vip', 1, 0, NULL, 'ent_subscription_acct_1_sub_dag', 'paid', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_dan', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_dan', 'paid', 1766275200000, NULL, NULL, NULL, NULL, NULL),
('prs_dan', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_dan', 'paid', 1766275200000, 1766275200000, NULL, 'user-dan', NULL, NULL),
('prs_dave', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_dave', 'disputed', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_dave', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_dave', 'disputed', 1763942400000, NULL, 1763942400000, NULL, 1763942400000, NULL),
('prs_dean', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_dean', 'paid', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_dean', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_dean', 'paid', 1763942400000, 1763942400000, NULL, 'user-dean', NULL, NULL),
('prs_dina', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_dina', 'disputed', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_dina', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_dina', 'disputed', 1763942400000, NULL, 1763942400000, NULL, 1763942400000, NULL),
('prs_dirk', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_dirk', 'disputed', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_dirk', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_dirk', 'disputed', 1763942400000, NULL, 1763942400000, NULL, 1763942400000, NULL),
('prs_dora', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_dora', 'paid', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_dora', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_dora', 'paid', 1763942400000, 1763942400000, NULL, 'user-dora', NULL, NULL),
('prs_dot', 'tgt_lounge', 0, 0, NULL, NULL, NULL, 1766275200000, NULL, 1766275200000, NULL, 1766275200000, NULL),
('prs_ella', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_ella', 'paid', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_ella', 'tgt_vip', 1, 0, NULL, 'ent_subscription_acct_1_sub_ella', 'paid', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_emil', 'tgt_diver', 1, 1, 0, 'ent_subscription_acct_1_sub_emil', 'paid', 1763856000000, 1763856000000, NULL, 'user-emil', NULL, NULL),
('prs_emil', 'tgt_grotto', 1, 0, NULL, 'ent_subscription_acct_1_sub_emil', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_frank', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_frank', 'canceled', 1766188800000, NULL, NULL, NULL, NULL, NULL),
('prs_frank', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_frank', 'canceled', 1766188800000, NULL, 1766188800000, NULL, 1766188800000, NULL),
('prs_fred', 'tgt_vip', 1, 1, 0, 'ent_purchase_acct_1_pur_61553812fb6d4a2ceb9f', 'paid', 1763942400000, 1763942400000, NULL, 'user-fred', NULL, NULL),
('prs_hugo', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_hugo', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_hugo', 'tgt_vip', 1, 1, 1, 'ent_subscription_acct_1_sub_hugo', 'paid', 1763856000000, 1763856000000, NULL, 'user-hugo', NULL, NULL),
('prs_kat', 'tgt_lounge', 1, 1, 0, 'ent_subscription_acct_1_sub_kim', 'paid', 1766275200000, 1766275200000, NULL, 'tg-kat', NULL, NULL),
('prs_kat', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_kim', 'paid', 1766275200000, 1766275200000, NULL, 'user-kit', NULL, NULL),
('prs_leni', 'tgt_bar', 1, 1, 0, 'ent_subscription_acct_1_sub_lea', 'paid', 1766275200000, 1766275200000, NULL, 'user-lea', NULL, NULL),
('prs_leni', 'tgt_lounge', 1, 1, 0, 'ent_subscription_acct_1_sub_leni', 'paid', 1766275200000, 1766275200000, NULL, 'tg-leni', NULL, NULL),
('prs_leni', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_leni', 'paid', 1766275200000, 1766275200000, NULL, 'user-lea', NULL, NULL),
('prs_leo', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_leo', 'paid', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_leo', 'tgt_vip', 1, 0, NULL, 'ent_subscription_acct_1_sub_leo', 'paid', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_max', 'tgt_diver', 0, 1, 0, 'ent_subscription_acct_1_sub_max', 'canceled', 1766278800000, 1763856000000, NULL, 'user-max', NULL, NULL),
('prs_max', 'tgt_grotto', 0, 0, NULL, 'ent_subscription_acct_1_sub_max', 'canceled', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_mia', 'tgt_lounge', 1, 1, 0, 'ent_subscription_acct_1_sub_mia', 'paid', 1766275200000, 1766275200000, NULL, 'tg-mona2', NULL, NULL),
('prs_mia', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_mia', 'paid', 1766275200000, 1766275200000, NULL, 'user-mia', NULL, NULL),
('prs_moira', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_moira', 'changed', 1766188800000, NULL, NULL, NULL, NULL, NULL),
('prs_moira', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_moira', 'changed', 1766188800000, NULL, 1766188800000, NULL, 1766188800000, NULL),
('prs_moll', 'tgt_diver', 0, 1, 0, 'ent_subscription_acct_1_sub_moll', 'canceled', 1766278800000, 1763856000000, NULL, 'user-moll', NULL, NULL),
('prs_moll', 'tgt_grotto', 0, 0, NULL, 'ent_subscription_acct_1_sub_moll', 'canceled', 1766278800000, NULL, NULL, NULL, NULL, NULL),
('prs_nan', 'tgt_lounge', 1, 1, 0, 'ent_subscription_acct_1_sub_nan', 'paid', 1766278800000, 1766278800000, NULL, 'tg-ned', NULL, NULL),
('prs_nan', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_nan', 'paid', 1766278800000, 1766278800000, NULL, 'user-nan', NULL, NULL),
('prs_nora', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_nora', 'paid', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_nora', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_nora', 'paid', 1763942400000, 1763942400000, NULL, 'user-nora', NULL, NULL),
('prs_otto', 'tgt_lounge', 1, 0, NULL, 'ent_purchase_acct_1_pur_otto', 'paid', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_otto', 'tgt_vip', 1, 1, 0, 'ent_purchase_acct_1_pur_otto', 'paid', 1763942400000, 1763942400000, NULL, 'user-otto', NULL, NULL),
('prs_pam', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_pam', 'paused', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_pam', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_pam', 'paused', 1763856000000, NULL, 1763856000000, NULL, 1763856000000, NULL),
('prs_pat', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_pat', 'past_due', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_pat', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_pat', 'past_due', 1763856000000, NULL, 1763856000000, NULL, 1763856000000, NULL),
('prs_paul', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_paul', 'paused', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_paul', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_paul', 'paused', 1763856000000, NULL, 1763856000000, NULL, 1763856000000, NULL),
('prs_paula', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_paula', 'grace', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_paula', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_paula', 'grace', 1763856000000, 1763856000000, NULL, 'user-paula', NULL, NULL),
('prs_rena', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_rena', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_rena', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_rena', 'paid', 1763856000000, 1763856000000, NULL, 'user-rena', NULL, NULL),
('prs_rex', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_rex', 'refunded', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_rex', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_rex', 'refunded', 1763942400000, NULL, 1763942400000, NULL, 1763942400000, NULL),
('prs_ria', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_ria', 'refunded', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_ria', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_ria', 'refunded', 1763942400000, NULL, 1763942400000, NULL, 1763942400000, NULL),
('prs_rob', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_rob', 'paid', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_rob', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_rob', 'paid', 1763942400000, 1763942400000, NULL, 'user-rob', NULL, NULL),
('prs_seda', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_seda', 'awaiting_first_payment', 1763942400000, NULL, NULL, NULL, NULL, NULL),
('prs_seda', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_seda', 'awaiting_first_payment', 1763942400000, NULL, 1763942400000, NULL, 1763942400000, NULL),
('prs_tess', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_cs_37', 'trialing', 1766188800000, 1766188800000, NULL, 'user-tess', NULL, NULL),
('prs_theo', 'tgt_lounge', 1, 1, 0, 'ent_subscription_acct_1_sub_theo', 'paid', 1763856000000, 1763856000000, NULL, 'tg-theo', NULL, NULL),
('prs_theo', 'tgt_vip', 1, 0, NULL, 'ent_subscription_acct_1_sub_theo', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_ulf', 'tgt_lounge', 0, 0, NULL, NULL, NULL, 1766275200000, NULL, 1766275200000, NULL, 1766275200000, NULL),
('prs_uma', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_uma', 'paid', 1766275200000, NULL, NULL, NULL, NULL, NULL),
('prs_uma', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_uma', 'paid', 1766275200000, 1766275200000, NULL, 'user-uma', NULL, NULL),
('prs_una', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_una', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_una', 'tgt_vip', 1, 1, 0, 'ent_subscription_acct_1_sub_una', 'paid', 1763856000000, 1763856000000, NULL, 'user-una', NULL, NULL),
('prs_uwe', 'tgt_lounge', 0, 0, NULL, 'ent_subscription_acct_1_sub_uwe', 'unpaid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_uwe', 'tgt_vip', 0, 0, NULL, 'ent_subscription_acct_1_sub_uwe', 'unpaid', 1763856000000, NULL, 1763856000000, NULL, 1763856000000, NULL),
('prs_wanda', 'tgt_lounge', 1, 0, NULL, 'ent_subscription_acct_1_sub_wanda', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_wanda', 'tgt_vip', 1, 0, NULL, 'ent_subscription_acct_1_sub_wanda', 'paid', 1763856000000, NULL, NULL, NULL, NULL, NULL),
('prs_wim', 'tgt_vip', 0, 0, NULL, 'ent_purchase_acct_1_pur_9af21e54d150c5a59289', 'expired', 1766275200000, NULL, 1766275200000, NULL, 1766275200000, NULL);
INSERT INTO account_move (id, platform, user_id, person_id, kept_platform, kept_id, came_id, state, at, until_at) VALUES
('mov_6e243af07037da75d99b', 'discord', 'user-kim', 'prs_kim', 'telegram', 'tg-kat', 'user-kit', 'open', 1766275200000, 1766534400000),
('mov_80c771e52a28cfcea7ee', 'telegram', 'tg-mona', 'prs_mona', 'discord', 'user-mia', 'tg-mona2', 'open', 1766275200000, 1766534400000),
('mov_c96c3e7825f6e5fc5aec', 'discord', 'user-dan', 'prs_dan', 'telegram', 'tg-dot', 'user-don', 'undone', 1766275200000, 1766534400000),
('mov_de883b8510d23e20d5f6', 'telegram', 'tg-ned', 'prs_ned', 'discord', 'user-nan', 'tg-nell', 'open', 1766278800000, 1766538000000);
INSERT INTO alarm (id, community_id, platform, place_id, cause, subject, opened_at, told_at, probed_at, over_at) VALUES
('alm_5720cb22b54a217ac539', 'com_1', 'discord', '100', 'hierarchy', 'tgt_patron', 1763856000000, 1766275200000, 1766278800000, NULL);
INSERT INTO audit (id, at, community_id, person_id, target_id, actor, action, detail, changes) VALUES
('aud_01c18d25f5cc438016e7', 1763856000000, 'com_1', 'prs_paul', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "paused"}, {"reason": "paused"}], "target": ["Lounge", "Lounge"]}'),
('aud_01d30940a5043d149364', 1766278800000, 'com_1', 'prs_nan', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_02096224354c554c591f', 1763942400000, 'com_1', 'prs_dirk', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_02bcee07affaf81cc5af', 1763942400000, 'com_1', 'prs_dave', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["Lounge", "Lounge"]}'),
('aud_02bd316515197b8563ac', 1763856000000, 'com_1', 'prs_pat', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_02e2a17abe251a7a2d57', 1766278800000, 'com_1', 'prs_leo', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_0492dbe046d3ff926dab', 1766278800000, NULL, 'prs_nan', NULL, 'prs_nan', 'linked', '', '{}'),
('aud_04dbaa889c2fb4c6d063', 1766275200000, 'com_1', 'prs_dan', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_0559b517df27eae373e3', 1766278800000, 'com_779cce1c956b2ea9576c', 'prs_max', 'tgt_grotto', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["Grotto", "Grotto"]}'),
('aud_055f366a8b290b5b4353', 1766275200000, 'com_1', 'prs_leni', 'tgt_vip', 'guestlist', 'waiting', '', '{"platform": [{"platform": "discord"}, {"platform": "discord"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_0610db9f86abb1a23289', 1763942400000, 'com_1', 'prs_nora', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_071c1c5b6d2a52a222d7', 1763942400000, 'com_1', 'prs_dina', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_075e736367e653da346a', 1763942400000, 'com_1', 'prs_ria', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "refunded"}, {"reason": "refunded"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_089c2802a4cb8a3aeed5', 1763942400000, 'com_1', NULL, NULL, 'prs_ada', 'plan_created', '', '{"description": [null, "What Founders is"], "grace": [null, {"ms": 259200000}], "opens": [null, ["tgt_vip"]], "plan": ["Founders", "Founders"], "price": [null, {"amount": 20000, "count": null, "currency": "usd", "kind": "lifetime", "unit": null, "until_at": null}]}'),
('aud_0a2a3be15e000bdc4b06', 1763942400000, 'com_1', 'prs_rob', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_0ba9af504c6d08a9aab0', 1766275200000, 'com_1', 'prs_mia', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_0cf16a5176503e3d8fee', 1766275200000, 'com_1', 'prs_uma', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_0cf5994783fa49d98a33', 1763856000000, 'com_1', 'prs_paul', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_0cfe68e2afb1251f5f16', 1766275200000, NULL, 'prs_uma', NULL, 'prs_uma', 'linked', '', '{}'),
('aud_0d5dbedbd1ee1cf05024', 1763942400000, 'com_1', 'prs_fred', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_0d6298ffb26c80447ec7', 1766275200000, 'com_1', 'prs_mia', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_0f8a0c0302f5e10c7429', 1763856000000, 'com_779cce1c956b2ea9576c', NULL, NULL, 'prs_15c57e6ccfc85bf29971', 'place_claimed', '', '{"contact": [null, {"person": "prs_15c57e6ccfc85bf29971"}], "place": [null, "At user-eve''s"]}'),
('aud_101e5bea4fcf4ac526cd', 1763856000000, 'com_1', 'prs_ann', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_111964631ce753349cc5', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_moll', 'tgt_grotto', 'guestlist', 'wanted', '', '{"plan": ["Taucher", "Taucher"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Grotto", "Grotto"]}'),
('aud_11ec9fdfa476f0bd36d2', 1763942400000, 'com_1', 'prs_rex', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "refunded"}, {"reason": "refunded"}], "target": ["Lounge", "Lounge"]}'),
('aud_1292459b56583a80c6d7', 1763856000000, 'com_1', 'prs_paul', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "paused"}, {"reason": "paused"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_130af6d8fd5ccdf68e5e', 1763856000000, 'com_779cce1c956b2ea9576c', NULL, NULL, 'prs_471f819ba91c396b0bab', 'place_claimed', '', '{"contact": [null, {"person": "prs_471f819ba91c396b0bab"}], "place": [null, "At tg-olga''s"]}'),
('aud_15aff7ac18cd5f6d210b', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_moll', 'tgt_diver', 'guestlist', 'wanted', '', '{"plan": ["Taucher", "Taucher"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Diver", "Diver"]}'),
('aud_15b68cad20d680222197', 1766275200000, 'com_1', 'prs_mia', 'tgt_lounge', 'guestlist', 'parted', '', '{"account": ["tg-mona", "tg-mona"], "gone": [null, null], "taken": [true, true], "target": ["Lounge", "Lounge"]}'),
('aud_15c0d5e348b376c77cc7', 1763856000000, 'com_b4aa0250b0a7cce1179f', NULL, NULL, 'prs_1885a8f828ea93221c8a', 'place_claimed', '', '{"contact": [null, {"person": "prs_1885a8f828ea93221c8a"}], "place": [null, "At tg-tom''s"]}'),
('aud_164e3229f073610455b0', 1763856000000, 'com_1', 'prs_carl', 'tgt_bar', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_bar", "tgt_bar"]}'),
('aud_17928bb3de1bbf2a28b9', 1766275200000, 'com_1', 'prs_dan', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_19b45fbce2f091623690', 1763856000000, 'com_1', 'prs_carl', 'tgt_bar', 'guestlist', 'wanted', '', '{"plan": ["lite", "lite"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_bar", "tgt_bar"]}'),
('aud_1d2db921bd6fda8eede2', 1763856000000, 'com_1', 'prs_cid', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_1dd20da37c08d3b9530d', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_max', 'tgt_diver', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Diver", "Diver"]}'),
('aud_1e95b4be0fce6f478b40', 1763942400000, 'com_1', 'prs_seda', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_1eece7bbb01cf7485e85', 1763856000000, 'com_1', 'prs_theo', 'tgt_vip', 'guestlist', 'waiting', '', '{"platform": [{"platform": "discord"}, {"platform": "discord"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_208a61421dee14a45608', 1763856000000, 'com_1', 'prs_cleo', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "comp"}, {"reason": "comp"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_20b622bbaeb7105767d3', 1763942400000, 'com_1', 'prs_dean', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_2138a474a355ec796bb2', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_max', 'tgt_grotto', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Grotto", "Grotto"]}'),
('aud_216b5c6a366cf1883e33', 1763856000000, 'com_1', 'prs_uwe', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_22e82a52ba13f0253720', 1763856000000, 'com_1', 'prs_cleo', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "comp"}, {"reason": "comp"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_23d8911f66473dd3e20a', 1766188800000, 'com_1', 'prs_frank', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_23f7c578790abffa0c0f', 1763856000000, 'com_1', 'prs_cid', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_247d3a9f1f00bdfc068e', 1766275200000, NULL, 'prs_leni', NULL, 'prs_leni', 'linked', '', '{}'),
('aud_24fef55cb1d0baddabb0', 1763856000000, 'com_1', 'prs_ada', NULL, 'prs_ada', 'team_changed', '', '{"rank": [null, {"word": "owner"}], "what": ["user-ada", "user-ada"]}'),
('aud_252ec2e31673cd23c228', 1766275200000, 'com_1', 'prs_kim', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_255bb3a2e9371d4ba077', 1763942400000, 'com_1', 'prs_dina', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_25cc7ba903f848822639', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'plan_targets', '', '{"opens": [["tgt_bar"], ["tgt_bar", "tgt_snug"]], "plan": ["lite", "lite"]}'),
('aud_27d2350331998e32813a', 1763942400000, 'com_1', 'prs_dean', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_28076caf96239690a59d', 1763942400000, 'com_1', 'prs_dave', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_2a73d18b9d34b7dc8f05', 1763942400000, 'com_1', 'prs_ria', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_2e0ead502822aa23dfef', 1766275200000, 'com_1', 'prs_uma', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_2ec11ed763681bba430b', 1763856000000, 'com_779cce1c956b2ea9576c', NULL, NULL, 'prs_15c57e6ccfc85bf29971', 'plan_created', '', '{"grace": [null, {"ms": 259200000}], "opens": [null, ["Diver", "Grotto"]], "plan": ["Taucher", "Taucher"], "price": [null, {"amount": 700, "count": 1, "currency": "eur", "kind": "recurring", "unit": "month", "until_at": null}]}'),
('aud_309dfc5d63dfb19d9259', 1763942400000, 'com_1', 'prs_fred', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["Founders", "Founders"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_30b997eb97611de9a285', 1766188800000, 'com_1', 'prs_moira', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "changed"}, {"reason": "changed"}], "target": ["Lounge", "Lounge"]}'),
('aud_3354f1a781b15a9b5b56', 1763942400000, 'com_1', 'prs_dirk', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_34c1c0f6e7563d5cd15d', 1763856000000, 'com_1', 'prs_paul', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_35ff82dd5745a04f41d5', 1763942400000, 'com_1', 'prs_rob', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_3858b779a66614a1e334', 1763942400000, 'com_1', 'prs_dora', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_388d28abb1f4fad48947', 1763856000000, 'com_1', 'prs_rena', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_395167dfd0b11136bebf', 1763942400000, 'com_1', 'prs_rex', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "refunded"}, {"reason": "refunded"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_39ed3bdc19552538fe9e', 1766275200000, NULL, 'prs_mia', NULL, 'prs_mia', 'linked', '', '{}'),
('aud_3adda3e563c871a8f002', 1763856000000, 'com_1', 'prs_cleo', NULL, 'prs_ada', 'comp_ended', '', '{"plan": ["pro", "pro"], "until": [{"at": 1771632000000}, {"at": 1763856000000}]}'),
('aud_3c52c13db0cb44336e6f', 1763856000000, 'com_1', 'prs_cid', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_3d6b1ba310ef48ef9f6f', 1763856000000, 'com_1', 'prs_pam', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "paused"}, {"reason": "paused"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_3fe205539b7849a04a96', 1766275200000, 'com_1', 'prs_dot', 'tgt_lounge', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [null, null], "target": ["Lounge", "Lounge"]}'),
('aud_3fea76c2af7facadcda8', 1763856000000, 'com_1', 'prs_pam', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "paused"}, {"reason": "paused"}], "target": ["Lounge", "Lounge"]}'),
('aud_4197faced3d5bf0780a8', 1763942400000, 'com_1', 'prs_bill', NULL, 'prs_ada', 'invoice_asked', '', '{"amount": [null, {"amount": 2500, "currency": "usd"}], "what": ["A print for bill", "A print for bill"]}'),
('aud_41c5eda18d78a44e9c2b', 1763856000000, 'com_1', 'prs_bruno', 'tgt_patron', 'guestlist', 'blocked', '', '{"code": ["hierarchy", "hierarchy"], "target": ["tgt_patron", "tgt_patron"], "verb": ["give", "give"]}'),
('aud_435565c0392df42aeed2', 1766275200000, 'com_1', 'prs_wim', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "expired"}, {"reason": "expired"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_43edcfb4dbd211561ffc', 1766275200000, 'com_1', 'prs_dan', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_441692a8c9fe6043ff56', 1763856000000, 'com_1', 'prs_cleo', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "ended"}, {"reason": "ended"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_44414cce5645720e3ed6', 1763942400000, 'com_1', 'prs_dave', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_4473641d38e7c2f9c7ce', 1766188800000, 'com_1', 'prs_tess', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "trialing"}, {"reason": "trialing"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_464f9bf5a1d3c7fc95e1', 1766275200000, 'com_1', 'prs_uma', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_48664c45a2281cef00cb', 1763856000000, 'com_1', 'prs_uwe', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_4867b50131589cf2ac44', 1763856000000, NULL, 'prs_ann', NULL, 'prs_ann', 'linked', '', '{}'),
('aud_488fe17d7b7f429f739c', 1763856000000, 'com_1', 'prs_uwe', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "unpaid"}, {"reason": "unpaid"}], "target": ["Lounge", "Lounge"]}'),
('aud_4950090abd7deb6a616e', 1763856000000, 'com_1', 'prs_wanda', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_499eb929fb05638c9745', 1766278800000, 'com_1', 'prs_nan', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_4aa93e9628c5c1a1107e', 1763942400000, 'com_1', 'prs_seda', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "awaiting_first_payment"}, {"reason": "awaiting_first_payment"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_4b4cb6b28ab01f558f29', 1763856000000, 'com_1', 'prs_paul', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "paused"}, {"reason": "paused"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_4c518b35b3f4e17c7c9f', 1763856000000, 'com_1', 'prs_una', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_4f373117ee35146fbea7', 1766275200000, NULL, 'prs_dan', NULL, 'prs_dan', 'move_undone', '', '{"platform": [{"platform": "discord"}, {"platform": "discord"}]}'),
('aud_4f554a17b3b84cfdb4fc', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'plan_targets', '', '{"members": [null, {"word": "keep"}], "opens": [["tgt_bar", "tgt_snug"], ["tgt_bar"]], "plan": ["lite", "lite"]}'),
('aud_4f690ded4cb3e4f2a3f5', 1763942400000, 'com_1', 'prs_rob', NULL, 'stripe', 'refunded', '', '{"paid": [{"amount": 900, "currency": "usd"}, {"amount": 900, "currency": "usd"}], "refund": [null, {"amount": 300, "currency": "usd"}], "sold": ["pro", "pro"]}'),
('aud_4fd9fa9b06ed7362888a', 1763856000000, 'com_779cce1c956b2ea9576c', NULL, NULL, 'prs_15c57e6ccfc85bf29971', 'settings_changed', '', '{"currency": ["USD", "EUR"]}'),
('aud_50514a96a84318edaacd', 1763942400000, 'com_1', 'prs_dora', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_51da434172e84c07ecae', 1763856000000, 'com_1', 'prs_theo', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_537f3c2b203f7ef669d8', 1766275200000, 'com_1', 'prs_kim', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_54cd6a3815d932843aeb', 1763856000000, 'com_1', 'prs_paul', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_54f33af11cf6879c454c', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_471f819ba91c396b0bab', NULL, 'prs_15c57e6ccfc85bf29971', 'place_joined', '', '{"place": [null, "tg-olga''s place"]}'),
('aud_55b7fe225c4d4aab1f47', 1763942400000, 'com_1', 'prs_dean', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_5770e82762f98d875e1d', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'plan_created', '', '{"description": [null, "What Week is"], "grace": [null, {"ms": 259200000}], "opens": [null, ["tgt_vip"]], "plan": ["Week", "Week"], "price": [null, {"amount": 300, "count": 1, "currency": "usd", "kind": "fixed_time", "unit": "week", "until_at": null}]}'),
('aud_578403cacae452ed2561', 1763856000000, 'com_1', 'prs_uwe', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_580023bd07828229e472', 1763856000000, 'com_1', 'prs_paula', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_58cb0acb2ef13170813a', 1763942400000, 'com_1', 'prs_otto', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_594712dc237d7ca1be42', 1766278800000, 'com_1', 'prs_nan', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_5a1b1f493db99468a6ef', 1763856000000, 'com_1', 'prs_cora', 'tgt_patron', 'guestlist', 'blocked', '', '{"code": ["hierarchy", "hierarchy"], "target": ["tgt_patron", "tgt_patron"], "verb": ["give", "give"]}'),
('aud_5c92907fcf141c58219a', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_moll', 'tgt_diver', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Diver", "Diver"]}'),
('aud_5cb2e8b2cc69e4c2b8ca', 1763856000000, 'com_1', 'prs_pat', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_5d8597d4d7c1e050d3cc', 1763942400000, 'com_1', 'prs_dirk', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_5df0726674f6dc017d28', 1766278800000, 'com_1', 'prs_dag', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_5f75f97f93774ce5605c', 1763856000000, 'com_1', 'prs_bruno', 'tgt_patron', 'guestlist', 'wanted', '', '{"plan": ["Patron", "Patron"], "reason": [{"reason": "comp"}, {"reason": "comp"}], "target": ["tgt_patron", "tgt_patron"]}'),
('aud_6069283bc06e36fa5220', 1763856000000, 'com_a4be63b2e10ab5e2250d', NULL, NULL, 'prs_ade9e38e9cb7dc29e5f9', 'place_claimed', '', '{"contact": [null, {"person": "prs_ade9e38e9cb7dc29e5f9"}], "place": [null, "At user-sid''s"]}'),
('aud_613f5dfdca51a0be6fd8', 1766278800000, 'com_779cce1c956b2ea9576c', 'prs_moll', 'tgt_grotto', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["Grotto", "Grotto"]}'),
('aud_6179e764eaa5a794ea3e', 1763856000000, 'com_1', 'prs_pam', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_61f166b41185c7cacd36', 1763856000000, 'com_1', 'prs_theo', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_620dfb2960faac83d033', 1766275200000, NULL, 'prs_mia', NULL, 'prs_mia', 'linked', '', '{"left": [{"platform": "telegram"}, {"platform": "telegram"}]}'),
('aud_64ee9a9e5022965c7810', 1763942400000, 'com_1', 'prs_nora', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_655abad7f69580a8c69b', 1763856000000, 'com_1', 'prs_cleo', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_65bfe807101e38ccb509', 1763856000000, 'com_1', 'prs_carl', 'tgt_bar', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["tgt_bar", "tgt_bar"]}'),
('aud_6660497ca42453fd3617', 1763942400000, 'com_1', 'prs_wim', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_6a034966983191d0a3ce', 1763942400000, 'com_1', 'prs_rex', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_6a37e7f320df080f9afc', 1763942400000, 'com_1', 'prs_dirk', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_6b289c36ef0a022da041', 1766275200000, 'com_1', 'prs_dan', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_6da153c5bb862423e4db', 1763942400000, 'com_1', 'prs_rob', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_71090bb76a6a4dd84c47', 1763942400000, 'com_1', 'prs_dina', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_7166cccb2331cac8e060', 1763856000000, 'com_1', 'prs_cleo', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "ended"}, {"reason": "ended"}], "target": ["Lounge", "Lounge"]}'),
('aud_71ecca8cb8e87b38942d', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_max', 'tgt_diver', 'guestlist', 'wanted', '', '{"plan": ["Taucher", "Taucher"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Diver", "Diver"]}'),
('aud_7274e830512d7cd870eb', 1766275200000, 'com_1', 'prs_dan', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_72998594b8e1928ef458', 1763856000000, 'com_1', 'prs_wanda', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_746a109c4bfae72c33be', 1766275200000, NULL, 'prs_uma', NULL, 'prs_uma', 'unlinked', '', '{}'),
('aud_749740b72d6803cfed4b', 1763942400000, 'com_1', 'prs_ria', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_76c31049949db16e6bc1', 1766275200000, 'com_1', 'prs_lea', 'tgt_bar', 'guestlist', 'wanted', '', '{"plan": ["lite", "lite"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_bar", "tgt_bar"]}'),
('aud_777359f21671e071f2e4', 1763856000000, 'com_1', 'prs_paula', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_7779ba415f2c16c7adc4', 1766278800000, 'com_1', 'prs_leo', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_7824bed6f423be0e0beb', 1766275200000, 'com_1', 'prs_leni', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_78286a8ec32dc53a0c26', 1766275200000, 'com_1', 'prs_kat', 'tgt_vip', 'guestlist', 'parted', '', '{"account": ["user-kim", "user-kim"], "gone": [null, null], "taken": [true, true], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_7abf31592e88f80f503b', 1763942400000, 'com_1', 'prs_dina', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_7ba222ff11e9ef5f877b', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'plan_edited', '', '{"grace": [{"ms": 259200000}, {"ms": 432000000}], "plan": ["pro", "pro"]}'),
('aud_7c02b61de84ddbfb675c', 1763856000000, 'com_1', 'prs_hugo', 'tgt_vip', 'guestlist', 'kept', '', '{"target": ["tgt_vip", "tgt_vip"]}'),
('aud_7d5866732a01a1f5b915', 1763942400000, 'com_1', 'prs_beth', NULL, 'prs_ada', 'invoice_asked', '', '{"amount": [null, {"amount": 2500, "currency": "usd"}], "what": ["A print for beth", "A print for beth"]}'),
('aud_7f0d5f2b46da57f44d05', 1766275200000, 'com_1', 'prs_lea', 'tgt_bar', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_bar", "tgt_bar"]}'),
('aud_800a168c7f15a2e67e07', 1763856000000, 'com_1', 'prs_cora', NULL, 'prs_ada', 'comp_given', '', '{"plan": ["Patron", "Patron"], "until": [null, {"at": 1764460800000}]}'),
('aud_80400472419d0a2b06b0', 1766278800000, 'com_779cce1c956b2ea9576c', 'prs_moll', 'tgt_diver', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["Diver", "Diver"]}'),
('aud_80c8940769cd2f6dac99', 1766278800000, 'com_1', 'prs_nan', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_82830d4442479a6b6c23', 1763856000000, 'com_1', 'prs_cid', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8373c8a6b4266a20fbcc', 1763942400000, 'com_1', 'prs_ria', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "refunded"}, {"reason": "refunded"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8406b7edfc2f4ffa4bf8', 1766275200000, 'com_1', 'prs_kat', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_84941d8176205f5f3d6a', 1766188800000, 'com_1', 'prs_moira', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "changed"}, {"reason": "changed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_849b60e220b9d353cc18', 1763856000000, 'com_1', 'prs_una', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_85a67374a1c79a199ebc', 1763856000000, 'com_1', 'prs_bruno', NULL, 'prs_ada', 'comp_given', '', '{"plan": ["Patron", "Patron"], "until": [null, {"word": "for_good"}]}'),
('aud_8680e4f5d2117da629bf', 1763942400000, 'com_1', 'prs_dora', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_86a5e324f8c28a159f8a', 1766275200000, 'com_1', 'prs_kim', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_89f43fb08b56b56eca4b', 1763856000000, 'com_1', 'prs_paul', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8a609dffb181eb8beb80', 1763856000000, 'com_1', 'prs_hugo', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_8a6ac60bcfff3e477a54', 1763856000000, 'com_1', 'prs_paula', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_8af873d860fa19f346fa', 1763942400000, 'com_1', 'prs_dora', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8b03b7fd71077a7e5262', 1766188800000, 'com_1', 'prs_moira', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8b64e2e93c2822926ba6', 1766275200000, 'com_1', 'prs_kim', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8bb4a3969578c617a5e6', 1763856000000, 'com_1', 'prs_wanda', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8da3f4861178177ebdae', 1766188800000, 'com_1', 'prs_bea', NULL, 'prs_ada', 'invoice_asked', '', '{"amount": [null, {"amount": 2500, "currency": "usd"}], "what": ["A print for bea", "A print for bea"]}'),
('aud_8e255d57dc05fb74043d', 1763856000000, 'com_1', 'prs_una', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8e344a6ec4ac5ffeb7d1', 1766275200000, NULL, 'prs_ulf', NULL, 'prs_ulf', 'unlinked', '', '{}'),
('aud_8ec17432360b14e992f6', 1763942400000, 'com_1', 'prs_bess', NULL, 'prs_ada', 'invoice_asked', '', '{"amount": [null, {"amount": 2500, "currency": "usd"}], "what": ["A print for bess", "A print for bess"]}'),
('aud_8f71b0a32c493c1ec13a', 1763856000000, 'com_1', 'prs_rena', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_8f7c7335f1eef3562a48', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_moll', 'tgt_grotto', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Grotto", "Grotto"]}'),
('aud_90aeef9c2895747d355f', 1766275200000, 'com_1', 'prs_leni', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_91a4c3675050dec15651', 1763942400000, 'com_1', 'prs_dean', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_91da363332f656a1616f', 1766278800000, NULL, 'prs_nan', NULL, 'prs_nan', 'linked', '', '{"left": [{"platform": "telegram"}, {"platform": "telegram"}]}'),
('aud_91f4df556498cecb9a12', 1766188800000, 'com_1', 'prs_frank', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_91f525b719f0d95bf4fa', 1763942400000, 'com_1', 'prs_rex', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "refunded"}, {"reason": "refunded"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_92c38daaedfbc9f3ba70', 1763942400000, 'com_1', 'prs_seda', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_9458555610f62e0da3a1', 1766275200000, 'com_1', 'prs_ulf', 'tgt_lounge', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [null, null], "target": ["Lounge", "Lounge"]}'),
('aud_9569dc2d36dc6ca6c093', 1766275200000, 'com_1', 'prs_dan', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_959006925ace47aee24f', 1763856000000, 'com_1', 'prs_pat', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "past_due"}, {"reason": "past_due"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_9755489d0fc2a1acd7e2', 1763856000000, 'com_1', 'prs_cleo', NULL, 'prs_ada', 'comp_given', '', '{"plan": ["pro", "pro"], "until": [null, {"at": 1771632000000}]}'),
('aud_98394938e7a2b24c4968', 1766188800000, 'com_1', 'prs_frank', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_98c2adf563d964f5e010', 1766275200000, 'com_1', 'prs_uma', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_9b9be366b56676730af7', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'plan_created', '', '{"description": [null, "What Patron is"], "grace": [null, {"ms": 259200000}], "opens": [null, ["tgt_patron"]], "plan": ["Patron", "Patron"], "price": [null, {"amount": 9900, "count": 1, "currency": "usd", "kind": "recurring", "unit": "year", "until_at": null}]}'),
('aud_9bae968360329275495e', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_emil', 'tgt_grotto', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Grotto", "Grotto"]}'),
('aud_9ef13e0af5cf5f3f7b9e', 1763856000000, 'com_1', 'prs_hugo', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_a09792fe322487b1de8f', 1766275200000, NULL, 'prs_kat', NULL, 'prs_kat', 'linked', '', '{"left": [{"platform": "discord"}, {"platform": "discord"}]}'),
('aud_a1c7f35b604270d76f66', 1766188800000, 'com_1', 'prs_moira', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_a2981e2f2ff103c6dc4f', 1763942400000, 'com_1', 'prs_ria', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_a3095d127e702968135b', 1763856000000, 'com_1', 'prs_pam', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_a38144115eb37dd30c18', 1766275200000, 'com_1', 'prs_mia', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_a4a617caf35eb0e5719b', 1763856000000, 'com_1', 'prs_cleo', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "comp"}, {"reason": "comp"}], "target": ["Lounge", "Lounge"]}'),
('aud_a5903a441f29c69c7d90', 1763942400000, 'com_1', 'prs_seda', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_a744c08129abacfc5d77', 1763942400000, 'com_1', 'prs_bert', NULL, 'prs_ada', 'invoice_asked', '', '{"amount": [null, {"amount": 2500, "currency": "usd"}], "what": ["A print for bert", "A print for bert"]}'),
('aud_a8dd818ce0bc3b5d912e', 1763856000000, 'com_1', 'prs_ann', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_aae5d1f4e082e1d7b5ae', 1763942400000, 'com_1', 'prs_dina', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["Lounge", "Lounge"]}'),
('aud_ab9214b047e3b33b0d30', 1763942400000, 'com_1', 'prs_otto', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_abeff0d3b3f63ce1a83f', 1763942400000, 'com_1', 'prs_ria', NULL, 'stripe', 'refunded', '', '{"paid": [{"amount": 900, "currency": "usd"}, {"amount": 900, "currency": "usd"}], "refund": [null, {"amount": 900, "currency": "usd"}], "sold": ["pro", "pro"]}'),
('aud_ac00d752a43d15156eaf', 1763856000000, 'com_1', 'prs_uwe', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "unpaid"}, {"reason": "unpaid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_adc08034d681f3d53241', 1763942400000, 'com_1', 'prs_rex', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_ae3f1f1912da0e879601', 1763942400000, 'com_1', 'prs_ria', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "refunded"}, {"reason": "refunded"}], "target": ["Lounge", "Lounge"]}'),
('aud_ae6ff3c14fedb78c4e66', 1766188800000, 'com_1', 'prs_frank', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_aef3cbd6a962b7ea1a21', 1763942400000, 'com_1', 'prs_dave', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_b109944a321aec9d88df', 1763856000000, 'com_1', 'prs_paula', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_b23a54fd8451b0cf287c', 1763942400000, 'com_1', 'prs_nora', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_b67186c36d1d066fc234', 1766275200000, 'com_1', 'prs_wim', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "expired"}, {"reason": "expired"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_b685f5dcc352badb8fea', 1766278800000, 'com_1', 'prs_ella', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_b8653407eba9836193d2', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_emil', 'tgt_diver', 'guestlist', 'wanted', '', '{"plan": ["Taucher", "Taucher"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Diver", "Diver"]}'),
('aud_b8da0e400e0ee7294dcf', 1763942400000, 'com_1', 'prs_wim', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["Week", "Week"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_b8ef9a0c4453e8d4b4c5', 1763856000000, 'com_1', 'prs_pat', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_b91961cedfff8b649ee2', 1766278800000, 'com_1', 'prs_ella', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_ba68e52a3760f8769bec', 1763856000000, 'com_1', 'prs_ann', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_bc495b48c198321156d7', 1763942400000, 'com_1', 'prs_otto', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_bde56a3d6c54b5f410fd', 1763856000000, 'com_1', 'prs_ann', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_c1d4b057bb41dc31b1e3', 1763942400000, 'com_1', 'prs_nora', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_c2628b1f5700807b986f', 1763942400000, 'com_1', 'prs_dirk', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_c2f6e957b55c216ba6fd', 1763942400000, 'com_1', 'prs_seda', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "awaiting_first_payment"}, {"reason": "awaiting_first_payment"}], "target": ["Lounge", "Lounge"]}'),
('aud_c392a033623968a64c69', 1766275200000, NULL, 'prs_dan', NULL, 'prs_dan', 'linked', '', '{}'),
('aud_c4a5438bc9ae1302d8d8', 1766188800000, 'com_1', 'prs_frank', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_c4be6e0934b4f86ecb46', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_emil', 'tgt_diver', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Diver", "Diver"]}'),
('aud_c509b1934761fcb3ba3b', 1763856000000, 'com_b08fd1d020fe66158866', NULL, NULL, 'prs_40551e8ec1afd42bda81', 'place_claimed', '', '{"contact": [null, {"person": "prs_40551e8ec1afd42bda81"}], "place": [null, "At user-kay''s"]}'),
('aud_c527a49f7e9c3adf2d8f', 1766275200000, 'com_1', 'prs_uma', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_c6d42f08813628e73eec', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'price_changed', '', '{"plan": ["pro", "pro"], "price": [{"amount": 900, "count": null, "currency": "usd", "kind": "fixed_date", "unit": null, "until_at": 1772496000000}, {"amount": 1200, "count": 1, "currency": "usd", "kind": "recurring", "unit": "month", "until_at": null}]}'),
('aud_c96a2f070110db975a3a', 1763942400000, 'com_1', 'prs_dave', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_c9929469da78806c289e', 1763856000000, 'com_1', 'prs_cleo', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "ended"}, {"reason": "ended"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_c9dde782732fbf9263cf', 1763856000000, 'com_1', 'prs_91ced15500b2025d0b5f', NULL, 'prs_ada', 'team_changed', '', '{"rank": [null, {"word": "support"}], "what": ["tg-tara", "tg-tara"]}'),
('aud_ca4b695a803f5e30e64f', 1763856000000, 'com_1', 'prs_uwe', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_cb9bb9786e659bb79972', 1766275200000, 'com_1', 'prs_mia', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_cbdffa6263b922b13c11', 1766278800000, 'com_779cce1c956b2ea9576c', 'prs_max', 'tgt_diver', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["Diver", "Diver"]}'),
('aud_cf44af1beabe4d6c9115', 1763942400000, 'com_1', 'prs_dave', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_cf867130b64735c49fbf', 1763856000000, 'com_1', 'prs_ann', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_cfc108d5f2d8ffe991e9', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'plan_created', '', '{"description": [null, "What Taster is"], "grace": [null, {"ms": 259200000}], "opens": [null, ["tgt_vip"]], "plan": ["Taster", "Taster"], "price": [null, {"amount": 500, "count": 1, "currency": "usd", "kind": "recurring", "unit": "month", "until_at": null}], "trial": [null, {"ms": 1209600000}]}'),
('aud_d10d31984534613f4d86', 1766278800000, 'com_1', 'prs_nan', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_d265bc5848d4011579a7', 1766188800000, 'com_1', 'prs_tess', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["Taster", "Taster"], "reason": [{"reason": "trialing"}, {"reason": "trialing"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_d33bdb2f53d0d387e672', 1763942400000, 'com_1', NULL, NULL, 'prs_ada', 'plan_archived', '', '{"on_sale": [true, false], "plan": ["Founders", "Founders"]}'),
('aud_d43654e9679ab15f0e51', 1766275200000, 'com_1', 'prs_mia', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_d46ce13dd2ab08645116', 1763942400000, 'com_1', 'prs_dirk', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_d61e241d05d39b40273c', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'team_changed', '', '{"rank": [null, {"word": "support"}], "what": ["role-help", "role-help"]}'),
('aud_d6679c676a290bcaf132', 1763856000000, 'com_1', 'prs_wanda', 'tgt_vip', 'guestlist', 'waiting', '', '{"target": ["tgt_vip", "tgt_vip"]}'),
('aud_d697d2cbe1f8446d7c8c', 1763942400000, 'com_1', 'prs_dina', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_d74b21afa2dd62734184', 1766275200000, NULL, 'prs_dot', NULL, 'prs_dot', 'linked', '', '{"left": [{"platform": "discord"}, {"platform": "discord"}]}'),
('aud_d7c5f3eed720d2fcba5c', 1763942400000, 'com_1', 'prs_dirk', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "disputed"}, {"reason": "disputed"}], "target": ["Lounge", "Lounge"]}'),
('aud_d7ce4eed974fa73045fb', 1763942400000, 'com_1', 'prs_ria', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_d8abe44612f48bfdc74f', 1766188800000, 'com_1', 'prs_frank', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["Lounge", "Lounge"]}'),
('aud_d8c23d3a50775468b989', 1763856000000, 'com_1', 'prs_pat', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_d9e79a6f5db71c4d8105', 1766188800000, 'com_1', 'prs_moira', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_dc27870b5e04f06f0f38', 1766275200000, 'com_1', 'prs_mia', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_dcc4c52e8ec3792bedc9', 1763942400000, 'com_1', 'prs_rex', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_ddc7a25b3c40e64a1118', 1766275200000, 'com_1', 'prs_leni', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_df78fe5f34a9fdc06112', 1763942400000, 'com_1', 'prs_dave', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_dfa4bcd85238e2a4ce0e', 1766188800000, 'com_1', 'prs_moira', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_e16b3d32667a214659a3', 1763942400000, 'com_1', 'prs_otto', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_e1e29d8bffd153a92bc8', 1766275200000, 'com_1', 'prs_uma', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_e3703c8e6f3bf44ee50a', 1763942400000, 'com_1', 'prs_rob', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_e588f1f80f93371bcb8d', 1763856000000, 'com_1', 'prs_pat', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "past_due"}, {"reason": "past_due"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_e64b8be409a843843607', 1763942400000, 'com_1', 'prs_dina', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_e760117ee26f78629cf0', 1763942400000, 'com_1', 'prs_rex', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_e92d80e6ef8c2d243b06', 1766188800000, 'com_1', 'prs_frank', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_e9e6b1a913ab912b170b', 1766275200000, 'com_1', 'prs_kim', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_ea507820b66da6d67a8a', 1763942400000, 'com_1', 'prs_seda', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_ea83b8ae1c442e2bb687', 1766275200000, 'com_1', 'prs_dan', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_eae4ecdbe2981e6e5f08', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_emil', 'tgt_grotto', 'guestlist', 'wanted', '', '{"plan": ["Taucher", "Taucher"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Grotto", "Grotto"]}'),
('aud_eb7bda3e8ae423bdcfab', 1763942400000, 'com_1', 'prs_rex', NULL, 'stripe', 'refunded', '', '{"paid": [{"amount": 900, "currency": "usd"}, {"amount": 900, "currency": "usd"}], "refund": [null, {"amount": 900, "currency": "usd"}], "sold": ["pro", "pro"]}'),
('aud_ebaded1f88074036c488', 1763856000000, 'com_1', 'prs_uwe', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "unpaid"}, {"reason": "unpaid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_ec5bdbca48c82919d5b5', 1763856000000, 'com_1', 'prs_carl', 'tgt_bar', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "canceled"}, {"reason": "canceled"}], "target": ["tgt_bar", "tgt_bar"]}'),
('aud_ee8510da417f187cd0bd', 1766275200000, NULL, 'prs_kim', NULL, 'prs_kim', 'linked', '', '{}'),
('aud_ef9381cbf79035025c80', 1763856000000, 'com_1', 'prs_hugo', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_f0a01c5506924d24c0af', 1763856000000, 'com_1', 'prs_pam', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_f0b0bfc85502f9869080', 1763856000000, 'com_1', 'prs_rena', 'tgt_vip', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_f1609e70b749cca9600d', 1763856000000, 'com_1', 'prs_pat', 'tgt_lounge', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "past_due"}, {"reason": "past_due"}], "target": ["Lounge", "Lounge"]}'),
('aud_f18ff613cb3526b21646', 1763856000000, 'com_779cce1c956b2ea9576c', 'prs_max', 'tgt_grotto', 'guestlist', 'wanted', '', '{"plan": ["Taucher", "Taucher"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Grotto", "Grotto"]}'),
('aud_f2d1d86d463eb9cd625d', 1763856000000, 'com_1', 'prs_cora', 'tgt_patron', 'guestlist', 'wanted', '', '{"plan": ["Patron", "Patron"], "reason": [{"reason": "comp"}, {"reason": "comp"}], "target": ["tgt_patron", "tgt_patron"]}'),
('aud_f336e6a3652e2bb2f171', 1763856000000, 'com_1', 'prs_theo', 'tgt_lounge', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_f521367a3919607d83a0', 1763856000000, 'com_1', 'prs_rena', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_f57d823ab69d2c70c7ee', 1766278800000, 'com_1', 'prs_dag', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_f67f7a74a05dca8fe2c9', 1766188800000, 'com_1', 'prs_moira', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "changed"}, {"reason": "changed"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_f8762d170eeb80b8fe4f', 1763856000000, 'com_1', 'prs_pam', 'tgt_lounge', 'guestlist', 'waiting', '', '{"platform": [{"platform": "telegram"}, {"platform": "telegram"}], "target": ["Lounge", "Lounge"]}'),
('aud_f8aa321ac7bc871eafbc', 1763942400000, 'com_1', 'prs_seda', 'tgt_vip', 'guestlist', 'unwanted', '', '{"reason": [{"reason": "awaiting_first_payment"}, {"reason": "awaiting_first_payment"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_fb9b95718a40417ceb2d', 1763856000000, 'com_1', 'prs_una', 'tgt_vip', 'guestlist', 'wanted', '', '{"plan": ["pro", "pro"], "reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["tgt_vip", "tgt_vip"]}'),
('aud_fbac440a8079f590784d', 1766275200000, 'com_1', 'prs_leni', 'tgt_lounge', 'guestlist', 'granted', '', '{"reason": [{"reason": "paid"}, {"reason": "paid"}], "target": ["Lounge", "Lounge"]}'),
('aud_fe4cb6623b607cac554f', 1763856000000, 'com_1', NULL, NULL, 'prs_ada', 'team_changed', '', '{"rank": [null, {"word": "manager"}], "what": ["role-mods", "role-mods"]}'),
('aud_ffa9810eff80daaa1e98', 1763856000000, 'com_1', 'prs_pam', 'tgt_vip', 'guestlist', 'revoked', '', '{"gone": [null, null], "reason": [{"reason": "paused"}, {"reason": "paused"}], "target": ["tgt_vip", "tgt_vip"]}');
INSERT INTO bot_session (platform, bot_id, used_until) VALUES
('discord', 'bot', 1766278800000);
INSERT INTO checkout (id, payer_id, beneficiary_id, plan_id, price_id, customer_id, state, session_id, url, expires_at, created_at) VALUES
('chk_53cd60adf05e810b81de', 'prs_tess', 'prs_tess', 'pln_78a91e5ef8598a29f556', 'prc_67d8ede7740dd3350f0f', 'cus_4a8028bfdefec8643386', 'complete', 'cs_37', 'https://pay.example/cs_37', 1766271600000, 1766188800000),
('chk_92eea180ebdf2999bd75', 'prs_fred', 'prs_fred', 'pln_53253e2c8340d85c4e8c', 'prc_1729f12792ef8998fd9e', 'cus_3417d75a064f23e860ff', 'complete', 'cs_15', 'https://pay.example/cs_15', 1764025200000, 1763942400000),
('chk_9cbfc5166ca25b70b0a6', 'prs_lars', 'prs_lars', 'pln_0f5cbad1fe9a455672ae', 'prc_2ecd94675e9a41cca7d7', 'cus_41e37388f21d04243267', 'open', 'cs_50', 'https://pay.example/cs_50', 1766361600000, 1766278800000),
('chk_a04e0acb80b79d4bae11', 'prs_lola', 'prs_lola', 'pln_78a91e5ef8598a29f556', 'prc_67d8ede7740dd3350f0f', 'our_lola_usd', 'pending', NULL, NULL, 1766361600000, 1766278800000),
('chk_bf46524811a54475be91', 'prs_elsa', 'prs_elsa', 'pln_pro', 'prc_4c1d758779e099aa8b59', 'cus_a36f2e394ad90bd50d67', 'expired', 'cs_42', 'https://pay.example/cs_42', 1766271600000, 1766188800000),
('chk_cf3bb2655c81f70a0784', 'prs_wim', 'prs_wim', 'pln_0f5cbad1fe9a455672ae', 'prc_2ecd94675e9a41cca7d7', 'cus_c193ff4b465d18561655', 'complete', 'cs_17', 'https://pay.example/cs_17', 1764025200000, 1763942400000),
('chk_db6b1dac94b842e8bf04', 'prs_lena', 'prs_lena', 'pln_pro', 'prc_4c1d758779e099aa8b59', 'cus_fed1b0c491dacbdc8e8e', 'open', 'cs_48', 'https://pay.example/cs_48', 1766361600000, 1766278800000),
('chk_pur_otto', 'prs_otto', 'prs_otto', 'pln_pro', 'prc_days', 'our_otto_usd', 'complete', 'cs_pur_otto', 'https://pay.example', 1764028800000, 1763942400000);
INSERT INTO claim (code_hash, state, expires_at, holder_id, platform, place_id, created_at) VALUES
('06c213fe7f3e98d13e780aab78a713762dcb777894eb895b19a8d440ac02dd25', 'redeemed', 1763942400000, 'tg-olga', 'telegram', '-400', 1763856000000),
('2f933cb2372fc7c56e6828fe88f07c6ea522dfc7e8f40abb66269ba5a217106a', 'held', 1766365200000, 'tg-olga', NULL, NULL, 1766278800000),
('330b822f47a1954fa68ebb95cba18b03f0f8bc61adbb9efd6a8fa17d411f7777', 'redeemed', 1763942400000, 'user-eve', 'discord', '300', 1763856000000),
('3a25342a433b37da885bb86beb481b1fdc2b0d1f8ab3b416cc8421a1c68b4380', 'redeemed', 1763942400000, 'user-sid', 'discord', '600', 1763856000000),
('af974d130cc4fba08de81cc5d9849f8023b479e7ea34c6ce94dc9c555691401b', 'open', 1766365200000, NULL, NULL, NULL, 1766278800000),
('ccfb50308745b55fd3636f344c40d79a1a726e884bf9161cd74ea595673c7867', 'redeemed', 1763942400000, 'user-kay', 'discord', '700', 1763856000000),
('fcd101bcff0b0b85f65bec914e2c521270885fe95d96f9aa3524131db551ce55', 'redeemed', 1763942400000, 'tg-tom', 'telegram', '-500', 1763856000000);
INSERT INTO code (hash, kind, platform, user_id, place_platform, place_id, state, expires_at) VALUES
('0912f5a720b58fdc9a5d2a23a170ce891adf638f398610115418b6cbf75bb924', 'link', 'telegram', 'tg-kat', NULL, NULL, 'used', 1766275800000),
('0fec71a2732ebe0c443425cf2ba6c95b5ab066440b99b1f537bf5e482359dd8d', 'link', 'discord', 'user-nan', NULL, NULL, 'used', 1766279400000),
('127f1ad4857f688bec8844cd4b05b345f2cd156187430b9c0e93514a5cd93638', 'connect', 'telegram', 'tg-tom', 'telegram', '-500', 'used', 1766279400000),
('3552dde3e50e58405f66e592882cca12faef68b9af84247b64e0d9944bb13a97', 'link', 'discord', 'user-mia', NULL, NULL, 'used', 1766275800000),
('879e49f521b152b79ebc447c17b761d016ab600d9551347383d51ccf604faaab', 'link', 'telegram', 'tg-dot', NULL, NULL, 'used', 1766275800000),
('9e58f2577e640f504c6dc99263af2198f24d36cd7bce5ccdc56ed1ccfdeac9c2', 'link', 'telegram', 'tg-leni', NULL, NULL, 'used', 1766275800000),
('9e963a21b5ab61ed7f16b7b469864bd286274a24954de11ea99680105b8d11bb', 'link', 'telegram', 'tg-gus', NULL, NULL, 'used', 1766279400000),
('a0115a0be3456d91a32bfe5c5dca0618f09daf97d0130ff467253d13d937c671', 'link', 'discord', 'user-rob', NULL, NULL, 'used', 1766279400000),
('aa4f8330c22aa4fe0da65ec3524a2ade72822682539e5914757741c0d88075c5', 'link', 'discord', 'user-nan', NULL, NULL, 'used', 1766279400000),
('b5ccaaf0449fefe2d5d5e85d8b557ba100a3fbaa41c2546b92f1fb0cf9c0386f', 'link', 'discord', 'user-kim', NULL, NULL, 'used', 1766275800000),
('bd7d0ed8efea089ac4544b6877b1305a9308ca97821780abea364e2615f6a40d', 'link', 'discord', 'user-uma', NULL, NULL, 'used', 1766275800000),
('be01ac6af61ee08f937cf20bd5e20a4b720e03d63d956f1823deadb95308977a', 'link', 'discord', 'user-ria', NULL, NULL, 'open', 1766279400000),
('d7e9914f8015d50cc2d0ac9ecd722762c1a819b57990be372143f4741efc7499', 'link', 'discord', 'user-ria', NULL, NULL, 'replaced', 1766279400000),
('e6f6548d0a5d5fb77e002e307095e4be785b2c318b85e5adead51ca941cdb548', 'connect', 'discord', 'user-eve', 'discord', '300', 'open', 1766279400000),
('ea2526f7b51c713d4b27428e23124796f0d8f3f1bf555296a1cdeadc2ba6fc0c', 'link', 'discord', 'user-mia', NULL, NULL, 'used', 1766275800000),
('f6d925f41ad72d6254d4283373a42cebcf38f9b5afa52e2e9060728e148d196a', 'link', 'discord', 'user-dan', NULL, NULL, 'used', 1766275800000);
INSERT INTO community (id, name, locale, currency, grace_ms, contact_id, breaker_tripped_at, created_at, icon, color, account_id, breaker_told_at, skips_rules) VALUES
('com_1', 'The Club', 'en', 'usd', 86400000, 'prs_ada', NULL, 1763856000000, '♣', '#205040', NULL, NULL, 0),
('com_779cce1c956b2ea9576c', 'At user-eve''s', 'de', 'eur', 259200000, 'prs_15c57e6ccfc85bf29971', 1766278800000, 1763856000000, NULL, NULL, NULL, NULL, 0),
('com_a4be63b2e10ab5e2250d', 'At user-sid''s', 'de', 'usd', 259200000, 'prs_ade9e38e9cb7dc29e5f9', NULL, 1763856000000, NULL, NULL, NULL, NULL, 0),
('com_b08fd1d020fe66158866', 'At user-kay''s', 'de', 'usd', 259200000, 'prs_40551e8ec1afd42bda81', NULL, 1763856000000, NULL, NULL, NULL, NULL, 0),
('com_b4aa0250b0a7cce1179f', 'At tg-tom''s', 'de', 'usd', 259200000, 'prs_1885a8f828ea93221c8a', NULL, 1763856000000, NULL, NULL, NULL, NULL, 0);
INSERT INTO credit_note (account_id, id, customer_id, invoice_id, status, pre_payment_amount, post_payment_amount, currency, created_at, lines, refunds) VALUES
('acct_1', 'cn_nora', 'our_nora_usd', 'in_sub_nora', 'issued', 0, 300, 'usd', 1763942400000, '[{"amount":300,"line_id":"il_nora"}]', '[]');
INSERT INTO customer (id, person_id, account_id, currency, stripe_id, email, mark_seq, settled_seq, parts, claimed_seq, dirty_since_at, marked_at, recheck_at, state, attempts, next_at, lease_token, lease_until, last_error, created_at, heard_at) VALUES
('cus_0a4ff156106ff35a2466', 'prs_bill', 'acct_1', 'usd', 'cus_22', 'bill@example.org', 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('cus_0d999a6375e71bd083df', 'prs_cleo', 'acct_1', 'usd', NULL, NULL, 2, 2, 0, 2, NULL, 1763856000000, NULL, 'live', 0, 1763856000000, NULL, 0, NULL, 1763856000000, NULL),
('cus_19417940ae8f9e7ec00b', 'prs_cora', 'acct_1', 'usd', NULL, NULL, 2, 2, 0, 2, NULL, 1766275200000, NULL, 'live', 0, 1766275200000, NULL, 0, NULL, 1763856000000, NULL),
('cus_3417d75a064f23e860ff', 'prs_fred', 'acct_1', 'usd', 'cus_14', NULL, 1, 1, 0, 1, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('cus_41e37388f21d04243267', 'prs_lars', 'acct_1', 'usd', 'cus_49', NULL, 0, 0, 0, 0, NULL, NULL, NULL, 'live', 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('cus_4a8028bfdefec8643386', 'prs_tess', 'acct_1', 'usd', 'cus_36', NULL, 1, 1, 0, 1, NULL, 1766188800000, 1767139200000, 'live', 0, 1766188801000, NULL, 0, NULL, 1766188800000, NULL),
('cus_60b46624822be90cf973', 'prs_bert', 'acct_1', 'usd', 'cus_26', 'bert@example.org', 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('cus_77be5a04a0ee7f526ac6', 'prs_bruno', 'acct_1', 'usd', NULL, NULL, 1, 1, 0, 1, NULL, 1763856000000, NULL, 'live', 0, 1763856000000, NULL, 0, NULL, 1763856000000, NULL),
('cus_885356bef29285f5634f', 'prs_beth', 'acct_1', 'usd', 'cus_18', 'beth@example.org', 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942400000, NULL, 0, NULL, 1763942400000, NULL),
('cus_a36f2e394ad90bd50d67', 'prs_elsa', 'acct_1', 'usd', 'cus_41', NULL, 0, 0, 0, 0, NULL, NULL, NULL, 'live', 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('cus_c193ff4b465d18561655', 'prs_wim', 'acct_1', 'usd', 'cus_16', NULL, 2, 2, 0, 2, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1763942400000, NULL),
('cus_ed6158f73bd2e4806288', 'prs_bea', 'acct_1', 'usd', 'cus_38', NULL, 0, 0, 0, 0, NULL, NULL, NULL, 'live', 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('cus_f088f6f4d334448703d2', 'prs_bess', 'acct_1', 'usd', 'cus_30', 'bess@example.org', 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('cus_fed1b0c491dacbdc8e8e', 'prs_lena', 'acct_1', 'usd', 'cus_47', NULL, 0, 0, 0, 0, NULL, NULL, NULL, 'live', 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('our_ann_usd', 'prs_ann', 'acct_1', 'usd', 'cus_ann_usd', NULL, 2, 2, 0, 2, NULL, 1763856000000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL),
('our_carl_usd', 'prs_carl', 'acct_1', 'usd', 'cus_carl_usd', NULL, 2, 2, 0, 2, NULL, 1763856000000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL),
('our_cid_usd', 'prs_cid', 'acct_1', 'usd', 'cus_cid_usd', NULL, 2, 2, 0, 2, NULL, 1763856000000, 1766448000000, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL),
('our_dag_usd', 'prs_dag', 'acct_1', 'usd', 'cus_dag_usd', NULL, 1, 1, 0, 1, NULL, 1766278800000, NULL, 'live', 0, 1766278801000, NULL, 0, NULL, 1766278800000, NULL),
('our_dan_usd', 'prs_dan', 'acct_1', 'usd', 'cus_dan_usd', NULL, 4, 4, 0, 4, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1766275200000, NULL),
('our_dave_usd', 'prs_dave', 'acct_1', 'usd', 'cus_dave_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_dean_usd', 'prs_dean', 'acct_1', 'usd', 'cus_dean_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_dina_usd', 'prs_dina', 'acct_1', 'usd', 'cus_dina_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_dirk_usd', 'prs_dirk', 'acct_1', 'usd', 'cus_dirk_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_dora_usd', 'prs_dora', 'acct_1', 'usd', 'cus_dora_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_ella_usd', 'prs_ella', 'acct_1', 'usd', 'cus_ella_usd', NULL, 1, 1, 0, 1, NULL, 1766278800000, NULL, 'live', 0, 1766278801000, NULL, 0, NULL, 1766278800000, NULL),
('our_emil_eur', 'prs_emil', 'acct_1', 'eur', 'cus_emil_eur', NULL, 1, 1, 0, 1, NULL, 1763856000000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL),
('our_frank_usd', 'prs_frank', 'acct_1', 'usd', 'cus_35', NULL, 2, 2, 0, 2, NULL, 1766188800000, NULL, 'live', 0, 1766188801000, NULL, 0, NULL, 1766188800000, NULL),
('our_hugo_usd', 'prs_hugo', 'acct_1', 'usd', 'cus_hugo_usd', NULL, 2, 2, 0, 2, NULL, 1766278800000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL),
('our_ike_usd', 'prs_ike', 'acct_1', 'usd', 'cus_ike_usd', NULL, 2, 2, 0, 2, NULL, 1763856000000, NULL, 'live', 0, 1763856000000, NULL, 0, NULL, 1763856000000, NULL),
('our_ivy_usd', 'prs_ivy', 'acct_1', 'usd', 'cus_ivy_usd', NULL, 2, 2, 0, 2, NULL, 1763856000000, NULL, 'live', 0, 1763856000000, NULL, 0, NULL, 1763856000000, NULL),
('our_kim_usd', 'prs_kim', 'acct_1', 'usd', 'cus_kim_usd', NULL, 3, 3, 0, 3, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1766275200000, NULL),
('our_lea_usd', 'prs_lea', 'acct_1', 'usd', 'cus_lea_usd', NULL, 2, 2, 0, 2, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1766275200000, NULL),
('our_leni_usd', 'prs_leni', 'acct_1', 'usd', 'cus_leni_usd', NULL, 2, 2, 0, 2, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1766275200000, NULL),
('our_leo_usd', 'prs_leo', 'acct_1', 'usd', 'cus_leo_usd', NULL, 1, 1, 0, 1, NULL, 1766278800000, NULL, 'live', 0, 1766278801000, NULL, 0, NULL, 1766278800000, NULL),
('our_lola_usd', 'prs_lola', 'acct_1', 'usd', 'cus_lola_usd', NULL, 0, 0, 0, 0, NULL, NULL, NULL, 'live', 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('our_max_eur', 'prs_max', 'acct_1', 'eur', 'cus_max_eur', NULL, 2, 2, 0, 2, NULL, 1766278800000, NULL, 'live', 0, 1766278801000, NULL, 0, NULL, 1763856000000, NULL),
('our_mia_usd', 'prs_mia', 'acct_1', 'usd', 'cus_mia_usd', NULL, 3, 3, 0, 3, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1766275200000, NULL),
('our_moira_usd', 'prs_moira', 'acct_1', 'usd', 'cus_moira_usd', NULL, 2, 2, 0, 2, NULL, 1766188800000, NULL, 'live', 0, 1766188801000, NULL, 0, NULL, 1766188800000, NULL),
('our_moll_eur', 'prs_moll', 'acct_1', 'eur', 'cus_moll_eur', NULL, 2, 2, 0, 2, NULL, 1766278800000, NULL, 'live', 0, 1766278801000, NULL, 0, NULL, 1763856000000, NULL),
('our_nan_usd', 'prs_nan', 'acct_1', 'usd', 'cus_nan_usd', NULL, 3, 3, 0, 3, NULL, 1766278800000, NULL, 'live', 0, 1766278801000, NULL, 0, NULL, 1766278800000, NULL),
('our_nora_usd', 'prs_nora', 'acct_1', 'usd', 'cus_nora_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_otto_usd', 'prs_otto', 'acct_1', 'usd', 'cus_otto_usd', NULL, 1, 1, 0, 1, NULL, 1763942400000, 1766534400000, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_pam_usd', 'prs_pam', 'acct_1', 'usd', 'cus_pam_usd', NULL, 3, 2, 15, 3, 1766278800000, 1766278800000, NULL, 'live', 0, 0, 'de767d796adadc44c870aa754f8d12c9', 1766278860000, NULL, 1763856000000, 1796144417964),
('our_pat_usd', 'prs_pat', 'acct_1', 'usd', 'cus_pat_usd', NULL, 2, 2, 0, 2, NULL, 1763856000000, NULL, 'live', 0, 1763856000000, NULL, 0, NULL, 1763856000000, NULL),
('our_paul_usd', 'prs_paul', 'acct_1', 'usd', 'cus_paul_usd', NULL, 3, 3, 0, 3, NULL, 1763942400000, NULL, 'live', 0, 1763942400000, NULL, 0, NULL, 1763856000000, NULL),
('our_paula_usd', 'prs_paula', 'acct_1', 'usd', 'cus_paula_usd', NULL, 2, 2, 0, 2, NULL, 1766188800000, 1766534400000, 'live', 0, 1766188800000, NULL, 0, NULL, 1763856000000, NULL),
('our_rena_usd', 'prs_rena', 'acct_1', 'usd', 'cus_rena_usd', NULL, 2, 2, 0, 2, NULL, 1766188800000, NULL, 'live', 0, 1766188800000, NULL, 0, NULL, 1763856000000, NULL),
('our_rex_usd', 'prs_rex', 'acct_1', 'usd', 'cus_rex_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_ria_usd', 'prs_ria', 'acct_1', 'usd', 'cus_ria_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_rob_usd', 'prs_rob', 'acct_1', 'usd', 'cus_rob_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942401000, NULL, 0, NULL, 1763942400000, NULL),
('our_seda_usd', 'prs_seda', 'acct_1', 'usd', 'cus_seda_usd', NULL, 2, 2, 0, 2, NULL, 1763942400000, NULL, 'live', 0, 1763942400000, NULL, 0, NULL, 1763942400000, NULL),
('our_theo_usd', 'prs_theo', 'acct_1', 'usd', 'cus_theo_usd', NULL, 1, 1, 0, 1, NULL, 1763856000000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL),
('our_uma_usd', 'prs_uma', 'acct_1', 'usd', 'cus_uma_usd', NULL, 3, 3, 0, 3, NULL, 1766275200000, NULL, 'live', 0, 1766275201000, NULL, 0, NULL, 1766275200000, NULL),
('our_una_usd', 'prs_una', 'acct_1', 'usd', 'cus_una_usd', NULL, 3, 2, 3, 2, 1766278800000, 1766278800000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, 1796144418051),
('our_uwe_usd', 'prs_uwe', 'acct_1', 'usd', 'cus_uwe_usd', NULL, 3, 2, 15, 3, 1766278800000, 1766278800000, NULL, 'dead', 1, 1766278800000, NULL, 0, '500 after 12 attempts', 1763856000000, 1796144417961),
('our_wanda_usd', 'prs_wanda', 'acct_1', 'usd', 'cus_wanda_usd', NULL, 1, 1, 0, 1, NULL, 1763856000000, NULL, 'live', 0, 1763856001000, NULL, 0, NULL, 1763856000000, NULL);
INSERT INTO dispute (account_id, id, customer_id, charge_id, invoice_id, status, amount, currency, created_at, charge_amount) VALUES
('acct_1', 'dp_dave', 'our_dave_usd', 'ch_1', 'in_sub_dave', 'under_review', 900, 'usd', 1763942400000, NULL),
('acct_1', 'dp_dean', 'our_dean_usd', 'ch_1', 'in_sub_dean', 'warning_needs_response', 900, 'usd', 1763942400000, NULL),
('acct_1', 'dp_dina', 'our_dina_usd', 'ch_1', 'in_sub_dina', 'needs_response', 900, 'usd', 1763942400000, NULL),
('acct_1', 'dp_dirk', 'our_dirk_usd', 'ch_1', 'in_sub_dirk', 'lost', 900, 'usd', 1763942400000, NULL),
('acct_1', 'dp_dora', 'our_dora_usd', 'ch_1', 'in_sub_dora', 'won', 900, 'usd', 1763942400000, NULL);
INSERT INTO effect (person_id, target_id, seq, state, attempts, next_at, lease_token, lease_until, last_error, told_at, breaker_passed, opened_at, heard_at, cause, refused_at, ended) VALUES
('prs_ann', 'tgt_lounge', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, NULL, NULL, NULL, NULL),
('prs_ann', 'tgt_vip', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413641, NULL, NULL, NULL),
('prs_bruno', 'tgt_patron', 3, 'blocked', 0, 1766275200000, NULL, 0, 'hierarchy: the role stands above the bot''s', NULL, 0, 1766275200000, NULL, 'hierarchy', 1763856000000, NULL),
('prs_carl', 'tgt_bar', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414130, NULL, NULL, NULL),
('prs_cid', 'tgt_lounge', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144413984, NULL, NULL, NULL),
('prs_cid', 'tgt_vip', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413984, NULL, NULL, NULL),
('prs_cleo', 'tgt_lounge', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 1, 1763856000000, 1796144414689, NULL, NULL, 'agreed'),
('prs_cleo', 'tgt_vip', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 1, 1763856000000, 1796144414689, NULL, NULL, 'agreed'),
('prs_cora', 'tgt_patron', 4, 'blocked', 0, 1766278800000, NULL, 0, 'hierarchy: the role stands above the bot''s', NULL, 1, 1766278800000, NULL, 'hierarchy', 1763856000000, 'agreed'),
('prs_dag', 'tgt_lounge', 1, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144417985, NULL, NULL, NULL),
('prs_dag', 'tgt_vip', 1, 'dead', 0, 1766278800000, NULL, 0, '500 after 12 attempts', NULL, 0, 1766278800000, 1796144417985, NULL, NULL, NULL),
('prs_dan', 'tgt_lounge', 2, 'waiting', 0, 1766275200000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_dan', 'tgt_vip', 2, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_dave', 'tgt_lounge', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414885, NULL, NULL, NULL),
('prs_dave', 'tgt_vip', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414885, NULL, NULL, NULL),
('prs_dean', 'tgt_lounge', 1, 'waiting', 0, 1763942400000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763942400000, 1796144414954, NULL, NULL, NULL),
('prs_dean', 'tgt_vip', 1, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414954, NULL, NULL, NULL),
('prs_dina', 'tgt_lounge', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414838, NULL, NULL, NULL),
('prs_dina', 'tgt_vip', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414838, NULL, NULL, NULL),
('prs_dirk', 'tgt_lounge', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414948, NULL, NULL, NULL),
('prs_dirk', 'tgt_vip', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414948, NULL, NULL, NULL),
('prs_dora', 'tgt_lounge', 1, 'waiting', 0, 1763942400000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763942400000, 1796144414900, NULL, NULL, NULL),
('prs_dora', 'tgt_vip', 1, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414900, NULL, NULL, NULL),
('prs_dot', 'tgt_lounge', 3, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 1, 1766275200000, NULL, NULL, NULL, 'agreed'),
('prs_ella', 'tgt_lounge', 1, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144418006, NULL, NULL, NULL),
('prs_ella', 'tgt_vip', 1, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144418006, NULL, NULL, NULL),
('prs_emil', 'tgt_diver', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413411, NULL, NULL, NULL),
('prs_emil', 'tgt_grotto', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144413411, NULL, NULL, NULL),
('prs_frank', 'tgt_lounge', 2, 'done', 0, 1766188800000, NULL, 0, NULL, NULL, 0, 1766188800000, 1796144415657, NULL, NULL, NULL),
('prs_frank', 'tgt_vip', 2, 'done', 0, 1766188800000, NULL, 0, NULL, NULL, 0, 1766188800000, 1796144415657, NULL, NULL, NULL),
('prs_fred', 'tgt_vip', 1, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144415202, NULL, NULL, NULL),
('prs_hugo', 'tgt_lounge', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144413781, NULL, NULL, NULL),
('prs_hugo', 'tgt_vip', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413781, NULL, NULL, NULL),
('prs_kat', 'tgt_lounge', 2, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_kat', 'tgt_vip', 2, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_leni', 'tgt_bar', 1, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, 1796144415808, NULL, NULL, NULL),
('prs_leni', 'tgt_lounge', 1, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, 1796144415887, NULL, NULL, NULL),
('prs_leni', 'tgt_vip', 2, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_leo', 'tgt_lounge', 1, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144417968, NULL, NULL, NULL),
('prs_leo', 'tgt_vip', 1, 'open', 0, 1766278800000, 'de767d796adadc44d8c23d3a50775468', 1766278860000, NULL, NULL, 0, 1766278800000, 1796144417968, NULL, NULL, NULL),
('prs_max', 'tgt_diver', 2, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 1, 1766278800000, NULL, NULL, NULL, NULL),
('prs_max', 'tgt_grotto', 2, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144418019, NULL, NULL, NULL),
('prs_mia', 'tgt_lounge', 3, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_mia', 'tgt_vip', 1, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, 1796144416236, NULL, NULL, NULL),
('prs_moira', 'tgt_lounge', 2, 'done', 0, 1766188800000, NULL, 0, NULL, NULL, 0, 1766188800000, 1796144415620, NULL, NULL, NULL),
('prs_moira', 'tgt_vip', 2, 'done', 0, 1766188800000, NULL, 0, NULL, NULL, 0, 1766188800000, 1796144415620, NULL, NULL, NULL),
('prs_moll', 'tgt_diver', 2, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144418030, NULL, NULL, NULL),
('prs_moll', 'tgt_grotto', 2, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144418030, NULL, NULL, NULL),
('prs_nan', 'tgt_lounge', 3, 'open', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, NULL, NULL, NULL, NULL),
('prs_nan', 'tgt_vip', 1, 'done', 0, 1766278800000, NULL, 0, NULL, NULL, 0, 1766278800000, 1796144417664, NULL, NULL, NULL),
('prs_nora', 'tgt_lounge', 1, 'waiting', 0, 1763942400000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763942400000, 1796144414991, NULL, NULL, NULL),
('prs_nora', 'tgt_vip', 1, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414991, NULL, NULL, NULL),
('prs_otto', 'tgt_lounge', 1, 'waiting', 0, 1763942400000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763942400000, 1796144415329, NULL, NULL, NULL),
('prs_otto', 'tgt_vip', 1, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144415329, NULL, NULL, NULL),
('prs_pam', 'tgt_lounge', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414376, NULL, NULL, NULL),
('prs_pam', 'tgt_vip', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414376, NULL, NULL, NULL),
('prs_pat', 'tgt_lounge', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414623, NULL, NULL, 'grace'),
('prs_pat', 'tgt_vip', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414623, NULL, NULL, 'grace'),
('prs_paul', 'tgt_lounge', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414575, NULL, NULL, NULL),
('prs_paul', 'tgt_vip', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414575, NULL, NULL, NULL),
('prs_paula', 'tgt_lounge', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144413911, NULL, NULL, NULL),
('prs_paula', 'tgt_vip', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413911, NULL, NULL, NULL),
('prs_rena', 'tgt_lounge', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144413861, NULL, NULL, NULL),
('prs_rena', 'tgt_vip', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413861, NULL, NULL, NULL),
('prs_rex', 'tgt_lounge', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414723, NULL, NULL, NULL),
('prs_rex', 'tgt_vip', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414723, NULL, NULL, NULL),
('prs_ria', 'tgt_lounge', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414790, NULL, NULL, NULL),
('prs_ria', 'tgt_vip', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414790, NULL, NULL, NULL),
('prs_rob', 'tgt_lounge', 1, 'waiting', 0, 1763942400000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763942400000, 1796144414738, NULL, NULL, NULL),
('prs_rob', 'tgt_vip', 1, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144414738, NULL, NULL, NULL),
('prs_seda', 'tgt_lounge', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144415087, NULL, NULL, NULL),
('prs_seda', 'tgt_vip', 2, 'done', 0, 1763942400000, NULL, 0, NULL, NULL, 0, 1763942400000, 1796144415087, NULL, NULL, NULL),
('prs_tess', 'tgt_vip', 1, 'done', 0, 1766188800000, NULL, 0, NULL, NULL, 0, 1766188800000, 1796144415712, NULL, NULL, NULL),
('prs_theo', 'tgt_lounge', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144413941, NULL, NULL, NULL),
('prs_theo', 'tgt_vip', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on discord that we know', NULL, 0, 1763856000000, 1796144413941, NULL, NULL, NULL),
('prs_ulf', 'tgt_lounge', 3, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 1, 1766275200000, NULL, NULL, NULL, 'agreed'),
('prs_uma', 'tgt_lounge', 1, 'waiting', 0, 1766275200000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1766275200000, NULL, NULL, NULL, NULL),
('prs_uma', 'tgt_vip', 1, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 0, 1766275200000, 1796144415968, NULL, NULL, NULL),
('prs_una', 'tgt_lounge', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144414419, NULL, NULL, NULL),
('prs_una', 'tgt_vip', 1, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414419, NULL, NULL, NULL),
('prs_uwe', 'tgt_lounge', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414201, NULL, NULL, 'grace'),
('prs_uwe', 'tgt_vip', 2, 'done', 0, 1763856000000, NULL, 0, NULL, NULL, 0, 1763856000000, 1796144414201, NULL, NULL, 'grace'),
('prs_wanda', 'tgt_lounge', 1, 'waiting', 0, 1763856000000, NULL, 0, 'has no account on telegram that we know', NULL, 0, 1763856000000, 1796144414032, NULL, NULL, NULL),
('prs_wanda', 'tgt_vip', 1, 'waiting', 0, 1763856000000, NULL, 0, 'is not in the server or chat', NULL, 0, 1763856000000, 1796144414032, NULL, NULL, NULL),
('prs_wim', 'tgt_vip', 2, 'done', 0, 1766275200000, NULL, 0, NULL, NULL, 1, 1766275200000, 1796144415805, NULL, NULL, 'agreed');
INSERT INTO entitlement (id, source, source_id, account_id, plan_id, payer_id, beneficiary_id, began_at, access_from, access_until, reason, home_id, moved_id, logged, end_at, end_known_at, end_why) VALUES
('ent_comp_acct_1_cmp_85aaa2a05f554a996548', 'comp', 'cmp_85aaa2a05f554a996548', NULL, 'pln_pro', 'prs_ada', 'prs_cleo', 1763856000000, 1763856000000, 1763856000000, 'ended', NULL, NULL, NULL, 1771632000000, 1763856000000, 'comp'),
('ent_comp_acct_1_cmp_8b8807cd4a45578b6e22', 'comp', 'cmp_8b8807cd4a45578b6e22', NULL, 'pln_66ddd0751caecab045dd', 'prs_ada', 'prs_cora', 1763856000000, 1763856000000, 1764460800000, 'comp', NULL, NULL, NULL, 1764460800000, 1763856000000, 'comp'),
('ent_comp_acct_1_cmp_d49fa8591e6e11c375bb', 'comp', 'cmp_d49fa8591e6e11c375bb', NULL, 'pln_66ddd0751caecab045dd', 'prs_ada', 'prs_bruno', 1763856000000, 1763856000000, NULL, 'comp', NULL, NULL, 1, NULL, NULL, NULL),
('ent_purchase_acct_1_pur_61553812fb6d4a2ceb9f', 'purchase', 'pur_61553812fb6d4a2ceb9f', 'acct_1', 'pln_53253e2c8340d85c4e8c', 'prs_fred', 'prs_fred', 1763942400000, 1763942400000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_purchase_acct_1_pur_9af21e54d150c5a59289', 'purchase', 'pur_9af21e54d150c5a59289', 'acct_1', 'pln_0f5cbad1fe9a455672ae', 'prs_wim', 'prs_wim', 1763942400000, 1763942400000, 1764547200000, 'expired', NULL, NULL, NULL, 1764547200000, 1763942400000, 'paid'),
('ent_purchase_acct_1_pur_otto', 'purchase', 'pur_otto', 'acct_1', 'pln_pro', 'prs_otto', 'prs_otto', 1763942400000, 1763942400000, 1766534400000, 'paid', NULL, NULL, 1, 1766534400000, 1763942400000, 'paid'),
('ent_subscription_acct_1_sub_ann', 'subscription', 'sub_ann', 'acct_1', 'pln_pro', 'prs_ann', 'prs_ann', 1763856000000, 1763856000000, NULL, 'paid', 'prs_ann', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_carl', 'subscription', 'sub_carl', 'acct_1', 'pln_lite', 'prs_carl', 'prs_carl', 1763856000000, NULL, NULL, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_cid', 'subscription', 'sub_cid', 'acct_1', 'pln_pro', 'prs_cid', 'prs_cid', 1763856000000, 1763856000000, 1766448000000, 'paid', NULL, NULL, 1, 1766448000000, 0, 'paid'),
('ent_subscription_acct_1_sub_cs_37', 'subscription', 'sub_cs_37', 'acct_1', 'pln_78a91e5ef8598a29f556', 'prs_tess', 'prs_tess', 1766188800000, 1766188800000, NULL, 'trialing', NULL, NULL, 1, 1767398400000, 1766188800000, 'trialing'),
('ent_subscription_acct_1_sub_dag', 'subscription', 'sub_dag', 'acct_1', 'pln_pro', 'prs_dag', 'prs_dag', 1766278800000, 1766278800000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_dan', 'subscription', 'sub_dan', 'acct_1', 'pln_pro', 'prs_dan', 'prs_dan', 1766275200000, 1766275200000, NULL, 'paid', 'prs_dan', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_dave', 'subscription', 'sub_dave', 'acct_1', 'pln_pro', 'prs_dave', 'prs_dave', 1763942400000, NULL, NULL, 'disputed', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_dean', 'subscription', 'sub_dean', 'acct_1', 'pln_pro', 'prs_dean', 'prs_dean', 1763942400000, 1763942400000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_dina', 'subscription', 'sub_dina', 'acct_1', 'pln_pro', 'prs_dina', 'prs_dina', 1763942400000, NULL, NULL, 'disputed', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_dirk', 'subscription', 'sub_dirk', 'acct_1', 'pln_pro', 'prs_dirk', 'prs_dirk', 1763942400000, NULL, NULL, 'disputed', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_dora', 'subscription', 'sub_dora', 'acct_1', 'pln_pro', 'prs_dora', 'prs_dora', 1763942400000, 1763942400000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_ella', 'subscription', 'sub_ella', 'acct_1', 'pln_pro', 'prs_ella', 'prs_ella', 1766278800000, 1766278800000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_emil', 'subscription', 'sub_emil', 'acct_1', 'pln_de7ace070cbf06a4f0b9', 'prs_emil', 'prs_emil', 1763856000000, 1763856000000, NULL, 'paid', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_frank', 'subscription', 'sub_frank', 'acct_1', 'pln_pro', 'prs_frank', 'prs_frank', 1766188800000, NULL, NULL, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_hugo', 'subscription', 'sub_hugo', 'acct_1', 'pln_pro', 'prs_hugo', 'prs_hugo', 1763856000000, 1763856000000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_ike', 'subscription', 'sub_ike', 'acct_1', 'pln_pro', 'prs_ike', 'prs_ike', 1763856000000, NULL, NULL, 'awaiting_first_payment', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_ivy', 'subscription', 'sub_ivy', 'acct_1', 'pln_pro', 'prs_ivy', 'prs_ivy', 1763856000000, NULL, NULL, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_kim', 'subscription', 'sub_kim', 'acct_1', 'pln_pro', 'prs_kim', 'prs_kat', 1766275200000, 1766275200000, NULL, 'paid', 'prs_kat', 'mov_6e243af07037da75d99b', 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_lea', 'subscription', 'sub_lea', 'acct_1', 'pln_lite', 'prs_leni', 'prs_leni', 1766275200000, 1766275200000, NULL, 'paid', 'prs_lea', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_leni', 'subscription', 'sub_leni', 'acct_1', 'pln_pro', 'prs_leni', 'prs_leni', 1766275200000, 1766275200000, NULL, 'paid', 'prs_leni', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_leo', 'subscription', 'sub_leo', 'acct_1', 'pln_pro', 'prs_leo', 'prs_leo', 1766278800000, 1766278800000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_max', 'subscription', 'sub_max', 'acct_1', 'pln_de7ace070cbf06a4f0b9', 'prs_max', 'prs_max', 1763856000000, NULL, NULL, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_mia', 'subscription', 'sub_mia', 'acct_1', 'pln_pro', 'prs_mia', 'prs_mia', 1766275200000, 1766275200000, NULL, 'paid', 'prs_mia', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_moira', 'subscription', 'sub_moira', 'acct_1', 'pln_pro', 'prs_moira', 'prs_moira', 1766188800000, NULL, NULL, 'changed', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_moll', 'subscription', 'sub_moll', 'acct_1', 'pln_de7ace070cbf06a4f0b9', 'prs_moll', 'prs_moll', 1763856000000, NULL, NULL, 'canceled', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_nan', 'subscription', 'sub_nan', 'acct_1', 'pln_pro', 'prs_nan', 'prs_nan', 1766278800000, 1766278800000, NULL, 'paid', 'prs_nan', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_nora', 'subscription', 'sub_nora', 'acct_1', 'pln_pro', 'prs_nora', 'prs_nora', 1763942400000, 1763942400000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_pam', 'subscription', 'sub_pam', 'acct_1', 'pln_pro', 'prs_pam', 'prs_pam', 1763856000000, NULL, NULL, 'paused', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_pat', 'subscription', 'sub_pat', 'acct_1', 'pln_pro', 'prs_pat', 'prs_pat', 1763856000000, NULL, NULL, 'past_due', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_paul', 'subscription', 'sub_paul', 'acct_1', 'pln_pro', 'prs_paul', 'prs_paul', 1763856000000, NULL, NULL, 'paused', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_paula', 'subscription', 'sub_paula', 'acct_1', 'pln_pro', 'prs_paula', 'prs_paula', 1763856000000, 1763856000000, 1766620800000, 'grace', NULL, NULL, 1, 1766620800000, 1766188800000, 'grace'),
('ent_subscription_acct_1_sub_rena', 'subscription', 'sub_rena', 'acct_1', 'pln_pro', 'prs_rena', 'prs_rena', 1763856000000, 1763856000000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_rex', 'subscription', 'sub_rex', 'acct_1', 'pln_pro', 'prs_rex', 'prs_rex', 1763942400000, NULL, NULL, 'refunded', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_ria', 'subscription', 'sub_ria', 'acct_1', 'pln_pro', 'prs_ria', 'prs_ria', 1763942400000, NULL, NULL, 'refunded', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_rob', 'subscription', 'sub_rob', 'acct_1', 'pln_pro', 'prs_rob', 'prs_rob', 1763942400000, 1763942400000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_seda', 'subscription', 'sub_seda', 'acct_1', 'pln_pro', 'prs_seda', 'prs_seda', 1763942400000, NULL, NULL, 'awaiting_first_payment', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_theo', 'subscription', 'sub_theo', 'acct_1', 'pln_pro', 'prs_theo', 'prs_theo', 1763856000000, 1763856000000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_uma', 'subscription', 'sub_uma', 'acct_1', 'pln_pro', 'prs_uma', 'prs_uma', 1766275200000, 1766275200000, NULL, 'paid', 'prs_uma', NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_una', 'subscription', 'sub_una', 'acct_1', 'pln_pro', 'prs_una', 'prs_una', 1763856000000, 1763856000000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_uwe', 'subscription', 'sub_uwe', 'acct_1', 'pln_pro', 'prs_uwe', 'prs_uwe', 1763856000000, NULL, NULL, 'unpaid', NULL, NULL, NULL, NULL, NULL, NULL),
('ent_subscription_acct_1_sub_wanda', 'subscription', 'sub_wanda', 'acct_1', 'pln_pro', 'prs_wanda', 'prs_wanda', 1763856000000, 1763856000000, NULL, 'paid', NULL, NULL, 1, NULL, NULL, NULL),
('ent_trial_1', 'trial', 'ent_trial_1', NULL, 'pln_pro', 'prs_carl', 'prs_carl', 1763856000000, 1763856000000, 1766278800000, 'comp', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO event (account_id, id, type, object_id, stripe_customer_id, created_at, received_at, body, state, mark_seq, attempts, next_at, lease_token, lease_until, last_error) VALUES
('acct_1', 'evt_43', 'invoice.paid', 'in_sub_hugo', 'cus_hugo_usd', 1766278800000, 1766278800000, '{"id": "evt_43", "object": "event", "type": "invoice.paid", "created": 1766278800, "livemode": false, "data": {"object": {"id": "in_sub_hugo", "object": "invoice", "customer": "cus_hugo_usd", "metadata": {}}}}', 'settled', 2, 0, 0, NULL, 0, NULL),
('acct_1', 'evt_44', 'account.updated', 'acct_1', NULL, 1766278800000, 1766278800000, '{"id": "evt_44", "object": "event", "type": "account.updated", "created": 1766278800, "livemode": false, "data": {"object": {"id": "acct_1", "object": "account", "customer": null, "metadata": {}}}}', 'noted', 0, 0, 0, NULL, 0, NULL),
('acct_1', 'evt_45', 'invoice.paid', 'in_foreign', 'cus_foreign', 1766278800000, 1766278800000, '{"id": "evt_45", "object": "event", "type": "invoice.paid", "created": 1766278800, "livemode": false, "data": {"object": {"id": "in_foreign", "object": "invoice", "customer": "cus_foreign", "metadata": {}}}}', 'foreign', 0, 0, 0, NULL, 0, NULL),
('acct_1', 'evt_46', 'charge.refunded', 'ch_dead', NULL, 1766278800000, 1766278800000, '{"id": "evt_46", "object": "event", "type": "charge.refunded", "created": 1766278800, "livemode": false, "data": {"object": {"id": "ch_dead", "object": "charge", "customer": null, "metadata": {}}}}', 'dead', 0, 1, 1766278800000, NULL, 0, '500 after 12 attempts'),
('acct_1', 'evt_52', 'invoice.paid', 'in_sub_una', 'cus_una_usd', 1766278800000, 1766278800000, '{"id": "evt_52", "object": "event", "type": "invoice.paid", "created": 1766278800, "livemode": false, "data": {"object": {"id": "in_sub_una", "object": "invoice", "customer": "cus_una_usd", "metadata": {}}}}', 'marked', 3, 0, 0, NULL, 0, NULL),
('acct_1', 'evt_53', 'charge.refunded', 'ch_rex', NULL, 1766278800000, 1766278800000, '{"id": "evt_53", "object": "event", "type": "charge.refunded", "created": 1766278800, "livemode": false, "data": {"object": {"id": "ch_rex", "object": "charge", "customer": null, "metadata": {}}}}', 'unresolved', 0, 0, 0, 'de767d796adadc44b749cca93e1d600d', 1766278860000, NULL),
('acct_1', 'evt_54', 'charge.refunded', 'ch_rob', NULL, 1766278800000, 1766278800000, '{"id": "evt_54", "object": "event", "type": "charge.refunded", "created": 1766278800, "livemode": false, "data": {"object": {"id": "ch_rob", "object": "charge", "customer": null, "metadata": {}}}}', 'unresolved', 0, 0, 0, NULL, 0, NULL);
INSERT INTO former_customer (account_id, stripe_id, customer_id) VALUES
('acct_1', 'cus_frank_usd', 'our_frank_usd');
INSERT INTO guess (platform, user_id, tried, since_at) VALUES
('discord', 'user-don', 0, 1766275200000),
('discord', 'user-eve', 1, 1766278800000),
('discord', 'user-gia', 0, 1766278800000),
('discord', 'user-kit', 0, 1766275200000),
('discord', 'user-lea', 0, 1766275200000),
('discord', 'user-sid', 0, 1766278800000),
('telegram', 'tg-dot', 0, 1766275200000),
('telegram', 'tg-kat', 0, 1766275200000),
('telegram', 'tg-mona', 0, 1766275200000),
('telegram', 'tg-mona2', 0, 1766275200000),
('telegram', 'tg-ned', 0, 1766278800000),
('telegram', 'tg-nell', 0, 1766278800000),
('telegram', 'tg-olga', 0, 1763856000000),
('telegram', 'tg-ray', 0, 1766278800000),
('telegram', 'tg-tina', 0, 1763856000000),
('telegram', 'tg-tom', 1, 1766278800000),
('telegram', 'tg-ulf', 0, 1766275200000);
INSERT INTO identity (platform, user_id, person_id, name, created_at, parted_at) VALUES
('discord', 'user-ada', 'prs_ada', 'ada', 1763856000000, NULL),
('discord', 'user-ann', 'prs_ann', 'ann', 1763856000000, NULL),
('discord', 'user-bea', 'prs_bea', 'bea', 1766188800000, NULL),
('discord', 'user-bert', 'prs_bert', 'bert', 1763942400000, NULL),
('discord', 'user-bess', 'prs_bess', 'bess', 1763942400000, NULL),
('discord', 'user-beth', 'prs_beth', 'beth', 1763942400000, NULL),
('discord', 'user-bill', 'prs_bill', 'bill', 1763942400000, NULL),
('discord', 'user-bruno', 'prs_bruno', 'bruno', 1763856000000, NULL),
('discord', 'user-carl', 'prs_carl', 'carl', 1763856000000, NULL),
('discord', 'user-cid', 'prs_cid', 'cid', 1763856000000, NULL),
('discord', 'user-cleo', 'prs_cleo', 'cleo', 1763856000000, NULL),
('discord', 'user-cora', 'prs_cora', 'cora', 1763856000000, NULL),
('discord', 'user-dag', 'prs_dag', 'dag', 1766278800000, NULL),
('discord', 'user-dan', 'prs_dan', 'dan', 1766275200000, 1766275200000),
('discord', 'user-dave', 'prs_dave', 'dave', 1763942400000, NULL),
('discord', 'user-dean', 'prs_dean', 'dean', 1763942400000, NULL),
('discord', 'user-dina', 'prs_dina', 'dina', 1763942400000, NULL),
('discord', 'user-dirk', 'prs_dirk', 'dirk', 1763942400000, NULL),
('discord', 'user-don', 'prs_dot', 'don', 1766275200000, NULL),
('discord', 'user-dora', 'prs_dora', 'dora', 1763942400000, NULL),
('discord', 'user-ella', 'prs_ella', 'ella', 1766278800000, NULL),
('discord', 'user-elsa', 'prs_elsa', 'elsa', 1766188800000, NULL),
('discord', 'user-emil', 'prs_emil', 'emil', 1763856000000, NULL),
('discord', 'user-eve', 'prs_15c57e6ccfc85bf29971', 'User-Eve', 1763856000000, NULL),
('discord', 'user-frank', 'prs_frank', 'frank', 1766188800000, NULL),
('discord', 'user-fred', 'prs_fred', 'fred', 1763942400000, NULL),
('discord', 'user-gia', 'prs_gia', 'gia', 1766278800000, NULL),
('discord', 'user-hugo', 'prs_hugo', 'hugo', 1763856000000, NULL),
('discord', 'user-ike', 'prs_ike', 'ike', 1763856000000, NULL),
('discord', 'user-ivy', 'prs_ivy', 'ivy', 1763856000000, NULL),
('discord', 'user-kay', 'prs_40551e8ec1afd42bda81', 'User-Kay', 1763856000000, NULL),
('discord', 'user-kim', 'prs_kim', 'kim', 1766275200000, 1766275200000),
('discord', 'user-kit', 'prs_kat', 'kit', 1766275200000, NULL),
('discord', 'user-lars', 'prs_lars', 'lars', 1766278800000, NULL),
('discord', 'user-lea', 'prs_leni', 'lea', 1766275200000, NULL),
('discord', 'user-lena', 'prs_lena', 'lena', 1766278800000, NULL),
('discord', 'user-leo', 'prs_leo', 'leo', 1766278800000, NULL),
('discord', 'user-lola', 'prs_lola', 'lola', 1766278800000, NULL),
('discord', 'user-max', 'prs_max', 'max', 1763856000000, NULL),
('discord', 'user-mia', 'prs_mia', 'mia', 1766275200000, NULL),
('discord', 'user-moira', 'prs_moira', 'moira', 1766188800000, NULL),
('discord', 'user-moll', 'prs_moll', 'moll', 1763856000000, NULL),
('discord', 'user-nan', 'prs_nan', 'nan', 1766278800000, NULL),
('discord', 'user-nora', 'prs_nora', 'nora', 1763942400000, NULL),
('discord', 'user-otto', 'prs_otto', 'otto', 1763942400000, NULL),
('discord', 'user-pam', 'prs_pam', 'pam', 1763856000000, NULL),
('discord', 'user-pat', 'prs_pat', 'pat', 1763856000000, NULL),
('discord', 'user-paul', 'prs_paul', 'paul', 1763856000000, NULL),
('discord', 'user-paula', 'prs_paula', 'paula', 1763856000000, NULL),
('discord', 'user-rena', 'prs_rena', 'rena', 1763856000000, NULL),
('discord', 'user-rex', 'prs_rex', 'rex', 1763942400000, NULL),
('discord', 'user-ria', 'prs_ria', 'ria', 1763942400000, NULL),
('discord', 'user-rob', 'prs_rob', 'rob', 1763942400000, NULL),
('discord', 'user-seda', 'prs_seda', 'seda', 1763942400000, NULL),
('discord', 'user-sid', 'prs_ade9e38e9cb7dc29e5f9', 'User-Sid', 1763856000000, NULL),
('discord', 'user-tess', 'prs_tess', 'tess', 1766188800000, NULL),
('discord', 'user-uma', 'prs_uma', 'uma', 1766275200000, 1766275200000),
('discord', 'user-una', 'prs_una', 'una', 1763856000000, NULL),
('discord', 'user-uwe', 'prs_uwe', 'uwe', 1763856000000, NULL),
('discord', 'user-wanda', 'prs_wanda', 'wanda', 1763856000000, NULL),
('discord', 'user-wim', 'prs_wim', 'wim', 1763942400000, NULL),
('telegram', 'tg-dot', 'prs_dot', 'dot', 1766275200000, NULL),
('telegram', 'tg-gus', 'prs_gus', 'gus', 1766278800000, NULL),
('telegram', 'tg-kat', 'prs_kat', 'kat', 1766275200000, NULL),
('telegram', 'tg-leni', 'prs_leni', 'leni', 1766275200000, NULL),
('telegram', 'tg-mona', 'prs_mona', 'mona', 1766275200000, 1766275200000),
('telegram', 'tg-mona2', 'prs_mia', 'mona2', 1766275200000, NULL),
('telegram', 'tg-ned', 'prs_ned', 'ned', 1766278800000, 1766278800000),
('telegram', 'tg-nell', 'prs_nan', 'nell', 1766278800000, NULL),
('telegram', 'tg-olga', 'prs_471f819ba91c396b0bab', 'Tg-Olga', 1763856000000, NULL),
('telegram', 'tg-ray', 'prs_ray', 'ray', 1766278800000, NULL),
('telegram', 'tg-tara', 'prs_91ced15500b2025d0b5f', 'tg-tara', 1763856000000, NULL),
('telegram', 'tg-theo', 'prs_theo', 'theo', 1763856000000, NULL),
('telegram', 'tg-tina', 'prs_ann', 'tina', 1763856000000, NULL),
('telegram', 'tg-tom', 'prs_1885a8f828ea93221c8a', 'Tg-Tom', 1763856000000, NULL),
('telegram', 'tg-ulf', 'prs_ulf', 'ulf', 1766275200000, 1766275200000);
INSERT INTO installation (sole, id, created_at) VALUES
(1, 'ins_frozen', 1766278800000);
INSERT INTO invoice (account_id, id, customer_id, subscription_id, purchase_id, status, number, description, billing_reason, currency, total, amount_paid, amount_remaining, period_start_at, period_end_at, due_at, finalized_at, paid_at, failed_at, hosted_url, pdf_url, created_at, lines, balance_applied, auto_advance, ended_at, by_pause, processing, access_kept, withdrawn) VALUES
('acct_1', 'in_19', 'cus_885356bef29285f5634f', NULL, NULL, 'open', 'GL-0021', 'A print for beth', 'manual', 'usd', 2500, 0, 2500, 1763942400000, 1763942400000, 1765152000000, 1763942400000, NULL, NULL, 'https://invoice.example/in_19', 'https://invoice.example/in_19/pdf', 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_23', 'cus_0a4ff156106ff35a2466', NULL, NULL, 'paid', 'GL-0025', 'A print for bill', 'manual', 'usd', 2500, 2500, 0, 1763942400000, 1763942400000, 1765152000000, 1763942400000, 1763942400000, NULL, 'https://invoice.example/in_23', 'https://invoice.example/in_23/pdf', 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_27', 'cus_60b46624822be90cf973', NULL, NULL, 'void', 'GL-0029', 'A print for bert', 'manual', 'usd', 2500, 0, 2500, 1763942400000, 1763942400000, 1765152000000, 1763942400000, NULL, NULL, 'https://invoice.example/in_27', 'https://invoice.example/in_27/pdf', 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 1),
('acct_1', 'in_31', 'cus_f088f6f4d334448703d2', NULL, NULL, 'uncollectible', 'GL-0033', 'A print for bess', 'manual', 'usd', 2500, 0, 2500, 1763942400000, 1763942400000, 1765152000000, 1763942400000, NULL, NULL, 'https://invoice.example/in_31', 'https://invoice.example/in_31/pdf', 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_cs_15', 'cus_3417d75a064f23e860ff', NULL, 'pur_61553812fb6d4a2ceb9f', 'paid', NULL, NULL, 'manual', 'usd', 20000, 20000, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_cs_15', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_cs_17', 'cus_c193ff4b465d18561655', NULL, 'pur_9af21e54d150c5a59289', 'paid', NULL, NULL, 'manual', 'usd', 300, 300, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_cs_17', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_cs_37', 'cus_4a8028bfdefec8643386', 'sub_cs_37', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 0, 0, 0, 1766188800000, 1768780800000, NULL, NULL, 1766188800000, NULL, 'https://pay.example/in_cs_37', NULL, 1766188800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_paul_2', 'our_paul_usd', 'sub_paul', NULL, 'draft', NULL, NULL, 'subscription_cycle', 'usd', 900, 0, 900, 1763942400000, 1766534400000, NULL, NULL, NULL, NULL, 'https://pay.example/in_paul_2', NULL, 1763942400000, NULL, 0, 0, NULL, 1, 0, 1, 0),
('acct_1', 'in_paula_2', 'our_paula_usd', 'sub_paula', NULL, 'open', NULL, NULL, 'subscription_cycle', 'usd', 900, 0, 900, 1766188800000, 1768780800000, NULL, 1766188800000, NULL, 1766188800000, 'https://pay.example/in_paula_2', NULL, 1766188800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_pur_otto', 'our_otto_usd', NULL, 'pur_otto', 'paid', NULL, NULL, 'manual', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_pur_otto', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_rena_2', 'our_rena_usd', 'sub_rena', NULL, 'draft', NULL, NULL, 'subscription_cycle', 'usd', 900, 0, 900, 1766188800000, 1768780800000, NULL, NULL, NULL, NULL, 'https://pay.example/in_rena_2', NULL, 1766188800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_ann', 'our_ann_usd', 'sub_ann', NULL, 'paid', NULL, NULL, 'subscription_cycle', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_ann', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_carl', 'our_carl_usd', 'sub_carl', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_carl', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_cid', 'our_cid_usd', 'sub_cid', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_cid', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dag', 'our_dag_usd', 'sub_dag', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766278800000, 1768870800000, NULL, NULL, 1766278800000, NULL, 'https://pay.example/in_sub_dag', NULL, 1766278800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dan', 'our_dan_usd', 'sub_dan', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766275200000, 1768867200000, NULL, NULL, 1766275200000, NULL, 'https://pay.example/in_sub_dan', NULL, 1766275200000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dave', 'our_dave_usd', 'sub_dave', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_dave', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dean', 'our_dean_usd', 'sub_dean', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_dean', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dina', 'our_dina_usd', 'sub_dina', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_dina', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dirk', 'our_dirk_usd', 'sub_dirk', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_dirk', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_dora', 'our_dora_usd', 'sub_dora', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_dora', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_ella', 'our_ella_usd', 'sub_ella', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766278800000, 1768870800000, NULL, NULL, 1766278800000, NULL, 'https://pay.example/in_sub_ella', NULL, 1766278800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_emil', 'our_emil_eur', 'sub_emil', NULL, 'paid', NULL, NULL, 'subscription_create', 'eur', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_emil', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_frank', 'our_frank_usd', 'sub_frank', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766188800000, 1768780800000, NULL, NULL, 1766188800000, NULL, 'https://pay.example/in_sub_frank', NULL, 1766188800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_hugo', 'our_hugo_usd', 'sub_hugo', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_hugo', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_ike', 'our_ike_usd', 'sub_ike', NULL, 'open', NULL, NULL, 'subscription_create', 'usd', 900, 0, 900, 1763856000000, 1766448000000, NULL, NULL, NULL, NULL, 'https://pay.example/in_sub_ike', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_ivy', 'our_ivy_usd', 'sub_ivy', NULL, 'open', NULL, NULL, 'subscription_create', 'usd', 900, 0, 900, 1763856000000, 1766448000000, NULL, NULL, NULL, NULL, 'https://pay.example/in_sub_ivy', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_kim', 'our_kim_usd', 'sub_kim', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766275200000, 1768867200000, NULL, NULL, 1766275200000, NULL, 'https://pay.example/in_sub_kim', NULL, 1766275200000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_lea', 'our_lea_usd', 'sub_lea', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766275200000, 1768867200000, NULL, NULL, 1766275200000, NULL, 'https://pay.example/in_sub_lea', NULL, 1766275200000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_leni', 'our_leni_usd', 'sub_leni', NULL, 'paid', NULL, NULL, 'subscription_cycle', 'usd', 900, 900, 0, 1766275200000, 1768867200000, NULL, NULL, 1766275200000, NULL, 'https://pay.example/in_sub_leni', NULL, 1766275200000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_leo', 'our_leo_usd', 'sub_leo', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766278800000, 1768870800000, NULL, NULL, 1766278800000, NULL, 'https://pay.example/in_sub_leo', NULL, 1766278800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_max', 'our_max_eur', 'sub_max', NULL, 'paid', NULL, NULL, 'subscription_create', 'eur', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_max', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_mia', 'our_mia_usd', 'sub_mia', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766275200000, 1768867200000, NULL, NULL, 1766275200000, NULL, 'https://pay.example/in_sub_mia', NULL, 1766275200000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_moira', 'our_moira_usd', 'sub_moira', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766188800000, 1768780800000, NULL, NULL, 1766188800000, NULL, 'https://pay.example/in_sub_moira', NULL, 1766188800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_moll', 'our_moll_eur', 'sub_moll', NULL, 'paid', NULL, NULL, 'subscription_create', 'eur', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_moll', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_nan', 'our_nan_usd', 'sub_nan', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766278800000, 1768870800000, NULL, NULL, 1766278800000, NULL, 'https://pay.example/in_sub_nan', NULL, 1766278800000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_nora', 'our_nora_usd', 'sub_nora', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_nora', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_pam', 'our_pam_usd', 'sub_pam', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1763856000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_pam', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_pat', 'our_pat_usd', 'sub_pat', NULL, 'open', NULL, NULL, 'subscription_create', 'usd', 900, 0, 900, 1763856000000, 1766448000000, NULL, NULL, NULL, 1763856000000, 'https://pay.example/in_sub_pat', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_paul', 'our_paul_usd', 'sub_paul', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_paul', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_paula', 'our_paula_usd', 'sub_paula', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_paula', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_rena', 'our_rena_usd', 'sub_rena', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_rena', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_rex', 'our_rex_usd', 'sub_rex', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_rex', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_ria', 'our_ria_usd', 'sub_ria', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_ria', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_rob', 'our_rob_usd', 'sub_rob', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763942400000, 1766534400000, NULL, NULL, 1763942400000, NULL, 'https://pay.example/in_sub_rob', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_seda', 'our_seda_usd', 'sub_seda', NULL, 'open', NULL, NULL, 'subscription_create', 'usd', 900, 0, 900, 1763942400000, 1766534400000, NULL, NULL, NULL, NULL, 'https://pay.example/in_sub_seda', NULL, 1763942400000, NULL, 0, 1, NULL, 0, 1, 0, 0),
('acct_1', 'in_sub_theo', 'our_theo_usd', 'sub_theo', NULL, 'paid', NULL, NULL, 'subscription_cycle', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_theo', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_uma', 'our_uma_usd', 'sub_uma', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1766275200000, 1768867200000, NULL, NULL, 1766275200000, NULL, 'https://pay.example/in_sub_uma', NULL, 1766275200000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_una', 'our_una_usd', 'sub_una', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1763856000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_una', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_uwe', 'our_uwe_usd', 'sub_uwe', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1763856000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_uwe', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0),
('acct_1', 'in_sub_wanda', 'our_wanda_usd', 'sub_wanda', NULL, 'paid', NULL, NULL, 'subscription_create', 'usd', 900, 900, 0, 1763856000000, 1766448000000, NULL, NULL, 1763856000000, NULL, 'https://pay.example/in_sub_wanda', NULL, 1763856000000, NULL, 0, 1, NULL, 0, 0, 0, 0);
INSERT INTO join_request (platform, chat_id, user_id, asked_at) VALUES
('telegram', '-200', 'tg-trudy', 1766278800000);
INSERT INTO joining (id, platform, place_id, place_name, asker_platform, asker_id, host_platform, host_place_id, host_asker_platform, host_asker_id, state, expires_at) VALUES
('joi_063ebe55e42df7187bef', 'telegram', '-400', 'tg-olga''s place', 'telegram', 'tg-olga', 'discord', '300', 'discord', 'user-eve', 'done', 1763942400000),
('joi_38b827a5c72f9bed3a61', 'discord', '600', 'user-sid''s place', 'discord', 'user-sid', 'telegram', '-500', 'telegram', 'tg-tom', 'open', 1766365200000),
('joi_53ac5c27c505f9b01124', 'discord', '300', 'user-eve''s place', 'discord', 'user-eve', 'telegram', '-500', 'telegram', 'tg-tom', 'refused', 1763942400000);
INSERT INTO lease (name, token, until_at) VALUES
('timers', 'de767d796adadc440cf5994783fa49d9', 1766278860000);
INSERT INTO ledger (id, account_id, customer_id, source, source_id, plan_id, status_before, status_after, items_before, items_after, quantity_before, quantity_after, amount_before, amount_after, currency, interval_before, interval_after, discounts_before, discounts_after, stripe_at, recorded_at, unit_amount_before, unit_amount_after, total_before, total_after) VALUES
('led_00818c524782c8e193c9', 'acct_1', 'our_rena_usd', 'subscription', 'sub_rena', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_00ea6aec75c54e7ca199', 'acct_1', 'our_dean_usd', 'subscription', 'sub_dean', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_11c767532895ace215f0', 'acct_1', 'our_leo_usd', 'subscription', 'sub_leo', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766278800000, 1766278800000, NULL, 900, NULL, NULL),
('led_1bcebaf07f9d8452db9e', 'acct_1', 'cus_3417d75a064f23e860ff', 'purchase', 'pur_61553812fb6d4a2ceb9f', 'pln_53253e2c8340d85c4e8c', 'open', 'paid', NULL, NULL, NULL, NULL, NULL, 20000, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 20000),
('led_317f8e5addde3e433daf', 'acct_1', 'our_paula_usd', 'subscription', 'sub_paula', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_31ea9afc3452e2ad2857', 'acct_1', 'our_mia_usd', 'subscription', 'sub_mia', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766275200000, 1766275200000, NULL, 900, NULL, NULL),
('led_383e005dba0c41b16b49', 'acct_1', 'cus_4a8028bfdefec8643386', 'subscription', 'sub_cs_37', 'pln_78a91e5ef8598a29f556', NULL, 'trialing', NULL, '[{"amount":500,"count":1,"currency":"usd","id":"si_1","price":"price_6","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 500, 'usd', NULL, '1 month', NULL, '[]', 1766188800000, 1766188800000, NULL, 500, NULL, NULL),
('led_3b3b6f40e1f93bc0a502', 'acct_1', 'our_lea_usd', 'subscription', 'sub_lea', 'pln_lite', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_lite","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766275200000, 1766275200000, NULL, 900, NULL, NULL),
('led_40b226020160dbeee03f', 'acct_1', 'our_dave_usd', 'dispute', 'dp_dave', 'pln_pro', NULL, 'under_review', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_47887f579f55f62dd83d', 'acct_1', 'our_hugo_usd', 'subscription', 'sub_hugo', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_480e5103904c6fcfc92b', 'acct_1', 'our_rob_usd', 'refund', 're_rob', 'pln_pro', NULL, 'succeeded', NULL, NULL, NULL, NULL, NULL, 300, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 300),
('led_49aa6d6cdee95ea6088b', 'acct_1', 'our_dirk_usd', 'subscription', 'sub_dirk', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_5440779b6edb441ad7c0', 'acct_1', 'our_max_eur', 'subscription', 'sub_max', 'pln_de7ace070cbf06a4f0b9', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'eur', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_580778d601a36e91d9d6', 'acct_1', 'our_moira_usd', 'subscription', 'sub_moira', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766188800000, 1766188800000, NULL, 900, NULL, NULL),
('led_5cb16bac6a2b9be7c877', 'acct_1', 'our_dan_usd', 'subscription', 'sub_dan', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766275200000, 1766275200000, NULL, 900, NULL, NULL),
('led_60d344f64dbb0642abc2', 'acct_1', 'our_wanda_usd', 'subscription', 'sub_wanda', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_67d9ce5d6fe1bdb0601a', 'acct_1', 'our_dina_usd', 'dispute', 'dp_dina', 'pln_pro', NULL, 'needs_response', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_682effcbbaede5c381af', 'acct_1', 'our_dirk_usd', 'dispute', 'dp_dirk', 'pln_pro', NULL, 'lost', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_6952e7c35d41c3dcbce1', 'acct_1', 'our_nora_usd', 'subscription', 'sub_nora', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_6e6e4789c49f4333cd72', 'acct_1', 'our_ria_usd', 'refund', 're_ria', 'pln_pro', NULL, 'pending', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_71b40632af52cb296632', 'acct_1', 'our_ria_usd', 'subscription', 'sub_ria', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_7def11bce0cb3fea344e', 'acct_1', 'our_rob_usd', 'subscription', 'sub_rob', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_812e78f756b73028999b', 'acct_1', 'our_moll_eur', 'subscription', 'sub_moll', 'pln_de7ace070cbf06a4f0b9', 'active', 'canceled', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'eur', '1 month', '1 month', '[]', '[]', 1766278800000, 1766278800000, 900, 900, NULL, NULL),
('led_825b2e804c00f2768b63', 'acct_1', 'our_ike_usd', 'subscription', 'sub_ike', 'pln_pro', NULL, 'incomplete', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_828fa1d7f007b2f876e5', 'acct_1', 'our_frank_usd', 'subscription', 'sub_frank', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766188800000, 1766188800000, NULL, 900, NULL, NULL),
('led_840376466e933d84908c', 'acct_1', 'our_nan_usd', 'subscription', 'sub_nan', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766278800000, 1766278800000, NULL, 900, NULL, NULL),
('led_897f69ecc34635f7c9b9', 'acct_1', 'our_dora_usd', 'subscription', 'sub_dora', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_8d41985d100b012d9d07', 'acct_1', 'our_una_usd', 'subscription', 'sub_una', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_8e5b9ee70d297602764c', 'acct_1', 'our_uma_usd', 'subscription', 'sub_uma', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766275200000, 1766275200000, NULL, 900, NULL, NULL),
('led_8ef6f100fed8b0b1fa06', 'acct_1', 'our_cid_usd', 'subscription', 'sub_cid', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_8fb9023be1366357a662', 'acct_1', 'our_seda_usd', 'subscription', 'sub_seda', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_932acbb566e0c9275fe7', 'acct_1', 'our_carl_usd', 'subscription', 'sub_carl', 'pln_lite', 'active', 'canceled', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_lite","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_lite","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'usd', '1 month', '1 month', '[]', '[]', 1763856000000, 1763856000000, 900, 900, NULL, NULL),
('led_9faba3f169beb6dce283', 'acct_1', 'our_theo_usd', 'subscription', 'sub_theo', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_a1ffb67f671eedad8489', 'acct_1', 'our_ella_usd', 'subscription', 'sub_ella', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766278800000, 1766278800000, NULL, 900, NULL, NULL),
('led_a206c1e5738faf1217e9', 'acct_1', 'our_uwe_usd', 'subscription', 'sub_uwe', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_a3c22a68e9f5c7c43361', 'acct_1', 'our_rex_usd', 'subscription', 'sub_rex', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_afb08b642c1d5a81827c', 'acct_1', 'our_dina_usd', 'subscription', 'sub_dina', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_b1c5bdb48de4f73fcd75', 'acct_1', 'our_ivy_usd', 'subscription', 'sub_ivy', 'pln_pro', NULL, 'incomplete_expired', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_b2c3e6671da56ff6909b', 'acct_1', 'our_dave_usd', 'subscription', 'sub_dave', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763942400000, 1763942400000, NULL, 900, NULL, NULL),
('led_c0ad69b0e171c3afa78a', 'acct_1', 'our_uwe_usd', 'subscription', 'sub_uwe', 'pln_pro', 'active', 'unpaid', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'usd', '1 month', '1 month', '[]', '[]', 1763856000000, 1763856000000, 900, 900, NULL, NULL),
('led_c35c4264af727de84c33', 'acct_1', 'our_kim_usd', 'subscription', 'sub_kim', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766275200000, 1766275200000, NULL, 900, NULL, NULL),
('led_c58379ac41cc934fed2b', 'acct_1', 'our_otto_usd', 'purchase', 'pur_otto', 'pln_pro', 'open', 'paid', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_c82e834f7c131eb2012e', 'acct_1', 'our_pam_usd', 'subscription', 'sub_pam', 'pln_pro', 'active', 'paused', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'usd', '1 month', '1 month', '[]', '[]', 1763856000000, 1763856000000, 900, 900, NULL, NULL),
('led_c870aa754f8d12c9d5da', 'acct_1', 'our_pat_usd', 'subscription', 'sub_pat', 'pln_pro', NULL, 'past_due', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_c92f3bb22575e8c38da7', 'acct_1', 'our_max_eur', 'subscription', 'sub_max', 'pln_de7ace070cbf06a4f0b9', 'active', 'canceled', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'eur', '1 month', '1 month', '[]', '[]', 1766278800000, 1766278800000, 900, 900, NULL, NULL),
('led_ceea10853486732fdaf6', 'acct_1', 'our_paula_usd', 'subscription', 'sub_paula', 'pln_pro', 'active', 'past_due', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'usd', '1 month', '1 month', '[]', '[]', 1766188800000, 1766188800000, 900, 900, NULL, NULL),
('led_d03c589943c35bb3daad', 'acct_1', 'our_pam_usd', 'subscription', 'sub_pam', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_d0488686d4f9e51995dd', 'acct_1', 'cus_c193ff4b465d18561655', 'purchase', 'pur_9af21e54d150c5a59289', 'pln_0f5cbad1fe9a455672ae', 'open', 'paid', NULL, NULL, NULL, NULL, NULL, 300, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 300),
('led_d467c115a419e413dc8b', 'acct_1', 'our_moira_usd', 'subscription', 'sub_moira', NULL, 'active', 'active', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_foreign","product_id":"prod_foreign","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'usd', '1 month', '1 month', '[]', '[]', 1766188800000, 1766188800000, 900, 900, NULL, NULL),
('led_d4d9ff75100bbec13356', 'acct_1', 'our_dora_usd', 'dispute', 'dp_dora', 'pln_pro', NULL, 'won', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_da9f9cf185f76d39fa01', 'acct_1', 'our_paul_usd', 'subscription', 'sub_paul', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_dc16e2fa8f0e545e58a3', 'acct_1', 'our_carl_usd', 'subscription', 'sub_carl', 'pln_lite', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_lite","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_ddfc4ede0e79dcd52ba7', 'acct_1', 'our_rex_usd', 'refund', 're_rex', 'pln_pro', NULL, 'succeeded', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_df7f1a872ea681ad559f', 'acct_1', 'our_frank_usd', 'subscription', 'sub_frank', 'pln_pro', 'active', 'canceled', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', 1, 1, 900, 900, 'usd', '1 month', '1 month', '[]', '[]', 1766188800000, 1766188800000, 900, 900, NULL, NULL),
('led_dfe0070142779f1ec715', 'acct_1', 'our_dag_usd', 'subscription', 'sub_dag', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766278800000, 1766278800000, NULL, 900, NULL, NULL),
('led_e846f65634a11298b261', 'acct_1', 'our_dean_usd', 'dispute', 'dp_dean', 'pln_pro', NULL, 'warning_needs_response', NULL, NULL, NULL, NULL, NULL, 900, 'usd', NULL, NULL, NULL, NULL, 1763942400000, 1763942400000, NULL, NULL, NULL, 900),
('led_ef8370f538a804db247b', 'acct_1', 'our_ann_usd', 'subscription', 'sub_ann', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_f5747eee64594d9fe15a', 'acct_1', 'our_leni_usd', 'subscription', 'sub_leni', 'pln_pro', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'usd', NULL, '1 month', NULL, '[]', 1766275200000, 1766275200000, NULL, 900, NULL, NULL),
('led_fa01dd8461f59606df38', 'acct_1', 'our_moll_eur', 'subscription', 'sub_moll', 'pln_de7ace070cbf06a4f0b9', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'eur', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL),
('led_fc69dcc360cb0080ed2d', 'acct_1', 'our_emil_eur', 'subscription', 'sub_emil', 'pln_de7ace070cbf06a4f0b9', NULL, 'active', NULL, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', NULL, 1, NULL, 900, 'eur', NULL, '1 month', NULL, '[]', 1763856000000, 1763856000000, NULL, 900, NULL, NULL);
INSERT INTO link_wish (id, code_hash, maker_platform, maker_id, asker_platform, asker_id, kind, leaving, state, expires_at) VALUES
('lnw_34e285f828e77125c3e4', 'a0115a0be3456d91a32bfe5c5dca0618f09daf97d0130ff467253d13d937c671', 'discord', 'user-rob', 'telegram', 'tg-ray', 'plain', NULL, 'refused', 1766282400000),
('lnw_37f134ab38c0a57a577e', 'ea2526f7b51c713d4b27428e23124796f0d8f3f1bf555296a1cdeadc2ba6fc0c', 'discord', 'user-mia', 'telegram', 'tg-mona2', 'move', 'telegram:tg-mona', 'done', 1766278800000),
('lnw_56d8c99fefef1212f953', '879e49f521b152b79ebc447c17b761d016ab600d9551347383d51ccf604faaab', 'telegram', 'tg-dot', 'discord', 'user-don', 'move', 'discord:user-dan', 'done', 1766278800000),
('lnw_849372ea735ea1f2808b', '0fec71a2732ebe0c443425cf2ba6c95b5ab066440b99b1f537bf5e482359dd8d', 'discord', 'user-nan', 'telegram', 'tg-ned', 'plain', NULL, 'done', 1766282400000),
('lnw_8ee3d7e92ce9a81686db', '0912f5a720b58fdc9a5d2a23a170ce891adf638f398610115418b6cbf75bb924', 'telegram', 'tg-kat', 'discord', 'user-kit', 'move', 'discord:user-kim', 'done', 1766278800000),
('lnw_a30edcb42aa6b2e45534', 'bd7d0ed8efea089ac4544b6877b1305a9308ca97821780abea364e2615f6a40d', 'discord', 'user-uma', 'telegram', 'tg-ulf', 'plain', NULL, 'done', 1766278800000),
('lnw_afbaaf3b8952cb78feba', 'b5ccaaf0449fefe2d5d5e85d8b557ba100a3fbaa41c2546b92f1fb0cf9c0386f', 'discord', 'user-kim', 'telegram', 'tg-kat', 'plain', NULL, 'done', 1766278800000),
('lnw_b07fe27a1d8ac4e62a34', '3552dde3e50e58405f66e592882cca12faef68b9af84247b64e0d9944bb13a97', 'discord', 'user-mia', 'telegram', 'tg-mona', 'plain', NULL, 'done', 1766278800000),
('lnw_d277d97ef3ad11cbbfe8', '9e963a21b5ab61ed7f16b7b469864bd286274a24954de11ea99680105b8d11bb', 'telegram', 'tg-gus', 'discord', 'user-gia', 'plain', NULL, 'open', 1766282400000),
('lnw_dacf9b0a631d5c73dfd4', 'aa4f8330c22aa4fe0da65ec3524a2ade72822682539e5914757741c0d88075c5', 'discord', 'user-nan', 'telegram', 'tg-nell', 'move', 'telegram:tg-ned', 'done', 1766282400000),
('lnw_ef3e5bfcd91880275a1d', 'f6d925f41ad72d6254d4283373a42cebcf38f9b5afa52e2e9060728e148d196a', 'discord', 'user-dan', 'telegram', 'tg-dot', 'plain', NULL, 'done', 1766278800000),
('lnw_fc6fee896c1f39dfa087', '9e58f2577e640f504c6dc99263af2198f24d36cd7bce5ccdc56ed1ccfdeac9c2', 'telegram', 'tg-leni', 'discord', 'user-lea', 'merge', NULL, 'done', 1766278800000);
INSERT INTO log_channel (community_id, platform, place_id, room_id, name, since_at, batch, digest_at, cause, refused_at, next_at) VALUES
('com_1', 'discord', '100', '900', 'log', 1766278800000, 1, 1766278800000, NULL, NULL, 0);
INSERT INTO log_line (key, community_id, at, kind, person_id, amount, currency, params, batch) VALUES
('joined:frozen', 'com_1', 1766278800000, 'log_joined', 'prs_ann', 999, 'usd', '{}', 0),
('joined:waiting', 'com_1', 1766278800000, 'log_joined', 'prs_ann', 999, 'usd', '{}', NULL),
('log_joined:ent_subscription_acct_1_sub_dag', 'com_1', 1766278800000, 'log_joined', 'prs_dag', 900, 'usd', '{"plan": "pro", "source": "subscription"}', NULL),
('log_joined:ent_subscription_acct_1_sub_ella', 'com_1', 1766278800000, 'log_joined', 'prs_ella', 900, 'usd', '{"plan": "pro", "source": "subscription"}', NULL),
('log_joined:ent_subscription_acct_1_sub_leo', 'com_1', 1766278800000, 'log_joined', 'prs_leo', 900, 'usd', '{"plan": "pro", "source": "subscription"}', NULL),
('log_joined:ent_subscription_acct_1_sub_nan', 'com_1', 1766278800000, 'log_joined', 'prs_nan', 900, 'usd', '{"plan": "pro", "source": "subscription"}', NULL),
('paid:acct_1:in_sub_dag', 'com_1', 1766278800000, 'log_paid', 'prs_dag', 900, 'usd', '{"plan": "pro"}', 0),
('paid:acct_1:in_sub_ella', 'com_1', 1766278800000, 'log_paid', 'prs_ella', 900, 'usd', '{"plan": "pro"}', 0),
('paid:acct_1:in_sub_leo', 'com_1', 1766278800000, 'log_paid', 'prs_leo', 900, 'usd', '{"plan": "pro"}', 0),
('paid:acct_1:in_sub_nan', 'com_1', 1766278800000, 'log_paid', 'prs_nan', 900, 'usd', '{"plan": "pro"}', 0);
INSERT INTO notice (key, person_id, kind, params, state, attempts, next_at, lease_token, lease_until, last_error, created_at, place_platform, place_id, refused_on, cause, refused_at, unread, paced) VALUES
('access_ended:ent_comp_acct_1_cmp_85aaa2a05f554a996548:1763856000000', 'prs_cleo', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "ended"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_purchase_acct_1_pur_9af21e54d150c5a59289:1766275200000', 'prs_wim', 'access_ended', '{"community": "The Club", "plan": "Week", "reason": "expired"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_carl:1763856000000', 'prs_carl', 'access_ended', '{"community": "The Club", "plan": "lite", "reason": "canceled"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_dave:1763942400000', 'prs_dave', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "disputed"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_dina:1763942400000', 'prs_dina', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "disputed"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_dirk:1763942400000', 'prs_dirk', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "disputed"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_frank:1766188800000', 'prs_frank', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "canceled"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_moira:1766188800000', 'prs_moira', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "changed"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_pam:1763856000000', 'prs_pam', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "paused"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_pat:1763856000000', 'prs_pat', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "past_due"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_paul:1763856000000', 'prs_paul', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "paused"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_rex:1763942400000', 'prs_rex', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "refunded"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_ria:1763942400000', 'prs_ria', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "refunded"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_seda:1763942400000', 'prs_seda', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "awaiting_first_payment"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_ended:ent_subscription_acct_1_sub_uwe:1763856000000', 'prs_uwe', 'access_ended', '{"community": "The Club", "plan": "pro", "reason": "unpaid"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('access_opened:ent_comp_acct_1_cmp_85aaa2a05f554a996548', 'prs_cleo', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_purchase_acct_1_pur_61553812fb6d4a2ceb9f', 'prs_fred', 'access_opened', '{"community": "The Club", "plan": "Founders", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_purchase_acct_1_pur_9af21e54d150c5a59289', 'prs_wim', 'access_opened', '{"community": "The Club", "plan": "Week", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_purchase_acct_1_pur_otto', 'prs_otto', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_ann', 'prs_ann', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_carl', 'prs_carl', 'access_opened', '{"community": "The Club", "plan": "lite", "targets": ["tgt_bar"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_cid', 'prs_cid', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_cs_37', 'prs_tess', 'access_opened', '{"community": "The Club", "plan": "Taster", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_dan', 'prs_dan', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_dave', 'prs_dave', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_dean', 'prs_dean', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_dina', 'prs_dina', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_dirk', 'prs_dirk', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_dora', 'prs_dora', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_emil', 'prs_emil', 'access_opened', '{"community": "At user-eve''s", "plan": "Taucher", "targets": ["Diver"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_frank', 'prs_frank', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_hugo', 'prs_hugo', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_kim', 'prs_kim', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_lea', 'prs_lea', 'access_opened', '{"community": "The Club", "plan": "lite", "targets": ["tgt_bar"]}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_leni', 'prs_leni', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["Lounge"]}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_max', 'prs_max', 'access_opened', '{"community": "At user-eve''s", "plan": "Taucher", "targets": ["Diver"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_mia', 'prs_mia', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_moira', 'prs_moira', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_moll', 'prs_moll', 'access_opened', '{"community": "At user-eve''s", "plan": "Taucher", "targets": ["Diver"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_nan', 'prs_nan', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_nora', 'prs_nora', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_pam', 'prs_pam', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_pat', 'prs_pat', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_paul', 'prs_paul', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_paula', 'prs_paula', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_rena', 'prs_rena', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_rex', 'prs_rex', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_ria', 'prs_ria', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_rob', 'prs_rob', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_seda', 'prs_seda', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_theo', 'prs_theo', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["Lounge"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_uma', 'prs_uma', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_una', 'prs_una', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('access_opened:ent_subscription_acct_1_sub_uwe', 'prs_uwe', 'access_opened', '{"community": "The Club", "plan": "pro", "targets": ["tgt_vip"]}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('account_left:lnw_37f134ab38c0a57a577e', 'prs_mona', 'account_left', '{"move": "mov_80c771e52a28cfcea7ee", "paid": [], "platform": "telegram", "until": 1766534400000}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('account_left:lnw_56d8c99fefef1212f953', 'prs_dan', 'account_left', '{"move": "mov_c96c3e7825f6e5fc5aec", "paid": ["pro"], "platform": "discord", "until": 1766534400000}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('account_left:lnw_8ee3d7e92ce9a81686db', 'prs_kim', 'account_left', '{"move": "mov_6e243af07037da75d99b", "paid": ["pro"], "platform": "discord", "until": 1766534400000}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('account_left:lnw_dacf9b0a631d5c73dfd4', 'prs_ned', 'account_left', '{"move": "mov_de883b8510d23e20d5f6", "paid": [], "platform": "telegram", "until": 1766538000000}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('blocked:alm_5720cb22b54a217ac539:', 'prs_ada', 'blocked', '{"code": "hierarchy", "contact_of": "com_1", "count": 1, "member": "bruno", "place": "The Club", "plans": ["Patron"], "platform": "discord", "scope": "target", "target": "tgt_patron"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('blocked:alm_5720cb22b54a217ac539:1763856000000', 'prs_ada', 'blocked', '{"code": "hierarchy", "contact_of": "com_1", "count": 2, "member": "bruno", "place": "The Club", "plans": ["Patron"], "platform": "discord", "scope": "target", "since_at": 1763856000000, "target": "tgt_patron"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('blocked:alm_5720cb22b54a217ac539:1763942400000', 'prs_ada', 'blocked', '{"code": "hierarchy", "contact_of": "com_1", "count": 2, "member": "bruno", "place": "The Club", "plans": ["Patron"], "platform": "discord", "scope": "target", "since_at": 1763856000000, "target": "tgt_patron"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('blocked:alm_5720cb22b54a217ac539:1766188800000', 'prs_ada', 'blocked', '{"code": "hierarchy", "contact_of": "com_1", "count": 2, "member": "bruno", "place": "The Club", "plans": ["Patron"], "platform": "discord", "scope": "target", "since_at": 1763856000000, "target": "tgt_patron"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('email_needed:req_45bbf99647fcdb2e957a', 'prs_beth', 'email_needed', '{"amount": 2500, "community": "The Club", "currency": "usd", "request_id": "req_45bbf99647fcdb2e957a", "what": "A print for beth"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('email_needed:req_48e7ef69b6e0bad4420d', 'prs_bert', 'email_needed', '{"amount": 2500, "community": "The Club", "currency": "usd", "request_id": "req_48e7ef69b6e0bad4420d", "what": "A print for bert"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('email_needed:req_4e78be9dc92964d9deb6', 'prs_bill', 'email_needed', '{"amount": 2500, "community": "The Club", "currency": "usd", "request_id": "req_4e78be9dc92964d9deb6", "what": "A print for bill"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('email_needed:req_69cc7b2665c754225dc9', 'prs_bea', 'email_needed', '{"amount": 2500, "community": "The Club", "currency": "usd", "request_id": "req_69cc7b2665c754225dc9", "what": "A print for bea"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('email_needed:req_b7c4dee89949a3418aee', 'prs_bess', 'email_needed', '{"amount": 2500, "community": "The Club", "currency": "usd", "request_id": "req_b7c4dee89949a3418aee", "what": "A print for bess"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('endings_asked:com_1:489984', 'prs_ada', 'endings_asked', '{"community": "The Club", "contact_of": "com_1", "id": "com_1"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('invoice_sent:req_45bbf99647fcdb2e957a', 'prs_beth', 'invoice_sent', '{"amount": 2500, "currency": "usd", "number": "GL-0021", "url": "https://invoice.example/in_19", "what": "A print for beth"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('invoice_sent:req_48e7ef69b6e0bad4420d', 'prs_bert', 'invoice_sent', '{"amount": 2500, "currency": "usd", "number": "GL-0029", "url": "https://invoice.example/in_27", "what": "A print for bert"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('invoice_sent:req_4e78be9dc92964d9deb6', 'prs_bill', 'invoice_sent', '{"amount": 2500, "currency": "usd", "number": "GL-0025", "url": "https://invoice.example/in_23", "what": "A print for bill"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('invoice_sent:req_b7c4dee89949a3418aee', 'prs_bess', 'invoice_sent', '{"amount": 2500, "currency": "usd", "number": "GL-0033", "url": "https://invoice.example/in_31", "what": "A print for bess"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('join_asked:joi_063ebe55e42df7187bef', 'prs_15c57e6ccfc85bf29971', 'join_asked', '{"asker": "Tg-Olga", "community": "At user-eve''s", "id": "joi_063ebe55e42df7187bef", "only": "discord", "place": "tg-olga''s place"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('join_asked:joi_38b827a5c72f9bed3a61', 'prs_1885a8f828ea93221c8a', 'join_asked', '{"asker": "User-Sid", "community": "At tg-tom''s", "id": "joi_38b827a5c72f9bed3a61", "only": "telegram", "place": "user-sid''s place"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('join_asked:joi_53ac5c27c505f9b01124', 'prs_1885a8f828ea93221c8a', 'join_asked', '{"asker": "User-Eve", "community": "At tg-tom''s", "id": "joi_53ac5c27c505f9b01124", "only": "telegram", "place": "user-eve''s place"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('join_declined:joi_53ac5c27c505f9b01124', 'prs_15c57e6ccfc85bf29971', 'join_declined', '{"place": "user-eve''s place"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('joined:joi_063ebe55e42df7187bef', 'prs_471f819ba91c396b0bab', 'joined', '{"community": "At user-eve''s", "place": "tg-olga''s place"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_34e285f828e77125c3e4', 'prs_rob', 'link_asked', '{"account": "ray", "back": false, "id": "lnw_34e285f828e77125c3e4", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_37f134ab38c0a57a577e', 'prs_mia', 'link_asked', '{"account": "mona2", "back": false, "id": "lnw_37f134ab38c0a57a577e", "leaving": "telegram", "mine": true, "only": "discord", "platform": "telegram", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_56d8c99fefef1212f953', 'prs_dan', 'link_asked', '{"account": "don", "back": false, "id": "lnw_56d8c99fefef1212f953", "leaving": "discord", "mine": true, "only": "telegram", "platform": "discord", "twice": []}', 'dead', 1, 1766275200000, NULL, 0, 'no account on a connected platform', 1766275200000, NULL, NULL, NULL, NULL, NULL, 1, 0),
('link_asked:lnw_849372ea735ea1f2808b', 'prs_nan', 'link_asked', '{"account": "ned", "back": false, "id": "lnw_849372ea735ea1f2808b", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_8ee3d7e92ce9a81686db', 'prs_kim', 'link_asked', '{"account": "kit", "back": false, "id": "lnw_8ee3d7e92ce9a81686db", "leaving": "discord", "mine": true, "only": "telegram", "platform": "discord", "twice": []}', 'dead', 1, 1766275200000, NULL, 0, 'no account on a connected platform', 1766275200000, NULL, NULL, NULL, NULL, NULL, 1, 0),
('link_asked:lnw_a30edcb42aa6b2e45534', 'prs_uma', 'link_asked', '{"account": "ulf", "back": false, "id": "lnw_a30edcb42aa6b2e45534", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_afbaaf3b8952cb78feba', 'prs_kim', 'link_asked', '{"account": "kat", "back": false, "id": "lnw_afbaaf3b8952cb78feba", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_b07fe27a1d8ac4e62a34', 'prs_mia', 'link_asked', '{"account": "mona", "back": false, "id": "lnw_b07fe27a1d8ac4e62a34", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_c5544a38dd937be95e9b', 'prs_ann', 'link_asked', '{"account": "tina", "back": false, "id": "lnw_c5544a38dd937be95e9b", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_d277d97ef3ad11cbbfe8', 'prs_gus', 'link_asked', '{"account": "gia", "back": false, "id": "lnw_d277d97ef3ad11cbbfe8", "leaving": null, "mine": false, "only": "telegram", "platform": "discord", "twice": []}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_dacf9b0a631d5c73dfd4', 'prs_nan', 'link_asked', '{"account": "nell", "back": false, "id": "lnw_dacf9b0a631d5c73dfd4", "leaving": "telegram", "mine": true, "only": "discord", "platform": "telegram", "twice": []}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_ef3e5bfcd91880275a1d', 'prs_dan', 'link_asked', '{"account": "dot", "back": false, "id": "lnw_ef3e5bfcd91880275a1d", "leaving": null, "mine": false, "only": "discord", "platform": "telegram", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_asked:lnw_fc6fee896c1f39dfa087', 'prs_leni', 'link_asked', '{"account": "lea", "back": false, "id": "lnw_fc6fee896c1f39dfa087", "leaving": null, "mine": false, "only": "telegram", "platform": "discord", "twice": []}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('link_declined:lnw_34e285f828e77125c3e4', 'prs_ray', 'link_declined', '{"only": "telegram"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_37f134ab38c0a57a577e:discord', 'prs_mia', 'linked', '{"account": "mona2", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_37f134ab38c0a57a577e:telegram', 'prs_mia', 'linked', '{"account": "mia", "only": "telegram", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_56d8c99fefef1212f953:discord', 'prs_dot', 'linked', '{"account": "dot", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_56d8c99fefef1212f953:telegram', 'prs_dot', 'linked', '{"account": "don", "only": "telegram", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_849372ea735ea1f2808b:discord', 'prs_nan', 'linked', '{"account": "ned", "only": "discord", "platform": "telegram"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_849372ea735ea1f2808b:telegram', 'prs_nan', 'linked', '{"account": "nan", "only": "telegram", "platform": "discord"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_8ee3d7e92ce9a81686db:discord', 'prs_kat', 'linked', '{"account": "kat", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_8ee3d7e92ce9a81686db:telegram', 'prs_kat', 'linked', '{"account": "kit", "only": "telegram", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_a30edcb42aa6b2e45534:discord', 'prs_uma', 'linked', '{"account": "ulf", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_a30edcb42aa6b2e45534:telegram', 'prs_uma', 'linked', '{"account": "uma", "only": "telegram", "platform": "discord"}', 'dead', 1, 1766275200000, NULL, 0, 'no account on a connected platform', 1766275200000, NULL, NULL, NULL, NULL, NULL, 1, 0),
('linked:lnw_afbaaf3b8952cb78feba:discord', 'prs_kim', 'linked', '{"account": "kat", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_afbaaf3b8952cb78feba:telegram', 'prs_kim', 'linked', '{"account": "kim", "only": "telegram", "platform": "discord"}', 'dead', 1, 1766275200000, NULL, 0, 'no account on a connected platform', 1766275200000, NULL, NULL, NULL, NULL, NULL, 1, 0),
('linked:lnw_b07fe27a1d8ac4e62a34:discord', 'prs_mia', 'linked', '{"account": "mona", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_b07fe27a1d8ac4e62a34:telegram', 'prs_mia', 'linked', '{"account": "mia", "only": "telegram", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_c5544a38dd937be95e9b:discord', 'prs_ann', 'linked', '{"account": "tina", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_c5544a38dd937be95e9b:telegram', 'prs_ann', 'linked', '{"account": "ann", "only": "telegram", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_dacf9b0a631d5c73dfd4:discord', 'prs_nan', 'linked', '{"account": "nell", "only": "discord", "platform": "telegram"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_dacf9b0a631d5c73dfd4:telegram', 'prs_nan', 'linked', '{"account": "nan", "only": "telegram", "platform": "discord"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_ef3e5bfcd91880275a1d:discord', 'prs_dan', 'linked', '{"account": "dot", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_ef3e5bfcd91880275a1d:telegram', 'prs_dan', 'linked', '{"account": "dan", "only": "telegram", "platform": "discord"}', 'dead', 1, 1766275200000, NULL, 0, 'no account on a connected platform', 1766275200000, NULL, NULL, NULL, NULL, NULL, 1, 0),
('linked:lnw_fc6fee896c1f39dfa087:discord', 'prs_leni', 'linked', '{"account": "leni", "only": "discord", "platform": "telegram"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('linked:lnw_fc6fee896c1f39dfa087:telegram', 'prs_leni', 'linked', '{"account": "lea", "only": "telegram", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('move_undone:mov_c96c3e7825f6e5fc5aec:prs_dot', 'prs_dot', 'move_undone', '{"platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_ann:ent_subscription_acct_1_sub_ann:telegram', 'prs_ann', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_cid:ent_subscription_acct_1_sub_cid:telegram', 'prs_cid', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_cleo:ent_comp_acct_1_cmp_85aaa2a05f554a996548:telegram', 'prs_cleo', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_dan:ent_subscription_acct_1_sub_dan:telegram', 'prs_dan', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_dave:ent_subscription_acct_1_sub_dave:telegram', 'prs_dave', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_dean:ent_subscription_acct_1_sub_dean:telegram', 'prs_dean', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_dina:ent_subscription_acct_1_sub_dina:telegram', 'prs_dina', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_dirk:ent_subscription_acct_1_sub_dirk:telegram', 'prs_dirk', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_dora:ent_subscription_acct_1_sub_dora:telegram', 'prs_dora', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_emil:ent_subscription_acct_1_sub_emil:telegram', 'prs_emil', 'not_linked', '{"community": "At user-eve''s", "plan": "Taucher", "platform": "telegram", "target": "Grotto"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_frank:ent_subscription_acct_1_sub_frank:telegram', 'prs_frank', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_hugo:ent_subscription_acct_1_sub_hugo:telegram', 'prs_hugo', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_kim:ent_subscription_acct_1_sub_kim:telegram', 'prs_kim', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_leni:ent_subscription_acct_1_sub_leni:discord', 'prs_leni', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "discord", "target": "tgt_vip"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_max:ent_subscription_acct_1_sub_max:telegram', 'prs_max', 'not_linked', '{"community": "At user-eve''s", "plan": "Taucher", "platform": "telegram", "target": "Grotto"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_mia:ent_subscription_acct_1_sub_mia:telegram', 'prs_mia', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_moira:ent_subscription_acct_1_sub_moira:telegram', 'prs_moira', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_moll:ent_subscription_acct_1_sub_moll:telegram', 'prs_moll', 'not_linked', '{"community": "At user-eve''s", "plan": "Taucher", "platform": "telegram", "target": "Grotto"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_nan:ent_subscription_acct_1_sub_nan:telegram', 'prs_nan', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'open', 0, 1766278800000, NULL, 0, 'put back', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_nora:ent_subscription_acct_1_sub_nora:telegram', 'prs_nora', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_otto:ent_purchase_acct_1_pur_otto:telegram', 'prs_otto', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_pam:ent_subscription_acct_1_sub_pam:telegram', 'prs_pam', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_pat:ent_subscription_acct_1_sub_pat:telegram', 'prs_pat', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_paul:ent_subscription_acct_1_sub_paul:telegram', 'prs_paul', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_paula:ent_subscription_acct_1_sub_paula:telegram', 'prs_paula', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_rena:ent_subscription_acct_1_sub_rena:telegram', 'prs_rena', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_rex:ent_subscription_acct_1_sub_rex:telegram', 'prs_rex', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_ria:ent_subscription_acct_1_sub_ria:telegram', 'prs_ria', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_rob:ent_subscription_acct_1_sub_rob:telegram', 'prs_rob', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_seda:ent_subscription_acct_1_sub_seda:telegram', 'prs_seda', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_theo:ent_subscription_acct_1_sub_theo:discord', 'prs_theo', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "discord", "target": "tgt_vip"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_uma:ent_subscription_acct_1_sub_uma:telegram', 'prs_uma', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_una:ent_subscription_acct_1_sub_una:telegram', 'prs_una', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_uwe:ent_subscription_acct_1_sub_uwe:telegram', 'prs_uwe', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_linked:prs_wanda:ent_subscription_acct_1_sub_wanda:telegram', 'prs_wanda', 'not_linked', '{"community": "The Club", "plan": "pro", "platform": "telegram", "target": "Lounge"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('not_there:prs_wanda:ent_subscription_acct_1_sub_wanda', 'prs_wanda', 'not_there', '{"community": "The Club", "plan": "pro"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('team_act:aud_4f690ded4cb3e4f2a3f5', 'prs_ada', 'team_act', '{"action": "refunded", "actor": "stripe", "changes": {"paid": [{"amount": 900, "currency": "usd"}, {"amount": 900, "currency": "usd"}], "refund": [null, {"amount": 300, "currency": "usd"}], "sold": ["pro", "pro"]}, "community": "The Club", "contact_of": "com_1", "names": {"prs_rob": "rob"}, "person": "prs_rob"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('team_act:aud_abeff0d3b3f63ce1a83f', 'prs_ada', 'team_act', '{"action": "refunded", "actor": "stripe", "changes": {"paid": [{"amount": 900, "currency": "usd"}, {"amount": 900, "currency": "usd"}], "refund": [null, {"amount": 900, "currency": "usd"}], "sold": ["pro", "pro"]}, "community": "The Club", "contact_of": "com_1", "names": {"prs_ria": "ria"}, "person": "prs_ria"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('team_act:aud_eb7bda3e8ae423bdcfab', 'prs_ada', 'team_act', '{"action": "refunded", "actor": "stripe", "changes": {"paid": [{"amount": 900, "currency": "usd"}, {"amount": 900, "currency": "usd"}], "refund": [null, {"amount": 900, "currency": "usd"}], "sold": ["pro", "pro"]}, "community": "The Club", "contact_of": "com_1", "names": {"prs_rex": "rex"}, "person": "prs_rex"}', 'done', 0, 0, NULL, 0, NULL, 1763942400000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('team_rank:com_1:telegram:tg-tara:1763856000000', 'prs_91ced15500b2025d0b5f', 'team_rank', '{"community": "The Club", "only": "telegram", "rank": "support"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('told_dead', 'prs_ann', 'access_opened', '{}', 'dead', 1, 1766278800000, NULL, 0, '500 after 12 attempts', 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('told_now', 'prs_ann', 'access_opened', '{}', 'open', 0, 0, 'de767d796adadc44ce3263acf1609e70', 1766278860000, NULL, 1766278800000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('unlinked:prs_ulf:1766275200000', 'prs_ulf', 'unlinked', '{"account": "uma", "platform": "discord"}', 'done', 0, 0, NULL, 0, NULL, 1766275200000, NULL, NULL, NULL, NULL, NULL, 0, 0),
('unpaid:acct_1:in_paula_2', 'prs_paula', 'payment_failed', '{"community": "The Club", "grace_until_at": 1766620800000, "plan": "pro", "url": "https://pay.example/in_paula_2"}', 'done', 0, 0, NULL, 0, NULL, 1766188800000, NULL, NULL, NULL, NULL, NULL, 0, 1),
('unpaid:acct_1:in_sub_pat', 'prs_pat', 'payment_failed', '{"community": "The Club", "grace_until_at": null, "plan": "pro", "url": "https://pay.example/in_sub_pat"}', 'done', 0, 0, NULL, 0, NULL, 1763856000000, NULL, NULL, NULL, NULL, NULL, 0, 1);
INSERT INTO person (id, version, locale, created_at, merged_into, side, parted_at) VALUES
('prs_15c57e6ccfc85bf29971', 0, 'de', 1763856000000, NULL, NULL, NULL),
('prs_1885a8f828ea93221c8a', 0, 'de', 1763856000000, NULL, NULL, NULL),
('prs_40551e8ec1afd42bda81', 0, 'de', 1763856000000, NULL, NULL, NULL),
('prs_471f819ba91c396b0bab', 0, 'de', 1763856000000, NULL, NULL, NULL),
('prs_91ced15500b2025d0b5f', 0, 'en', 1763856000000, NULL, NULL, NULL),
('prs_ada', 0, 'en', 1763856000000, NULL, NULL, NULL),
('prs_ade9e38e9cb7dc29e5f9', 0, 'de', 1763856000000, NULL, NULL, NULL),
('prs_ann', 11, 'en', 1763856000000, NULL, 'discord', NULL),
('prs_bea', 3, 'en', 1766188800000, NULL, NULL, NULL),
('prs_bert', 6, 'en', 1763942400000, NULL, NULL, NULL),
('prs_bess', 6, 'en', 1763942400000, NULL, NULL, NULL),
('prs_beth', 6, 'en', 1763942400000, NULL, NULL, NULL),
('prs_bill', 6, 'en', 1763942400000, NULL, NULL, NULL),
('prs_bruno', 9, 'en', 1763856000000, NULL, NULL, NULL),
('prs_carl', 7, 'en', 1763856000000, NULL, NULL, NULL),
('prs_cid', 9, 'en', 1763856000000, NULL, NULL, NULL),
('prs_cleo', 12, 'en', 1763856000000, NULL, NULL, NULL),
('prs_cora', 10, 'en', 1763856000000, NULL, NULL, NULL),
('prs_dag', 1, 'en', 1766278800000, NULL, NULL, NULL),
('prs_dan', 18, 'en', 1766275200000, NULL, 'discord', 1766275200000),
('prs_dave', 10, 'en', 1763942400000, NULL, NULL, NULL),
('prs_dean', 7, 'en', 1763942400000, NULL, NULL, NULL),
('prs_dina', 10, 'en', 1763942400000, NULL, NULL, NULL),
('prs_dirk', 10, 'en', 1763942400000, NULL, NULL, NULL),
('prs_don', 1, 'en', 1766275200000, 'prs_dot', 'discord', NULL),
('prs_dora', 7, 'en', 1763942400000, NULL, NULL, NULL),
('prs_dot', 4, 'en', 1766275200000, NULL, 'telegram', 1766275200000),
('prs_ella', 1, 'en', 1766278800000, NULL, NULL, NULL),
('prs_elsa', 1, 'en', 1766188800000, NULL, NULL, NULL),
('prs_emil', 6, 'en', 1763856000000, NULL, NULL, NULL),
('prs_frank', 10, 'en', 1766188800000, NULL, NULL, NULL),
('prs_fred', 5, 'en', 1763942400000, NULL, NULL, NULL),
('prs_gia', 0, 'en', 1766278800000, NULL, NULL, NULL),
('prs_gus', 0, 'en', 1766278800000, NULL, NULL, NULL),
('prs_hugo', 5, 'en', 1763856000000, NULL, NULL, NULL),
('prs_ike', 2, 'en', 1763856000000, NULL, NULL, NULL),
('prs_ivy', 2, 'en', 1763856000000, NULL, NULL, NULL),
('prs_kat', 7, 'en', 1766275200000, NULL, 'telegram', 1766275200000),
('prs_kim', 13, 'en', 1766275200000, NULL, 'discord', 1766275200000),
('prs_kit', 1, 'en', 1766275200000, 'prs_kat', 'discord', NULL),
('prs_lars', 1, 'en', 1766278800000, NULL, NULL, NULL),
('prs_lea', 5, 'en', 1766275200000, 'prs_leni', 'discord', NULL),
('prs_lena', 1, 'en', 1766278800000, NULL, NULL, NULL),
('prs_leni', 12, 'en', 1766275200000, NULL, 'telegram', NULL),
('prs_leo', 1, 'en', 1766278800000, NULL, NULL, NULL),
('prs_lola', 1, 'en', 1766278800000, NULL, NULL, NULL),
('prs_max', 7, 'en', 1763856000000, NULL, NULL, NULL),
('prs_mia', 18, 'en', 1766275200000, NULL, 'discord', 1766275200000),
('prs_moira', 10, 'en', 1766188800000, NULL, NULL, NULL),
('prs_moll', 7, 'en', 1763856000000, NULL, NULL, NULL),
('prs_mona', 1, 'en', 1766275200000, NULL, 'telegram', 1766275200000),
('prs_mona2', 1, 'en', 1766275200000, 'prs_mia', 'telegram', NULL),
('prs_nan', 13, 'en', 1766278800000, NULL, 'discord', 1766278800000),
('prs_ned', 1, 'en', 1766278800000, NULL, 'telegram', 1766278800000),
('prs_nell', 1, 'en', 1766278800000, 'prs_nan', 'telegram', NULL),
('prs_nora', 7, 'en', 1763942400000, NULL, NULL, NULL),
('prs_otto', 6, 'en', 1763942400000, NULL, NULL, NULL),
('prs_pam', 10, 'en', 1763856000000, NULL, NULL, NULL),
('prs_pat', 10, 'en', 1763856000000, NULL, NULL, NULL),
('prs_paul', 11, 'en', 1763856000000, NULL, NULL, NULL),
('prs_paula', 7, 'en', 1763856000000, NULL, NULL, NULL),
('prs_ray', 0, 'en', 1766278800000, NULL, NULL, NULL),
('prs_rena', 7, 'en', 1763856000000, NULL, NULL, NULL),
('prs_rex', 10, 'en', 1763942400000, NULL, NULL, NULL),
('prs_ria', 10, 'en', 1763942400000, NULL, NULL, NULL),
('prs_rob', 7, 'en', 1763942400000, NULL, NULL, NULL),
('prs_seda', 10, 'en', 1763942400000, NULL, NULL, NULL),
('prs_tess', 5, 'en', 1766188800000, NULL, NULL, NULL),
('prs_theo', 6, 'en', 1763856000000, NULL, NULL, NULL),
('prs_tina', 1, 'en', 1763856000000, 'prs_ann', 'telegram', NULL),
('prs_ulf', 3, 'en', 1766275200000, NULL, 'telegram', 1766275200000),
('prs_uma', 15, 'en', 1766275200000, NULL, 'discord', 1766275200000),
('prs_una', 7, 'en', 1763856000000, NULL, NULL, NULL),
('prs_uwe', 10, 'en', 1763856000000, NULL, NULL, NULL),
('prs_wanda', 5, 'en', 1763856000000, NULL, NULL, NULL),
('prs_wim', 8, 'en', 1763942400000, NULL, NULL, NULL);
INSERT INTO place (platform, external_id, community_id, name, served) VALUES
('discord', '100', 'com_1', 'The Club', 1),
('discord', '300', 'com_779cce1c956b2ea9576c', 'At user-eve''s', 1),
('discord', '600', 'com_a4be63b2e10ab5e2250d', 'At user-sid''s', 1),
('discord', '700', 'com_b08fd1d020fe66158866', 'At user-kay''s', 0),
('telegram', '-200', 'com_1', 'Lounge', 1),
('telegram', '-400', 'com_779cce1c956b2ea9576c', 'At tg-olga''s', 1),
('telegram', '-500', 'com_b4aa0250b0a7cce1179f', 'At tg-tom''s', 1);
INSERT INTO plan (id, community_id, name, name_key, description, state, grace_ms, trial_days, pause_keeps_access, refund_ends_access, dispute_ends_access, created_at, at_once, moved_paid) VALUES
('pln_0f5cbad1fe9a455672ae', 'com_1', 'Week', 'week', 'What Week is', 'active', 259200000, 0, 0, 1, 1, 1763856000000, 0, 0),
('pln_53253e2c8340d85c4e8c', 'com_1', 'Founders', 'founders', 'What Founders is', 'archived', 259200000, 0, 0, 1, 1, 1763942400000, 0, 0),
('pln_56047fc2f9eda0e3fc5e', 'com_1', 'Soon', 'soon', 'What Soon is', 'active', 259200000, 0, 0, 1, 1, 1766278800000, 0, 0),
('pln_66ddd0751caecab045dd', 'com_1', 'Patron', 'patron', 'What Patron is', 'active', 259200000, 0, 1, 0, 0, 1763856000000, 1, 1),
('pln_6c209067d97185069cd7', 'com_1', 'Gone', 'gone', 'What Gone is', 'active', 259200000, 0, 0, 1, 1, 1766278800000, 0, 0),
('pln_78a91e5ef8598a29f556', 'com_1', 'Taster', 'taster', 'What Taster is', 'active', 259200000, 14, 0, 1, 1, 1763856000000, 0, 0),
('pln_a5a9245f806616f3b247', 'com_1', 'Never', 'never', '', 'archived', 0, 0, 0, 1, 1, 1766278800000, 0, 0),
('pln_c96b4a70fe7b539814cc', 'com_1', 'Later', 'later', 'What Later is', 'active', 259200000, 0, 0, 1, 1, 1766278800000, 0, 0),
('pln_de7ace070cbf06a4f0b9', 'com_779cce1c956b2ea9576c', 'Taucher', 'taucher', '', 'active', 259200000, 0, 0, 1, 1, 1763856000000, 0, 0),
('pln_lite', 'com_1', 'lite', 'lite', '', 'active', 259200000, 0, 0, 1, 1, 1763856000000, 0, 0),
('pln_pro', 'com_1', 'pro', 'pro', '', 'active', 432000000, 0, 0, 1, 1, 1763856000000, 0, 0);
INSERT INTO plan_had (platform, user_id, plan_id) VALUES
('discord', 'user-ann', 'pln_pro'),
('discord', 'user-carl', 'pln_lite'),
('discord', 'user-cid', 'pln_pro'),
('discord', 'user-dag', 'pln_pro'),
('discord', 'user-dan', 'pln_pro'),
('discord', 'user-dave', 'pln_pro'),
('discord', 'user-dean', 'pln_pro'),
('discord', 'user-dina', 'pln_pro'),
('discord', 'user-dirk', 'pln_pro'),
('discord', 'user-don', 'pln_pro'),
('discord', 'user-dora', 'pln_pro'),
('discord', 'user-ella', 'pln_pro'),
('discord', 'user-emil', 'pln_de7ace070cbf06a4f0b9'),
('discord', 'user-frank', 'pln_pro'),
('discord', 'user-hugo', 'pln_pro'),
('discord', 'user-ike', 'pln_pro'),
('discord', 'user-ivy', 'pln_pro'),
('discord', 'user-kim', 'pln_pro'),
('discord', 'user-kit', 'pln_pro'),
('discord', 'user-lea', 'pln_lite'),
('discord', 'user-lea', 'pln_pro'),
('discord', 'user-leo', 'pln_pro'),
('discord', 'user-max', 'pln_de7ace070cbf06a4f0b9'),
('discord', 'user-mia', 'pln_pro'),
('discord', 'user-moira', 'pln_pro'),
('discord', 'user-moll', 'pln_de7ace070cbf06a4f0b9'),
('discord', 'user-nan', 'pln_pro'),
('discord', 'user-nora', 'pln_pro'),
('discord', 'user-pam', 'pln_pro'),
('discord', 'user-pat', 'pln_pro'),
('discord', 'user-paul', 'pln_pro'),
('discord', 'user-paula', 'pln_pro'),
('discord', 'user-rena', 'pln_pro'),
('discord', 'user-rex', 'pln_pro'),
('discord', 'user-ria', 'pln_pro'),
('discord', 'user-rob', 'pln_pro'),
('discord', 'user-seda', 'pln_pro'),
('discord', 'user-tess', 'pln_78a91e5ef8598a29f556'),
('discord', 'user-uma', 'pln_pro'),
('discord', 'user-una', 'pln_pro'),
('discord', 'user-uwe', 'pln_pro'),
('discord', 'user-wanda', 'pln_pro'),
('telegram', 'tg-dot', 'pln_pro'),
('telegram', 'tg-kat', 'pln_pro'),
('telegram', 'tg-leni', 'pln_lite'),
('telegram', 'tg-leni', 'pln_pro'),
('telegram', 'tg-mona', 'pln_pro'),
('telegram', 'tg-mona2', 'pln_pro'),
('telegram', 'tg-ned', 'pln_pro'),
('telegram', 'tg-nell', 'pln_pro'),
('telegram', 'tg-theo', 'pln_pro'),
('telegram', 'tg-tina', 'pln_pro'),
('telegram', 'tg-ulf', 'pln_pro');
INSERT INTO plan_target (plan_id, target_id, closed_at) VALUES
('pln_0f5cbad1fe9a455672ae', 'tgt_vip', NULL),
('pln_53253e2c8340d85c4e8c', 'tgt_vip', NULL),
('pln_56047fc2f9eda0e3fc5e', 'tgt_vip', NULL),
('pln_66ddd0751caecab045dd', 'tgt_patron', NULL),
('pln_6c209067d97185069cd7', 'tgt_vip', NULL),
('pln_78a91e5ef8598a29f556', 'tgt_vip', NULL),
('pln_a5a9245f806616f3b247', 'tgt_vip', NULL),
('pln_c96b4a70fe7b539814cc', 'tgt_vip', NULL),
('pln_de7ace070cbf06a4f0b9', 'tgt_diver', NULL),
('pln_de7ace070cbf06a4f0b9', 'tgt_grotto', NULL),
('pln_lite', 'tgt_bar', NULL),
('pln_lite', 'tgt_snug', 1763856000000),
('pln_pro', 'tgt_lounge', NULL),
('pln_pro', 'tgt_vip', NULL);
INSERT INTO price (id, plan_id, account_id, kind, amount, currency, unit, count, until_at, state, stripe_product_id, stripe_price_id, created_at) VALUES
('prc_1729f12792ef8998fd9e', 'pln_53253e2c8340d85c4e8c', 'acct_1', 'lifetime', 20000, 'usd', NULL, NULL, NULL, 'active', 'prod_12', 'price_13', 1763942400000),
('prc_2ecd94675e9a41cca7d7', 'pln_0f5cbad1fe9a455672ae', 'acct_1', 'fixed_time', 300, 'usd', 'week', 1, NULL, 'active', 'prod_7', 'price_8', 1763856000000),
('prc_4c1d758779e099aa8b59', 'pln_pro', 'acct_1', 'recurring', 1200, 'usd', 'month', 1, NULL, 'active', 'prod_1', 'price_2', 1763856000000),
('prc_5d752915a862abf71e31', 'pln_de7ace070cbf06a4f0b9', 'acct_1', 'recurring', 700, 'eur', 'month', 1, NULL, 'active', 'prod_9', 'price_10', 1763856000000),
('prc_67d8ede7740dd3350f0f', 'pln_78a91e5ef8598a29f556', 'acct_1', 'recurring', 500, 'usd', 'month', 1, NULL, 'active', 'prod_5', 'price_6', 1763856000000),
('prc_b116f999b0e6463ae58e', 'pln_66ddd0751caecab045dd', 'acct_1', 'recurring', 9900, 'usd', 'year', 1, NULL, 'active', 'prod_3', 'price_4', 1763856000000),
('prc_c545935554ac4dfacaf5', 'pln_6c209067d97185069cd7', 'acct_1', 'recurring', 100, 'usd', 'day', 30, NULL, 'pending', NULL, NULL, 1766278800000),
('prc_d85b14be662bbd18efe0', 'pln_c96b4a70fe7b539814cc', 'acct_1', 'recurring', 100, 'usd', 'day', 30, NULL, 'pending', NULL, NULL, 1766278800000),
('prc_date', 'pln_pro', 'acct_1', 'fixed_date', 900, 'usd', NULL, NULL, 1772496000000, 'retired', 'prod_1', 'stripe_prc_date', 1763856000000),
('prc_days', 'pln_pro', 'acct_1', 'fixed_time', 900, 'usd', 'day', 30, NULL, 'retired', 'prod_1', 'stripe_prc_days', 1763856000000),
('prc_ever', 'pln_pro', 'acct_1', 'lifetime', 900, 'usd', NULL, NULL, NULL, 'retired', 'prod_1', 'stripe_prc_ever', 1763856000000),
('prc_f87d5c4396b3fb4d9fb8', 'pln_56047fc2f9eda0e3fc5e', 'acct_1', 'recurring', 100, 'usd', 'day', 30, NULL, 'pending', NULL, NULL, 1766278800000),
('prc_lite', 'pln_lite', 'acct_1', 'recurring', 900, 'usd', 'month', 1, NULL, 'active', 'prod_1', 'stripe_prc_lite', 1763856000000),
('prc_month', 'pln_pro', 'acct_1', 'fixed_time', 900, 'usd', 'month', 1, NULL, 'retired', 'prod_1', 'stripe_prc_month', 1763856000000),
('prc_monthly', 'pln_pro', 'acct_1', 'recurring', 900, 'usd', 'month', 1, NULL, 'retired', 'prod_1', 'stripe_prc_monthly', 1763856000000);
INSERT INTO purchase (id, checkout_id, account_id, customer_id, payer_id, beneficiary_id, plan_id, price_id, amount, currency, state, invoice_id, paid_at, created_at) VALUES
('pur_61553812fb6d4a2ceb9f', 'chk_92eea180ebdf2999bd75', 'acct_1', 'cus_3417d75a064f23e860ff', 'prs_fred', 'prs_fred', 'pln_53253e2c8340d85c4e8c', 'prc_1729f12792ef8998fd9e', 20000, 'usd', 'paid', 'in_cs_15', 1763942400000, 1763942400000),
('pur_9af21e54d150c5a59289', 'chk_cf3bb2655c81f70a0784', 'acct_1', 'cus_c193ff4b465d18561655', 'prs_wim', 'prs_wim', 'pln_0f5cbad1fe9a455672ae', 'prc_2ecd94675e9a41cca7d7', 300, 'usd', 'paid', 'in_cs_17', 1763942400000, 1763942400000),
('pur_e866e5eb62097fb508d7', 'chk_9cbfc5166ca25b70b0a6', 'acct_1', 'cus_41e37388f21d04243267', 'prs_lars', 'prs_lars', 'pln_0f5cbad1fe9a455672ae', 'prc_2ecd94675e9a41cca7d7', 300, 'usd', 'open', NULL, NULL, 1766278800000),
('pur_otto', 'chk_pur_otto', 'acct_1', 'our_otto_usd', 'prs_otto', 'prs_otto', 'pln_pro', 'prc_days', 900, 'usd', 'paid', 'in_pur_otto', 1763942400000, 1763856000000);
INSERT INTO refund (account_id, id, customer_id, charge_id, invoice_id, status, amount, charge_amount, currency, created_at) VALUES
('acct_1', 're_rex', 'our_rex_usd', 'ch_rex', 'in_sub_rex', 'succeeded', 900, 900, 'usd', 1763942400000),
('acct_1', 're_ria', 'our_ria_usd', 'ch_ria', 'in_sub_ria', 'pending', 900, 900, 'usd', 1763942400000),
('acct_1', 're_rob', 'our_rob_usd', 'ch_rob', 'in_sub_rob', 'succeeded', 300, 900, 'usd', 1763942400000);
INSERT INTO request (id, account_id, kind, subject_id, params, state, result_id, key_version, attempts, next_at, lease_token, lease_until, last_error, created_at, person_id) VALUES
('req_0897217760708363025c', 'acct_1', 'invoice_item', 'bil_d71a3c1fcf741ea34f36', '{"amount": 2500, "currency": "usd", "customer": "cus_18", "days_until_due": 14, "description": "A print for beth", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_45bbf99647fcdb2e957a", "guestlist_payer": "prs_beth", "guestlist_row": "bil_d71a3c1fcf741ea34f36"}}', 'made', 'ii_20', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_095a35ca391dc34ae963', 'acct_1', 'invoice_item', 'bil_ae55c3a8d52d92a935b7', '{"amount": 2500, "currency": "usd", "customer": "cus_22", "days_until_due": 14, "description": "A print for bill", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_4e78be9dc92964d9deb6", "guestlist_payer": "prs_bill", "guestlist_row": "bil_ae55c3a8d52d92a935b7"}}', 'made', 'ii_24', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_095c695ad8d457fa2efc', 'acct_1', 'invoice_item', 'bil_07b3052488376410529a', '{"amount": 2500, "currency": "usd", "customer": "cus_38", "days_until_due": 14, "description": "A print for bea", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_69cc7b2665c754225dc9", "guestlist_payer": "prs_bea", "guestlist_row": "bil_07b3052488376410529a"}}', 'made', 'ii_40', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_0f07cb7ba7184964fd70', 'acct_1', 'invoice', 'bil_d71a3c1fcf741ea34f36', '{"amount": 2500, "currency": "usd", "customer": "cus_18", "days_until_due": 14, "description": "A print for beth", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_45bbf99647fcdb2e957a", "guestlist_payer": "prs_beth", "guestlist_row": "bil_d71a3c1fcf741ea34f36"}}', 'made', 'in_19', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_1c5103b826cd80ebb8ef', 'acct_1', 'ending', 'end_6cb0578fd0e6f891ee9f', '{"bills": [], "by": "member", "ending": "period_end", "subscription": "sub_cid"}', 'made', 'sub_cid', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_2855a65b478f6e1eadea', 'acct_1', 'price', 'prc_f87d5c4396b3fb4d9fb8', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_56047fc2f9eda0e3fc5e", "replaces": []}', 'pending', NULL, 0, 0, 1766278800000, 'de767d796adadc448de4f73f80cdcd75', 1766278860000, 'no answer', 1766278800000, NULL),
('req_294c89ea313992548af1', 'acct_1', 'customer', 'cus_3417d75a064f23e860ff', '{"email": null, "metadata": {"guestlist_account": "discord:user-fred", "guestlist_installation": "ins_test", "guestlist_person": "prs_fred", "guestlist_row": "cus_3417d75a064f23e860ff"}, "name": "fred"}', 'made', 'cus_14', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_2b985c165b40c3043deb', 'acct_1', 'price', 'prc_2ecd94675e9a41cca7d7', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_0f5cbad1fe9a455672ae", "replaces": []}', 'made', 'price_8', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_2c45fe04c89c28a90225', 'acct_1', 'customer', 'cus_a36f2e394ad90bd50d67', '{"email": null, "metadata": {"guestlist_account": "discord:user-elsa", "guestlist_installation": "ins_test", "guestlist_person": "prs_elsa", "guestlist_row": "cus_a36f2e394ad90bd50d67"}, "name": "elsa"}', 'made', 'cus_41', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_2eb37214bc0a90020e44', 'acct_1', 'product', 'pln_6c209067d97185069cd7', '{"name": "Gone"}', 'pending', NULL, 0, 0, 0, NULL, 0, 'no answer', 1766278800000, NULL),
('req_2ffd1efc494482c80268', 'acct_1', 'product', 'pln_c96b4a70fe7b539814cc', '{"name": "Later"}', 'pending', NULL, 0, 0, 0, NULL, 0, 'no answer', 1766278800000, NULL),
('req_3021c2939d54b746de60', 'acct_1', 'price', 'prc_1729f12792ef8998fd9e', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_53253e2c8340d85c4e8c", "replaces": []}', 'made', 'price_13', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_33b579b3bc8ca16fdfd2', 'acct_1', 'price', 'prc_d85b14be662bbd18efe0', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_c96b4a70fe7b539814cc", "replaces": []}', 'pending', NULL, 0, 0, 1766278800000, NULL, 0, 'no answer', 1766278800000, NULL),
('req_33f1f055b18f514fd45f', 'acct_1', 'product', 'pln_53253e2c8340d85c4e8c', '{"name": "Founders"}', 'made', 'prod_12', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_3c0beff9dfd98cc9e1a9', 'acct_1', 'price', 'prc_5d752915a862abf71e31', '{"action": "plan_created", "actor": "prs_15c57e6ccfc85bf29971", "plan_id": "pln_de7ace070cbf06a4f0b9", "replaces": []}', 'made', 'price_10', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_41903225d6db60faa770', 'acct_1', 'product', 'pln_66ddd0751caecab045dd', '{"name": "Patron"}', 'made', 'prod_3', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_45bbf99647fcdb2e957a', 'acct_1', 'bill', 'bil_d71a3c1fcf741ea34f36', '{"actor": "prs_ada", "amount": 2500, "by": "user-ada", "community_id": "com_1", "currency": "usd", "days_until_due": 14, "footer": null, "name": "beth", "person_id": "prs_beth", "place": "discord:100", "what": "A print for beth"}', 'made', 'in_19', 0, 0, 0, NULL, 0, NULL, 1763942400000, 'prs_beth'),
('req_48e7ef69b6e0bad4420d', 'acct_1', 'bill', 'bil_20ebe42d8ff15642326c', '{"actor": "prs_ada", "amount": 2500, "by": "user-ada", "community_id": "com_1", "currency": "usd", "days_until_due": 14, "footer": null, "name": "bert", "person_id": "prs_bert", "place": "discord:100", "what": "A print for bert"}', 'made', 'in_27', 0, 0, 0, NULL, 0, NULL, 1763942400000, 'prs_bert'),
('req_4e78be9dc92964d9deb6', 'acct_1', 'bill', 'bil_ae55c3a8d52d92a935b7', '{"actor": "prs_ada", "amount": 2500, "by": "user-ada", "community_id": "com_1", "currency": "usd", "days_until_due": 14, "footer": null, "name": "bill", "person_id": "prs_bill", "place": "discord:100", "what": "A print for bill"}', 'made', 'in_23', 0, 0, 0, NULL, 0, NULL, 1763942400000, 'prs_bill'),
('req_4ee3372043de1ee91635', 'acct_1', 'invoice', 'bil_5a9843618cc740dc5e87', '{"amount": 2500, "currency": "usd", "customer": "cus_30", "days_until_due": 14, "description": "A print for bess", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_b7c4dee89949a3418aee", "guestlist_payer": "prs_bess", "guestlist_row": "bil_5a9843618cc740dc5e87"}}', 'made', 'in_31', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_57e3d61b8dce191be553', 'acct_1', 'price', 'prc_9487f8e958e99c5ca4ff', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_a5a9245f806616f3b247", "replaces": []}', 'refused', NULL, 0, 0, 0, NULL, 0, 'no', 1766278800000, NULL),
('req_59737b4edbd7fe224f06', 'acct_1', 'customer', 'cus_0a4ff156106ff35a2466', '{"email": null, "metadata": {"guestlist_account": "discord:user-bill", "guestlist_installation": "ins_test", "guestlist_person": "prs_bill", "guestlist_row": "cus_0a4ff156106ff35a2466"}, "name": "bill"}', 'made', 'cus_22', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_5a7b884c1fc6e68e2635', 'acct_1', 'customer', 'cus_41e37388f21d04243267', '{"email": null, "metadata": {"guestlist_account": "discord:user-lars", "guestlist_installation": "ins_test", "guestlist_person": "prs_lars", "guestlist_row": "cus_41e37388f21d04243267"}, "name": "lars"}', 'made', 'cus_49', 0, 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('req_5de5f65d143a0dc94b30', 'acct_1', 'customer', 'cus_f088f6f4d334448703d2', '{"email": null, "metadata": {"guestlist_account": "discord:user-bess", "guestlist_installation": "ins_test", "guestlist_person": "prs_bess", "guestlist_row": "cus_f088f6f4d334448703d2"}, "name": "bess"}', 'made', 'cus_30', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_5ed7f5423770395bebf0', 'acct_1', 'product', 'pln_de7ace070cbf06a4f0b9', '{"name": "Taucher"}', 'made', 'prod_9', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_6103d385bc303ee38c0d', 'acct_1', 'ending', 'end_3b3b121cdc1d96f89544', '{"bills": [], "by": "payment", "ending": "period_end", "subscription": "sub_rex"}', 'pending', NULL, 0, 0, 1, NULL, 0, NULL, 1763942400000, NULL),
('req_69cc7b2665c754225dc9', 'acct_1', 'bill', 'bil_07b3052488376410529a', '{"actor": "prs_ada", "amount": 2500, "by": "user-ada", "community_id": "com_1", "currency": "usd", "days_until_due": 14, "footer": null, "name": "bea", "person_id": "prs_bea", "place": "discord:100", "what": "A print for bea"}', 'needs_email', NULL, 0, 0, 0, NULL, 0, 'Stripe needs the member''s e-mail', 1766188800000, 'prs_bea'),
('req_71cc829324329ed11b33', 'acct_1', 'price', 'prc_67d8ede7740dd3350f0f', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_78a91e5ef8598a29f556", "replaces": []}', 'made', 'price_6', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_7379bb0219d1a326801b', 'acct_1', 'price', 'prc_c545935554ac4dfacaf5', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_6c209067d97185069cd7", "replaces": []}', 'dead', NULL, 0, 1, 1766278800000, NULL, 0, '500 after 12 attempts', 1766278800000, NULL),
('req_78fee92a011a532d5c8c', 'acct_1', 'customer', 'cus_ed6158f73bd2e4806288', '{"email": null, "metadata": {"guestlist_account": "discord:user-bea", "guestlist_installation": "ins_test", "guestlist_person": "prs_bea", "guestlist_row": "cus_ed6158f73bd2e4806288"}, "name": "bea"}', 'made', 'cus_38', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_8019dc12417dbfd5ebab', 'acct_1', 'checkout', 'chk_cf3bb2655c81f70a0784', '{"cancel_url": "https://club.example/cancelled?checkout=chk_cf3bb2655c81f70a0784", "customer": "cus_16", "expires_at": 1764025200000, "metadata": {"guestlist_beneficiary": "prs_wim", "guestlist_checkout": "chk_cf3bb2655c81f70a0784", "guestlist_installation": "ins_test", "guestlist_payer": "prs_wim", "guestlist_plan": "pln_0f5cbad1fe9a455672ae", "guestlist_price": "prc_2ecd94675e9a41cca7d7", "guestlist_purchase": "pur_9af21e54d150c5a59289", "guestlist_row": "chk_cf3bb2655c81f70a0784"}, "success_url": "https://club.example/paid?checkout=chk_cf3bb2655c81f70a0784", "trial_days": 0}', 'made', 'cs_17', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_904f06130a23ede372ab', 'acct_1', 'invoice', 'bil_ae55c3a8d52d92a935b7', '{"amount": 2500, "currency": "usd", "customer": "cus_22", "days_until_due": 14, "description": "A print for bill", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_4e78be9dc92964d9deb6", "guestlist_payer": "prs_bill", "guestlist_row": "bil_ae55c3a8d52d92a935b7"}}', 'made', 'in_23', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_9066301f58ba7fc7f7d4', 'acct_1', 'invoice_item', 'bil_20ebe42d8ff15642326c', '{"amount": 2500, "currency": "usd", "customer": "cus_26", "days_until_due": 14, "description": "A print for bert", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_48e7ef69b6e0bad4420d", "guestlist_payer": "prs_bert", "guestlist_row": "bil_20ebe42d8ff15642326c"}}', 'made', 'ii_28', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_934472a8af6fb595472b', 'acct_1', 'product', 'pln_56047fc2f9eda0e3fc5e', '{"name": "Soon"}', 'pending', NULL, 0, 0, 0, NULL, 0, 'no answer', 1766278800000, NULL),
('req_9468a127e0ef1e0671ed', 'acct_1', 'portal_configuration', 'acct_1', '{}', 'made', 'bpc_11', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_9ff6ecc3e69c10d8398d', 'acct_1', 'invoice_item', 'bil_5a9843618cc740dc5e87', '{"amount": 2500, "currency": "usd", "customer": "cus_30", "days_until_due": 14, "description": "A print for bess", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_b7c4dee89949a3418aee", "guestlist_payer": "prs_bess", "guestlist_row": "bil_5a9843618cc740dc5e87"}}', 'made', 'ii_32', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_a309585d6cc15baf8c7f', 'acct_1', 'ending', 'end_d66b5b9b30612ae9321a', '{"bills": [], "by": "payment", "ending": "period_end", "subscription": "sub_ria"}', 'pending', NULL, 0, 0, 1, NULL, 0, NULL, 1763942400000, NULL),
('req_a3fbea1dd696f987ab4e', 'acct_1', 'customer', 'cus_60b46624822be90cf973', '{"email": null, "metadata": {"guestlist_account": "discord:user-bert", "guestlist_installation": "ins_test", "guestlist_person": "prs_bert", "guestlist_row": "cus_60b46624822be90cf973"}, "name": "bert"}', 'made', 'cus_26', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_a75142cb0afad6297aea', 'acct_1', 'checkout', 'chk_a04e0acb80b79d4bae11', '{"cancel_url": "https://club.example/cancelled?checkout=chk_a04e0acb80b79d4bae11", "customer": "cus_lola_usd", "expires_at": 1766361600000, "metadata": {"guestlist_beneficiary": "prs_lola", "guestlist_checkout": "chk_a04e0acb80b79d4bae11", "guestlist_installation": "ins_test", "guestlist_payer": "prs_lola", "guestlist_plan": "pln_78a91e5ef8598a29f556", "guestlist_price": "prc_67d8ede7740dd3350f0f", "guestlist_row": "chk_a04e0acb80b79d4bae11"}, "success_url": "https://club.example/paid?checkout=chk_a04e0acb80b79d4bae11", "trial_days": 14}', 'pending', NULL, 0, 0, 0, NULL, 0, 'no answer', 1766278800000, NULL),
('req_ac705c49bfed71a645f6', 'acct_1', 'checkout', 'chk_53cd60adf05e810b81de', '{"cancel_url": "https://club.example/cancelled?checkout=chk_53cd60adf05e810b81de", "customer": "cus_36", "expires_at": 1766271600000, "metadata": {"guestlist_beneficiary": "prs_tess", "guestlist_checkout": "chk_53cd60adf05e810b81de", "guestlist_installation": "ins_test", "guestlist_payer": "prs_tess", "guestlist_plan": "pln_78a91e5ef8598a29f556", "guestlist_price": "prc_67d8ede7740dd3350f0f", "guestlist_row": "chk_53cd60adf05e810b81de"}, "success_url": "https://club.example/paid?checkout=chk_53cd60adf05e810b81de", "trial_days": 14}', 'made', 'cs_37', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_aef5e1fd4b2f55a86ea4', 'acct_1', 'customer', 'cus_c193ff4b465d18561655', '{"email": null, "metadata": {"guestlist_account": "discord:user-wim", "guestlist_installation": "ins_test", "guestlist_person": "prs_wim", "guestlist_row": "cus_c193ff4b465d18561655"}, "name": "wim"}', 'made', 'cus_16', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_b7c4dee89949a3418aee', 'acct_1', 'bill', 'bil_5a9843618cc740dc5e87', '{"actor": "prs_ada", "amount": 2500, "by": "user-ada", "community_id": "com_1", "currency": "usd", "days_until_due": 14, "footer": null, "name": "bess", "person_id": "prs_bess", "place": "discord:100", "what": "A print for bess"}', 'made', 'in_31', 0, 0, 0, NULL, 0, NULL, 1763942400000, 'prs_bess'),
('req_b7f4d57d243fd2c102db', 'acct_1', 'ending', 'end_ead741052ac8c3ecb127', '{"bills": [], "by": "payment", "ending": "period_end", "subscription": "sub_dina"}', 'pending', NULL, 0, 0, 1, NULL, 0, NULL, 1763942400000, NULL),
('req_bfd05c75e4a0e821e0ef', 'acct_1', 'customer', 'cus_885356bef29285f5634f', '{"email": null, "metadata": {"guestlist_account": "discord:user-beth", "guestlist_installation": "ins_test", "guestlist_person": "prs_beth", "guestlist_row": "cus_885356bef29285f5634f"}, "name": "beth"}', 'made', 'cus_18', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_c654d02e885715acfd0f', 'acct_1', 'customer', 'cus_fed1b0c491dacbdc8e8e', '{"email": null, "metadata": {"guestlist_account": "discord:user-lena", "guestlist_installation": "ins_test", "guestlist_person": "prs_lena", "guestlist_row": "cus_fed1b0c491dacbdc8e8e"}, "name": "lena"}', 'made', 'cus_47', 0, 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('req_c72c6d00b9564ca9cd9f', 'acct_1', 'price', 'prc_b116f999b0e6463ae58e', '{"action": "plan_created", "actor": "prs_ada", "plan_id": "pln_66ddd0751caecab045dd", "replaces": []}', 'made', 'price_4', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_c958f9d608263389dbd0', 'acct_1', 'checkout', 'chk_9cbfc5166ca25b70b0a6', '{"cancel_url": "https://club.example/cancelled?checkout=chk_9cbfc5166ca25b70b0a6", "customer": "cus_49", "expires_at": 1766361600000, "metadata": {"guestlist_beneficiary": "prs_lars", "guestlist_checkout": "chk_9cbfc5166ca25b70b0a6", "guestlist_installation": "ins_test", "guestlist_payer": "prs_lars", "guestlist_plan": "pln_0f5cbad1fe9a455672ae", "guestlist_price": "prc_2ecd94675e9a41cca7d7", "guestlist_purchase": "pur_e866e5eb62097fb508d7", "guestlist_row": "chk_9cbfc5166ca25b70b0a6"}, "success_url": "https://club.example/paid?checkout=chk_9cbfc5166ca25b70b0a6", "trial_days": 0}', 'made', 'cs_50', 0, 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('req_d4baa8744ce07bb38053', 'acct_1', 'checkout', 'chk_bf46524811a54475be91', '{"cancel_url": "https://club.example/cancelled?checkout=chk_bf46524811a54475be91", "customer": "cus_41", "expires_at": 1766271600000, "metadata": {"guestlist_beneficiary": "prs_elsa", "guestlist_checkout": "chk_bf46524811a54475be91", "guestlist_installation": "ins_test", "guestlist_payer": "prs_elsa", "guestlist_plan": "pln_pro", "guestlist_price": "prc_4c1d758779e099aa8b59", "guestlist_row": "chk_bf46524811a54475be91"}, "success_url": "https://club.example/paid?checkout=chk_bf46524811a54475be91", "trial_days": 0}', 'made', 'cs_42', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_d751e33e32599328f635', 'acct_1', 'invoice', 'bil_20ebe42d8ff15642326c', '{"amount": 2500, "currency": "usd", "customer": "cus_26", "days_until_due": 14, "description": "A print for bert", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_48e7ef69b6e0bad4420d", "guestlist_payer": "prs_bert", "guestlist_row": "bil_20ebe42d8ff15642326c"}}', 'made', 'in_27', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_db0428468c6fb6a472cf', 'acct_1', 'product', 'pln_pro', '{"name": "pro"}', 'made', 'prod_1', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_e09d191398097683dbaf', 'acct_1', 'product', 'pln_78a91e5ef8598a29f556', '{"name": "Taster"}', 'made', 'prod_5', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_e12da647ed97b3cce283', 'acct_1', 'customer', 'our_frank_usd:cus_frank_usd', '{"email": null, "metadata": {"guestlist_account": "discord:user-frank", "guestlist_installation": "ins_test", "guestlist_person": "prs_frank", "guestlist_row": "our_frank_usd:cus_frank_usd"}, "name": "frank"}', 'made', 'cus_35', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_e2b056664303ace37834', 'acct_1', 'checkout', 'chk_92eea180ebdf2999bd75', '{"cancel_url": "https://club.example/cancelled?checkout=chk_92eea180ebdf2999bd75", "customer": "cus_14", "expires_at": 1764025200000, "metadata": {"guestlist_beneficiary": "prs_fred", "guestlist_checkout": "chk_92eea180ebdf2999bd75", "guestlist_installation": "ins_test", "guestlist_payer": "prs_fred", "guestlist_plan": "pln_53253e2c8340d85c4e8c", "guestlist_price": "prc_1729f12792ef8998fd9e", "guestlist_purchase": "pur_61553812fb6d4a2ceb9f", "guestlist_row": "chk_92eea180ebdf2999bd75"}, "success_url": "https://club.example/paid?checkout=chk_92eea180ebdf2999bd75", "trial_days": 0}', 'made', 'cs_15', 0, 0, 0, NULL, 0, NULL, 1763942400000, NULL),
('req_e4689dd32906b5e530dc', 'acct_1', 'invoice', 'bil_07b3052488376410529a', '{"amount": 2500, "currency": "usd", "customer": "cus_38", "days_until_due": 14, "description": "A print for bea", "footer": null, "metadata": {"guestlist_installation": "ins_test", "guestlist_invoice": "req_69cc7b2665c754225dc9", "guestlist_payer": "prs_bea", "guestlist_row": "bil_07b3052488376410529a"}}', 'made', 'in_39', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_e5748124ff39b361c702', 'acct_1', 'price', 'prc_4c1d758779e099aa8b59', '{"action": "price_changed", "actor": "prs_ada", "plan_id": "pln_pro", "replaces": ["prc_date"]}', 'made', 'price_2', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_ef958f0fb3d2d4d13fea', 'acct_1', 'product', 'pln_0f5cbad1fe9a455672ae', '{"name": "Week"}', 'made', 'prod_7', 0, 0, 0, NULL, 0, NULL, 1763856000000, NULL),
('req_f039ae1439e1ebc6fcad', 'acct_1', 'customer', 'cus_4a8028bfdefec8643386', '{"email": null, "metadata": {"guestlist_account": "discord:user-tess", "guestlist_installation": "ins_test", "guestlist_person": "prs_tess", "guestlist_row": "cus_4a8028bfdefec8643386"}, "name": "tess"}', 'made', 'cus_36', 0, 0, 0, NULL, 0, NULL, 1766188800000, NULL),
('req_fc042002caf2491ff7bb', 'acct_1', 'checkout', 'chk_db6b1dac94b842e8bf04', '{"cancel_url": "https://club.example/cancelled?checkout=chk_db6b1dac94b842e8bf04", "customer": "cus_47", "expires_at": 1766361600000, "metadata": {"guestlist_beneficiary": "prs_lena", "guestlist_checkout": "chk_db6b1dac94b842e8bf04", "guestlist_installation": "ins_test", "guestlist_payer": "prs_lena", "guestlist_plan": "pln_pro", "guestlist_price": "prc_4c1d758779e099aa8b59", "guestlist_row": "chk_db6b1dac94b842e8bf04"}, "success_url": "https://club.example/paid?checkout=chk_db6b1dac94b842e8bf04", "trial_days": 0}', 'made', 'cs_48', 0, 0, 0, NULL, 0, NULL, 1766278800000, NULL),
('req_ff110246a0b6f43a34b2', 'acct_1', 'product', 'pln_a5a9245f806616f3b247', '{"name": "Never"}', 'refused', NULL, 0, 0, 0, NULL, 0, 'no', 1766278800000, NULL);
INSERT INTO schema_version (version) VALUES
(30);
INSERT INTO stripe_account (id, livemode, currency, portal_configuration_id, event_cursor_at, compared_at, webhook_at, created_at, login_url) VALUES
('acct_1', 0, 'usd', 'bpc_11', 1766278800000, 1766278800000, 1766278800000, 1763856000000, NULL);
INSERT INTO subscription (account_id, id, customer_id, payer_id, beneficiary_id, plan_id, price_id, status, currency, amount, quantity, unit, count, items, discounts, collection_method, pause_behavior, cancel_at, trial_end_at, period_start_at, period_end_at, latest_invoice_id, past_due_since_at, paid_once, started_at, ended_at, paused_by, ended_by, unpaid_since_at, pending_invoice_id, ending, ending_for, ending_for_at, moved_here) VALUES
('acct_1', 'sub_ann', 'our_ann_usd', 'prs_ann', 'prs_ann', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, NULL, NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_carl', 'our_carl_usd', 'prs_carl', 'prs_carl', 'pln_lite', 'prc_lite', 'canceled', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_lite","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_carl', NULL, 1, 1763856000000, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_cid', 'our_cid_usd', 'prs_cid', 'prs_cid', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, 1766448000000, NULL, 1763856000000, 1766448000000, 'in_sub_cid', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_cs_37', 'cus_4a8028bfdefec8643386', 'prs_tess', 'prs_tess', 'pln_78a91e5ef8598a29f556', 'prc_67d8ede7740dd3350f0f', 'trialing', 'usd', 500, 1, 'month', 1, '[{"amount":500,"count":1,"currency":"usd","id":"si_1","price":"price_6","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, 1767398400000, 1766188800000, 1768780800000, NULL, NULL, 0, 1766188800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0),
('acct_1', 'sub_dag', 'our_dag_usd', 'prs_dag', 'prs_dag', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766278800000, 1768870800000, 'in_sub_dag', NULL, 1, 1766278800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_dan', 'our_dan_usd', 'prs_dan', 'prs_dan', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766275200000, 1768867200000, 'in_sub_dan', NULL, 1, 1766275200000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_dave', 'our_dave_usd', 'prs_dave', 'prs_dave', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_dave', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, 'asked', 'in_sub_dave', 1763942400000, 1),
('acct_1', 'sub_dean', 'our_dean_usd', 'prs_dean', 'prs_dean', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_dean', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_dina', 'our_dina_usd', 'prs_dina', 'prs_dina', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_dina', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, 'period_end', 'in_sub_dina', 1763942400000, 1),
('acct_1', 'sub_dirk', 'our_dirk_usd', 'prs_dirk', 'prs_dirk', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_dirk', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, 'asked', 'in_sub_dirk', 1763942400000, 1),
('acct_1', 'sub_dora', 'our_dora_usd', 'prs_dora', 'prs_dora', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_dora', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_ella', 'our_ella_usd', 'prs_ella', 'prs_ella', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766278800000, 1768870800000, 'in_sub_ella', NULL, 1, 1766278800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_emil', 'our_emil_eur', 'prs_emil', 'prs_emil', 'pln_de7ace070cbf06a4f0b9', 'prc_5d752915a862abf71e31', 'active', 'eur', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_emil', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_frank', 'our_frank_usd', 'prs_frank', 'prs_frank', 'pln_pro', 'prc_monthly', 'canceled', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766188800000, 1768780800000, 'in_sub_frank', NULL, 1, 1766188800000, 1766188800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_hugo', 'our_hugo_usd', 'prs_hugo', 'prs_hugo', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_hugo', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_ike', 'our_ike_usd', 'prs_ike', 'prs_ike', 'pln_pro', 'prc_monthly', 'incomplete', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_ike', NULL, 0, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_ivy', 'our_ivy_usd', 'prs_ivy', 'prs_ivy', 'pln_pro', 'prc_monthly', 'incomplete_expired', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_ivy', NULL, 0, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_kim', 'our_kim_usd', 'prs_kim', 'prs_kat', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766275200000, 1768867200000, 'in_sub_kim', NULL, 1, 1766275200000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_lea', 'our_lea_usd', 'prs_leni', 'prs_leni', 'pln_lite', 'prc_lite', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_lite","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766275200000, 1768867200000, 'in_sub_lea', NULL, 1, 1766275200000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_leni', 'our_leni_usd', 'prs_leni', 'prs_leni', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766275200000, 1768867200000, NULL, NULL, 1, 1766275200000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_leo', 'our_leo_usd', 'prs_leo', 'prs_leo', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766278800000, 1768870800000, 'in_sub_leo', NULL, 1, 1766278800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_max', 'our_max_eur', 'prs_max', 'prs_max', 'pln_de7ace070cbf06a4f0b9', 'prc_5d752915a862abf71e31', 'canceled', 'eur', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_max', NULL, 1, 1763856000000, 1766278800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_mia', 'our_mia_usd', 'prs_mia', 'prs_mia', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766275200000, 1768867200000, 'in_sub_mia', NULL, 1, 1766275200000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_moira', 'our_moira_usd', 'prs_moira', 'prs_moira', NULL, NULL, 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_foreign","product_id":"prod_foreign","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766188800000, 1768780800000, 'in_sub_moira', NULL, 1, 1766188800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_moll', 'our_moll_eur', 'prs_moll', 'prs_moll', 'pln_de7ace070cbf06a4f0b9', 'prc_5d752915a862abf71e31', 'canceled', 'eur', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"price_10","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_moll', NULL, 1, 1763856000000, 1766278800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_nan', 'our_nan_usd', 'prs_nan', 'prs_nan', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766278800000, 1768870800000, 'in_sub_nan', NULL, 1, 1766278800000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_nora', 'our_nora_usd', 'prs_nora', 'prs_nora', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_nora', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_pam', 'our_pam_usd', 'prs_pam', 'prs_pam', 'pln_pro', 'prc_monthly', 'paused', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_pam', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_pat', 'our_pat_usd', 'prs_pat', 'prs_pat', 'pln_pro', 'prc_monthly', 'past_due', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_pat', 1763856000000, 0, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_paul', 'our_paul_usd', 'prs_paul', 'prs_paul', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', 'void', NULL, NULL, 1763856000000, 1766448000000, 'in_sub_paul', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_paula', 'our_paula_usd', 'prs_paula', 'prs_paula', 'pln_pro', 'prc_monthly', 'past_due', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_paula_2', 1766188800000, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_rena', 'our_rena_usd', 'prs_rena', 'prs_rena', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_rena', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_rex', 'our_rex_usd', 'prs_rex', 'prs_rex', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_rex', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, 'period_end', 'in_sub_rex', 1763942400000, 1),
('acct_1', 'sub_ria', 'our_ria_usd', 'prs_ria', 'prs_ria', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_ria', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, 'period_end', 'in_sub_ria', 1763942400000, 1),
('acct_1', 'sub_rob', 'our_rob_usd', 'prs_rob', 'prs_rob', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_rob', NULL, 1, 1763942400000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_seda', 'our_seda_usd', 'prs_seda', 'prs_seda', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763942400000, 1766534400000, 'in_sub_seda', NULL, 0, 1763942400000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_theo', 'our_theo_usd', 'prs_theo', 'prs_theo', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, NULL, NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_uma', 'our_uma_usd', 'prs_uma', 'prs_uma', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1766275200000, 1768867200000, 'in_sub_uma', NULL, 1, 1766275200000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_una', 'our_una_usd', 'prs_una', 'prs_una', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_una', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_uwe', 'our_uwe_usd', 'prs_uwe', 'prs_uwe', 'pln_pro', 'prc_monthly', 'unpaid', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_uwe', NULL, 1, 1763856000000, NULL, NULL, NULL, 1763856000000, NULL, NULL, NULL, NULL, 1),
('acct_1', 'sub_wanda', 'our_wanda_usd', 'prs_wanda', 'prs_wanda', 'pln_pro', 'prc_monthly', 'active', 'usd', 900, 1, 'month', 1, '[{"amount":900,"count":1,"currency":"usd","id":"si_1","price":"stripe_prc_monthly","quantity":1,"unit":"month","usage":false}]', '[]', 'charge_automatically', NULL, NULL, NULL, 1763856000000, 1766448000000, 'in_sub_wanda', NULL, 1, 1763856000000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1);
INSERT INTO target (id, community_id, platform, place_id, kind, external_id, name, fault, fault_detail, fault_at, fault_told_at, adopted) VALUES
('tgt_bar', 'com_1', 'discord', '100', 'role', 'role-tgt_bar', 'tgt_bar', NULL, NULL, NULL, NULL, NULL),
('tgt_diver', 'com_779cce1c956b2ea9576c', 'discord', '300', 'role', 'role-diver', 'Diver', NULL, NULL, NULL, NULL, NULL),
('tgt_grotto', 'com_779cce1c956b2ea9576c', 'telegram', '-400', 'chat', '-400', 'Grotto', NULL, NULL, NULL, NULL, NULL),
('tgt_lounge', 'com_1', 'telegram', '-200', 'chat', '-200', 'Lounge', NULL, NULL, NULL, NULL, NULL),
('tgt_patron', 'com_1', 'discord', '100', 'role', 'role-tgt_patron', 'tgt_patron', 'hierarchy', 'the role stands above the bot''s', 1763856000000, 1766275200000, NULL),
('tgt_snug', 'com_1', 'discord', '100', 'role', 'role-tgt_snug', 'tgt_snug', NULL, NULL, NULL, NULL, NULL),
('tgt_vip', 'com_1', 'discord', '100', 'role', 'role-tgt_vip', 'tgt_vip', NULL, NULL, NULL, NULL, NULL);
INSERT INTO team (community_id, platform, kind, subject_id, place_id, name, rank, added_at, suspended_at) VALUES
('com_1', 'discord', 'account', 'user-ada', '100', 'user-ada', 'owner', 1763856000000, NULL),
('com_1', 'discord', 'role', 'role-help', '100', 'role-help', 'support', 1763856000000, 1763856000000),
('com_1', 'discord', 'role', 'role-mods', '100', 'role-mods', 'manager', 1763856000000, NULL),
('com_1', 'telegram', 'account', 'tg-tara', '100', 'tg-tara', 'support', 1763856000000, NULL),
('com_779cce1c956b2ea9576c', 'discord', 'account', 'user-eve', '300', 'User-Eve', 'owner', 1763856000000, NULL),
('com_779cce1c956b2ea9576c', 'telegram', 'account', 'tg-olga', '-400', 'Tg-Olga', 'owner', 1763856000000, NULL),
('com_a4be63b2e10ab5e2250d', 'discord', 'account', 'user-sid', '600', 'User-Sid', 'owner', 1763856000000, NULL),
('com_b08fd1d020fe66158866', 'discord', 'account', 'user-kay', '700', 'User-Kay', 'owner', 1763856000000, NULL),
('com_b4aa0250b0a7cce1179f', 'telegram', 'account', 'tg-tom', '-500', 'Tg-Tom', 'owner', 1763856000000, NULL);
INSERT INTO telegram_chat (id, kind, title, can_invite, can_ban, added_by, removed_at, link, platform) VALUES
('-200', 'supergroup', 'Lounge', 1, 1, 'tg-tara', NULL, 'https://t.me/+lounge', 'telegram'),
('-201', 'group', 'Kitchen', 0, 1, 'tg-tara', NULL, NULL, 'telegram'),
('-202', 'channel', 'News', 1, 0, NULL, 1766278800000, NULL, 'telegram');
INSERT INTO telegram_kick (chat_id, user_id, began_at, platform) VALUES
('-200', 'tg-trudy', 1766278800000, 'telegram');
INSERT INTO telegram_update (id, update_id, lane, body, received_at, state, attempts, next_at, lease_token, lease_until, last_error, platform) VALUES
('upd_dead', 1, 'dead', '{"update_id": 1}', 1766278800000, 'dead', 1, 1766278800000, NULL, 0, '500 after 12 attempts', 'telegram'),
('upd_done', 0, 'done', '{"update_id": 0}', 1766278800000, 'done', 0, 0, NULL, 0, NULL, 'telegram'),
('upd_leased', 2, 'leased', '{"update_id": 2}', 1766278800000, 'open', 0, 0, 'de767d796adadc44e7563d5c29eed15d', 1766278860000, NULL, 'telegram'),
('upd_open', 3, 'open', '{"update_id": 3}', 1766278800000, 'open', 0, 0, NULL, 0, NULL, 'telegram');
INSERT INTO telegram_user (user_id, username, name, chat_id, dialogue, dialogue_until, seen_at, platform) VALUES
('tg-passerby', NULL, 'Somebody', NULL, NULL, 0, 1766278800000, 'telegram'),
('tg-tina', 'tina', 'Tina', '-200', '{"asks": "email"}', 1766279400000, 1766278800000, 'telegram');
INSERT INTO trial_card (account_id, fingerprint, plan_id, subscription_id) VALUES
('acct_1', 'fp_tess', 'pln_78a91e5ef8598a29f556', 'sub_cs_37');
INSERT INTO unclaimed_subscription (account_id, subscription_id, stripe_id, plan_id, started_at, seen_at, code_hash, expires_at, person_id) VALUES
('acct_1', 'sub_past_1', 'cus_past_1', 'pln_pro', 1766278800000, 1766278800000, 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff', 1766365200000, NULL),
('acct_1', 'sub_past_2', 'cus_past_2', 'pln_pro', 1766278800000, 1766278800000, NULL, NULL, NULL);

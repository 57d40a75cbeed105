-- Types are TEXT and BIGINT only: times in milliseconds UTC, money in minor units, booleans 0 or 1, JSON as text.

CREATE TABLE community (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    grace_ms BIGINT NOT NULL CHECK (grace_ms >= 0),
    contact_id TEXT,
    breaker_tripped_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE place (
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    external_id TEXT NOT NULL,
    community_id TEXT NOT NULL REFERENCES community (id),
    name TEXT NOT NULL,
    PRIMARY KEY (platform, external_id)
);

-- The row that every decision about a person locks first; `version` is bumped by the lock.
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    version BIGINT NOT NULL DEFAULT 0,
    locale TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE identity (
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    user_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (platform, user_id)
);
CREATE INDEX identity_person ON identity (person_id);

CREATE TABLE target (
    id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES community (id),
    platform TEXT NOT NULL CHECK (platform IN ('discord', 'telegram')),
    place_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('role', 'chat')),
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (platform, place_id, external_id)
);

CREATE TABLE stripe_account (
    id TEXT PRIMARY KEY,
    livemode BIGINT NOT NULL CHECK (livemode IN (0, 1)),
    currency TEXT NOT NULL,
    portal_configuration_id TEXT,
    event_cursor_at BIGINT,
    compared_at BIGINT,
    webhook_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE plan (
    id TEXT PRIMARY KEY,
    community_id TEXT NOT NULL REFERENCES community (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    name_key TEXT NOT NULL, -- the name without case, so that both engines compare «Füße» and «FÜSSE» alike
    description TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'archived')),
    grace_ms BIGINT NOT NULL CHECK (grace_ms >= 0),
    trial_days BIGINT NOT NULL CHECK (trial_days >= 0),
    pause_keeps_access BIGINT NOT NULL CHECK (pause_keeps_access IN (0, 1)),
    refund_ends_access BIGINT NOT NULL CHECK (refund_ends_access IN (0, 1)),
    dispute_ends_access BIGINT NOT NULL CHECK (dispute_ends_access IN (0, 1)),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX plan_name ON plan (community_id, name_key) WHERE state = 'active';

CREATE TABLE plan_target (
    plan_id TEXT NOT NULL REFERENCES plan (id),
    target_id TEXT NOT NULL REFERENCES target (id),
    closed_at BIGINT,
    PRIMARY KEY (plan_id, target_id)
);

CREATE TABLE price (
    id TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL REFERENCES plan (id),
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    kind TEXT NOT NULL CHECK (kind IN ('recurring', 'fixed_time', 'lifetime', 'fixed_date')),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    unit TEXT CHECK (unit IN ('day', 'week', 'month', 'year')),
    count BIGINT CHECK (count > 0),
    until_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retired')),
    stripe_product_id TEXT,
    stripe_price_id TEXT,
    created_at BIGINT NOT NULL,
    CHECK ((kind IN ('recurring', 'fixed_time')) = (unit IS NOT NULL AND count IS NOT NULL)),
    CHECK ((kind = 'fixed_date') = (until_at IS NOT NULL)),
    CHECK (state = 'pending' OR stripe_price_id IS NOT NULL)
);
CREATE UNIQUE INDEX price_current ON price (plan_id) WHERE state = 'active';
CREATE UNIQUE INDEX price_stripe ON price (account_id, stripe_price_id);

-- mark_seq counts the marks, settled_seq is the mark that the last settlement answered: dirty while they differ.
-- claimed_seq is the mark the present lease was taken at; marked_at the time of the last mark.
CREATE TABLE customer (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    stripe_id TEXT,
    email TEXT,
    mark_seq BIGINT NOT NULL DEFAULT 0,
    settled_seq BIGINT NOT NULL DEFAULT 0,
    parts BIGINT NOT NULL DEFAULT 0,
    claimed_seq BIGINT NOT NULL DEFAULT 0,
    dirty_since_at BIGINT,
    marked_at BIGINT,
    recheck_at BIGINT,
    state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (person_id, account_id, currency),
    CHECK (settled_seq <= mark_seq)
);
CREATE UNIQUE INDEX customer_stripe ON customer (account_id, stripe_id);
CREATE INDEX customer_dirty ON customer (next_at, dirty_since_at) WHERE settled_seq < mark_seq;
CREATE INDEX customer_recheck ON customer (recheck_at) WHERE recheck_at IS NOT NULL;

CREATE TABLE checkout (
    id TEXT PRIMARY KEY,
    payer_id TEXT NOT NULL REFERENCES person (id),
    beneficiary_id TEXT NOT NULL REFERENCES person (id),
    plan_id TEXT NOT NULL REFERENCES plan (id),
    price_id TEXT NOT NULL REFERENCES price (id),
    customer_id TEXT NOT NULL REFERENCES customer (id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'open', 'complete', 'expired')),
    session_id TEXT,
    url TEXT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX checkout_one_open ON checkout (beneficiary_id, plan_id) WHERE state IN ('pending', 'open');
CREATE INDEX checkout_expiring ON checkout (expires_at) WHERE state = 'open';
CREATE UNIQUE INDEX checkout_session ON checkout (session_id);

-- Every creating call to Stripe, stored before it is made; its idempotency key is made from the id.
CREATE TABLE request (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'made', 'refused', 'needs_email', 'dead')),
    result_id TEXT,
    key_version BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    person_id TEXT REFERENCES person (id), -- who is asked when Stripe needs an e-mail address
    UNIQUE (kind, subject_id)
);
CREATE INDEX request_pending ON request (next_at, created_at) WHERE state = 'pending';
CREATE INDEX request_dead ON request (id) WHERE state = 'dead';
CREATE INDEX request_needs_email ON request (person_id) WHERE state = 'needs_email';

CREATE TABLE subscription (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    payer_id TEXT NOT NULL REFERENCES person (id),
    beneficiary_id TEXT NOT NULL REFERENCES person (id),
    plan_id TEXT REFERENCES plan (id),
    price_id TEXT REFERENCES price (id),
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    unit TEXT,
    count BIGINT,
    items TEXT NOT NULL,
    discounts TEXT NOT NULL,
    collection_method TEXT NOT NULL,
    pause_behavior TEXT,
    cancel_at BIGINT,
    trial_end_at BIGINT,
    period_start_at BIGINT,
    period_end_at BIGINT,
    latest_invoice_id TEXT,
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
    id TEXT PRIMARY KEY,
    checkout_id TEXT NOT NULL REFERENCES checkout (id),
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    customer_id TEXT NOT NULL REFERENCES customer (id),
    payer_id TEXT NOT NULL REFERENCES person (id),
    beneficiary_id TEXT NOT NULL REFERENCES person (id),
    plan_id TEXT NOT NULL REFERENCES plan (id),
    price_id TEXT NOT NULL REFERENCES price (id),
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid')),
    invoice_id TEXT,
    paid_at BIGINT,
    created_at BIGINT NOT NULL,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL))
);
CREATE INDEX purchase_customer ON purchase (customer_id);
CREATE INDEX purchase_payer ON purchase (payer_id);
CREATE INDEX purchase_beneficiary ON purchase (beneficiary_id);

CREATE TABLE invoice (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    subscription_id TEXT,
    purchase_id TEXT,
    status TEXT NOT NULL,
    number TEXT,
    description TEXT,
    billing_reason TEXT,
    currency TEXT NOT NULL,
    total BIGINT NOT NULL,
    amount_paid BIGINT NOT NULL,
    amount_remaining BIGINT NOT NULL,
    period_start_at BIGINT,
    period_end_at BIGINT,
    due_at BIGINT,
    finalized_at BIGINT,
    paid_at BIGINT,
    failed_at BIGINT,
    hosted_url TEXT,
    pdf_url TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX invoice_customer ON invoice (customer_id, created_at);

CREATE TABLE refund (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    charge_id TEXT NOT NULL,
    invoice_id TEXT,
    status TEXT NOT NULL,
    amount BIGINT NOT NULL,
    charge_amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX refund_customer ON refund (customer_id);

CREATE TABLE dispute (
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    id TEXT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customer (id),
    charge_id TEXT NOT NULL,
    invoice_id TEXT,
    status TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX dispute_customer ON dispute (customer_id);

CREATE TABLE entitlement (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL CHECK (source IN ('subscription', 'purchase', 'comp', 'trial')),
    source_id TEXT NOT NULL,
    account_id TEXT REFERENCES stripe_account (id),
    plan_id TEXT NOT NULL REFERENCES plan (id),
    payer_id TEXT NOT NULL REFERENCES person (id),
    beneficiary_id TEXT NOT NULL REFERENCES person (id),
    began_at BIGINT NOT NULL,
    access_from BIGINT,
    access_until BIGINT,
    reason TEXT NOT NULL
);
CREATE INDEX entitlement_beneficiary ON entitlement (beneficiary_id);
CREATE INDEX entitlement_plan ON entitlement (plan_id);

CREATE TABLE access (
    person_id TEXT NOT NULL REFERENCES person (id),
    target_id TEXT NOT NULL REFERENCES target (id),
    wanted BIGINT NOT NULL CHECK (wanted IN (0, 1)),
    applied BIGINT NOT NULL CHECK (applied IN (0, 1)),
    held_before BIGINT CHECK (held_before IN (0, 1)),
    entitlement_id TEXT,
    reason TEXT,
    wanted_at BIGINT NOT NULL,
    applied_at BIGINT,
    revoked_at BIGINT, -- machine time of the last confirmed revoke: what the breaker counts
    PRIMARY KEY (person_id, target_id)
);
CREATE INDEX access_drift ON access (target_id) WHERE wanted <> applied;
CREATE INDEX access_target ON access (target_id, applied);

-- «Make this person's access to this target right»: one row, with a sequence; no verb in it.
CREATE TABLE effect (
    person_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'blocked', 'done', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    told_at BIGINT,
    breaker_passed BIGINT NOT NULL DEFAULT 0 CHECK (breaker_passed IN (0, 1)),
    opened_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, target_id),
    FOREIGN KEY (person_id, target_id) REFERENCES access (person_id, target_id)
);
CREATE INDEX effect_open ON effect (next_at) WHERE state = 'open';

-- A private message that a decision asks for; its key makes it once.
CREATE TABLE notice (
    key TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX notice_open ON notice (next_at, created_at) WHERE state = 'open';
CREATE INDEX notice_dead ON notice (key) WHERE state = 'dead';

-- Every webhook, as it came. `mark_seq` is the customer's mark that it made; settled once a settlement answered it.
CREATE TABLE event (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    object_id TEXT,
    stripe_customer_id TEXT,
    created_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('marked', 'unresolved', 'settled', 'foreign', 'noted', 'dead')),
    mark_seq BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX event_unresolved ON event (next_at, received_at) WHERE state = 'unresolved';
CREATE INDEX event_marked ON event (account_id, stripe_customer_id) WHERE state = 'marked';
CREATE INDEX event_object ON event (account_id, object_id, type);

-- Append-only: what changed in what is sold, before and after, with Stripe's time and ours.
CREATE TABLE ledger (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES stripe_account (id),
    customer_id TEXT NOT NULL REFERENCES customer (id),
    source TEXT NOT NULL CHECK (source IN ('subscription', 'purchase', 'refund', 'dispute')),
    source_id TEXT NOT NULL,
    plan_id TEXT,
    status_before TEXT,
    status_after TEXT NOT NULL,
    items_before TEXT,
    items_after TEXT,
    quantity_before BIGINT,
    quantity_after BIGINT,
    amount_before BIGINT,
    amount_after BIGINT NOT NULL,
    currency TEXT NOT NULL,
    interval_before TEXT,
    interval_after TEXT,
    discounts_before TEXT,
    discounts_after TEXT,
    stripe_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX ledger_source ON ledger (account_id, source, source_id, recorded_at);

-- What was done to whose access, and why: attempt by attempt.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    community_id TEXT,
    person_id TEXT,
    target_id TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_person ON audit (person_id, at);

-- What only one process may hold: a gateway shard, the timers, the delivery of one platform.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    until_at BIGINT NOT NULL
);

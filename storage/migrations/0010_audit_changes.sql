-- What an act of the team changed: JSON of {thing: [before, after]} (`payments/core/changes.py`). Older lines have only `detail`.
ALTER TABLE audit ADD COLUMN changes TEXT;

-- `/audit` reads the acts of people in one community, newest first; what Guestlist does by itself is not among them.
CREATE INDEX audit_acts ON audit (community_id, at, id) WHERE actor <> 'guestlist';

-- A refund of an invoice that the team sent leads to its community.
CREATE INDEX request_bill ON request (result_id) WHERE kind = 'bill';

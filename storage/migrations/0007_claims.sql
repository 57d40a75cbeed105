-- Who has been dirty longest is settled first; those that wait for their time are passed over.
DROP INDEX customer_dirty;
CREATE INDEX customer_dirty ON customer (dirty_since_at, next_at) WHERE settled_seq < mark_seq;

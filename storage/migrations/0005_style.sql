-- How the community's pages look: an emoji or two letters, and `#rrggbb`. NULL: initials, and the product's own colour.
ALTER TABLE community ADD COLUMN icon TEXT;
ALTER TABLE community ADD COLUMN color TEXT;

-- What a person asked for lately is looked up at each command that makes something.
CREATE INDEX request_person ON request (person_id, created_at) WHERE person_id IS NOT NULL;

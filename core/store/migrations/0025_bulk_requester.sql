-- What the roles file finds the requester by, as JSON; NULL if the role does not come from it. Their
-- role is read again for each chunk.
ALTER TABLE bulk_aborts ADD COLUMN listing VARCHAR;

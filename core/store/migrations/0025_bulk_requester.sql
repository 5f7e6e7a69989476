-- What identifies the requester in the roles file, as JSON; NULL if the role does not come from
-- that file. The role is read again for each chunk.
ALTER TABLE bulk_aborts ADD COLUMN listing VARCHAR;

-- Which file an import was, read in which way, and how many imports there had been of late when it
-- was compared. Files from before have none, and are read anew.
ALTER TABLE imports ADD COLUMN fingerprint VARCHAR;
ALTER TABLE imports ADD COLUMN imports_before BIGINT;

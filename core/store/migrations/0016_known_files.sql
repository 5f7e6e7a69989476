-- The hash of the file of an import and of how it was read, and the number of recent imports when
-- it was compared. Older imports have NULL; their files are read in full.
ALTER TABLE imports ADD COLUMN fingerprint VARCHAR;
ALTER TABLE imports ADD COLUMN imports_before BIGINT;

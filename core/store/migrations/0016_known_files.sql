-- * fingerprint: the hash of the file, of the options, and of the code that read the file.
-- * imports_before: how many imports there were in the twelve hours before this import.
-- Older imports have NULL. If such a file comes again, Freio reads it in full.
ALTER TABLE imports ADD COLUMN fingerprint VARCHAR;
ALTER TABLE imports ADD COLUMN imports_before BIGINT;

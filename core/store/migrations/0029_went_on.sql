-- The state in which the platform reports a send that was stopped here and went on anyway; NULL for all
-- other sends. The summary counts these sends separately. A contradiction from before this migration
-- gets its state from the next report of the send.
ALTER TABLE configurations ADD COLUMN went_on_as VARCHAR;
ALTER TABLE daily_counts ADD COLUMN went_on_as VARCHAR;

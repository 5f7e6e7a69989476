-- The state in which the platform reports a send that was stopped here and went on anyway; NULL for all
-- other sends. The summary counts these sends separately. If the abort was contradicted before this
-- migration, the column gets its value from the next report about the send.
ALTER TABLE configurations ADD COLUMN went_on_as VARCHAR;
ALTER TABLE daily_counts ADD COLUMN went_on_as VARCHAR;

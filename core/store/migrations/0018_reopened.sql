-- The time of the newest report that changed the send. NULL: no report has changed the send since
-- this migration.
ALTER TABLE configurations ADD COLUMN reported_at TIMESTAMPTZ;
-- The terminal state of a send that a newer report showed running again, and the time of that
-- report.
ALTER TABLE configurations ADD COLUMN reopened_from VARCHAR;
ALTER TABLE configurations ADD COLUMN reopened_at TIMESTAMPTZ;
-- Since this time, two reports about the send disagree. Nobody knows which report is newer.
ALTER TABLE configurations ADD COLUMN doubted_since TIMESTAMPTZ;

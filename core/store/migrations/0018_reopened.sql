-- When the newest file that changed a send was made; NULL for older sends.
ALTER TABLE configurations ADD COLUMN reported_at TIMESTAMPTZ;
-- The terminal state of a send that a newer report showed running again, and the time of that
-- report.
ALTER TABLE configurations ADD COLUMN reopened_from VARCHAR;
ALTER TABLE configurations ADD COLUMN reopened_at TIMESTAMPTZ;
-- Since when two reports disagree about a send and it is unknown which one is newer.
ALTER TABLE configurations ADD COLUMN doubted_since TIMESTAMPTZ;

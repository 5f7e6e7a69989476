-- When the file was made that a send's facts come from (the newest one that changed them). Empty for
-- sends from before.
ALTER TABLE configurations ADD COLUMN reported_at TIMESTAMPTZ;
-- The end from which a newer report brought a send back, and as of when that report was.
ALTER TABLE configurations ADD COLUMN reopened_from VARCHAR;
ALTER TABLE configurations ADD COLUMN reopened_at TIMESTAMPTZ;
-- Since when two reports disagree about a send and none of them is known to be the newer one.
ALTER TABLE configurations ADD COLUMN doubted_since TIMESTAMPTZ;

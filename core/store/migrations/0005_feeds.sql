-- The time of the first full file without the send; NULL while the source reports the send.
ALTER TABLE configurations ADD COLUMN unreported_since TIMESTAMPTZ;

-- * as_of: when the source made the file.
-- * headings: the headings of the file.
-- * rows_confirmed, rows_left_open, rows_contradicted: how many aborts the file confirmed, left
--   open or contradicted.
-- * rows_missing: how many stored sends a full file did not contain.
ALTER TABLE imports ADD COLUMN as_of TIMESTAMPTZ;
ALTER TABLE imports ADD COLUMN headings VARCHAR;
ALTER TABLE imports ADD COLUMN rows_confirmed BIGINT;
ALTER TABLE imports ADD COLUMN rows_left_open BIGINT;
ALTER TABLE imports ADD COLUMN rows_contradicted BIGINT;
ALTER TABLE imports ADD COLUMN rows_missing BIGINT;

-- Acknowledged concerns about aborts: who acknowledged each concern, when, and with which note.
CREATE TABLE acknowledgements (
    receipt_id      VARCHAR NOT NULL,
    concern         VARCHAR NOT NULL,
    acknowledged_at TIMESTAMPTZ NOT NULL,
    actor           VARCHAR NOT NULL,
    note            VARCHAR NOT NULL,
    PRIMARY KEY (receipt_id, concern)
);

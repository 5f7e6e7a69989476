-- When a full snapshot left the send out; NULL while the source reports it.
ALTER TABLE configurations ADD COLUMN unreported_since TIMESTAMPTZ;

-- When the source made the file, its headings, and the aborts made here that it confirmed, left
-- open or contradicted.
ALTER TABLE imports ADD COLUMN as_of TIMESTAMPTZ;
ALTER TABLE imports ADD COLUMN headings VARCHAR;
ALTER TABLE imports ADD COLUMN rows_confirmed BIGINT;
ALTER TABLE imports ADD COLUMN rows_left_open BIGINT;
ALTER TABLE imports ADD COLUMN rows_contradicted BIGINT;
ALTER TABLE imports ADD COLUMN rows_missing BIGINT;

-- Who acknowledged that an abort is contradicted or overdue, and their note.
CREATE TABLE acknowledgements (
    receipt_id      VARCHAR NOT NULL,
    concern         VARCHAR NOT NULL,
    acknowledged_at TIMESTAMPTZ NOT NULL,
    actor           VARCHAR NOT NULL,
    note            VARCHAR NOT NULL,
    PRIMARY KEY (receipt_id, concern)
);

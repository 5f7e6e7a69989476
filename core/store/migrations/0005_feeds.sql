-- When the source last left a send out of a full snapshot; empty while it reports it.
ALTER TABLE configurations ADD COLUMN unreported_since TIMESTAMPTZ;

-- What a file said, as of when, and what it did to the aborts made here.
ALTER TABLE imports ADD COLUMN as_of TIMESTAMPTZ;
ALTER TABLE imports ADD COLUMN headings VARCHAR;
ALTER TABLE imports ADD COLUMN rows_confirmed BIGINT;
ALTER TABLE imports ADD COLUMN rows_left_open BIGINT;
ALTER TABLE imports ADD COLUMN rows_contradicted BIGINT;
ALTER TABLE imports ADD COLUMN rows_missing BIGINT;

-- Who has seen that an abort is contradicted or overdue, and what they made of it.
CREATE TABLE acknowledgements (
    receipt_id      VARCHAR NOT NULL,
    concern         VARCHAR NOT NULL,
    acknowledged_at TIMESTAMPTZ NOT NULL,
    actor           VARCHAR NOT NULL,
    note            VARCHAR NOT NULL,
    PRIMARY KEY (receipt_id, concern)
);

-- The role and the address of the person, and the facts that the dialog showed.
ALTER TABLE receipts ADD COLUMN role VARCHAR DEFAULT '';
ALTER TABLE receipts ADD COLUMN address VARCHAR DEFAULT '';
ALTER TABLE receipts ALTER COLUMN role SET NOT NULL;
ALTER TABLE receipts ALTER COLUMN address SET NOT NULL;
ALTER TABLE receipts ADD COLUMN shown_state VARCHAR;
ALTER TABLE receipts ADD COLUMN shown_total BIGINT;
ALTER TABLE receipts ADD COLUMN shown_generated BIGINT;
ALTER TABLE receipts ADD COLUMN shown_facts_at TIMESTAMPTZ;

-- The audit log: what happened to receipts, in order. Rows never change. Only pruning deletes rows.
-- `body` is canonical JSON with all facts. `hash` is the SHA-256 of the previous hash, the number
-- and the body. The tables of receipts and acknowledgements have the same facts in a form that is
-- quick to query. The check of the audit log compares these tables with the log.
CREATE TABLE ledger (
    number      BIGINT PRIMARY KEY,
    happened_at TIMESTAMPTZ NOT NULL,
    kind        VARCHAR NOT NULL,
    receipt_id  VARCHAR NOT NULL,
    body        VARCHAR NOT NULL,
    hash        VARCHAR NOT NULL
);

-- The two ends of the audit log: the entry before the first one that is kept (place 0), and the
-- last entry (place 1).
CREATE TABLE ledger_ends (
    place  BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    hash   VARCHAR NOT NULL
);
INSERT INTO ledger_ends VALUES (0, 0, ''), (1, 0, '');

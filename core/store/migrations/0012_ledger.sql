-- From where somebody acted and as what, and what the dialog had shown them.
ALTER TABLE receipts ADD COLUMN role VARCHAR DEFAULT '';
ALTER TABLE receipts ADD COLUMN address VARCHAR DEFAULT '';
ALTER TABLE receipts ALTER COLUMN role SET NOT NULL;
ALTER TABLE receipts ALTER COLUMN address SET NOT NULL;
ALTER TABLE receipts ADD COLUMN shown_state VARCHAR;
ALTER TABLE receipts ADD COLUMN shown_total BIGINT;
ALTER TABLE receipts ADD COLUMN shown_generated BIGINT;
ALTER TABLE receipts ADD COLUMN shown_facts_at TIMESTAMPTZ;

-- What happened to receipts, in order, only ever added to. `body` is canonical JSON and
-- says all; `hash` is the SHA-256 of the hash before it, the number and the body. The tables of
-- receipts and acknowledgements say the same in a form that is cheap to ask, and are held against it.
CREATE TABLE ledger (
    number      BIGINT PRIMARY KEY,
    happened_at TIMESTAMPTZ NOT NULL,
    kind        VARCHAR NOT NULL,
    receipt_id  VARCHAR NOT NULL,
    body        VARCHAR NOT NULL,
    hash        VARCHAR NOT NULL
);

-- Where the record begins, since older entries were dropped (0), and where it ends (1).
CREATE TABLE ledger_ends (
    place  BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    hash   VARCHAR NOT NULL
);
INSERT INTO ledger_ends VALUES (0, 0, ''), (1, 0, '');

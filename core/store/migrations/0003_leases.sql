-- Leases: which dashboard does a job that only one may do, and until when.
CREATE TABLE leases (
    name   VARCHAR PRIMARY KEY,
    holder VARCHAR NOT NULL,
    until  TIMESTAMPTZ NOT NULL
);

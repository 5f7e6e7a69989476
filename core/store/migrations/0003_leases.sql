-- Who does what only one of several dashboards may do, and until when nobody else takes over.
CREATE TABLE leases (
    name   VARCHAR PRIMARY KEY,
    holder VARCHAR NOT NULL,
    until  TIMESTAMPTZ NOT NULL
);

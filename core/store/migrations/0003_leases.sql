-- A lease: up to the time `until`, only the dashboard `holder` does the job `name`.
CREATE TABLE leases (
    name   VARCHAR PRIMARY KEY,
    holder VARCHAR NOT NULL,
    until  TIMESTAMPTZ NOT NULL
);

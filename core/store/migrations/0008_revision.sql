-- The store's revision, for dashboards that share this database: the number of writes to data that
-- pages show. The revision is the sum of all rows. A write adds 1 to any row that is not locked, so
-- that writers do not wait for each other.
CREATE TABLE writes (
    slot BIGINT PRIMARY KEY,
    n    BIGINT NOT NULL
);
INSERT INTO writes VALUES
    (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0),
    (8, 0), (9, 0), (10, 0), (11, 0), (12, 0), (13, 0), (14, 0), (15, 0);

-- The number of writes to what pages show, for dashboards that share this database. It is the sum
-- of several rows, so that writers rarely wait for each other.
CREATE TABLE writes (
    slot BIGINT PRIMARY KEY,
    n    BIGINT NOT NULL
);
INSERT INTO writes VALUES
    (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0),
    (8, 0), (9, 0), (10, 0), (11, 0), (12, 0), (13, 0), (14, 0), (15, 0);

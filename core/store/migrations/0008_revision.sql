-- How often what pages show was written, for dashboards that share this database. Divided among
-- rows, so that writers seldom wait for each other; the sum is what counts.
CREATE TABLE writes (
    slot BIGINT PRIMARY KEY,
    n    BIGINT NOT NULL
);
INSERT INTO writes VALUES
    (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0),
    (8, 0), (9, 0), (10, 0), (11, 0), (12, 0), (13, 0), (14, 0), (15, 0);

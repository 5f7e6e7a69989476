-- The summary by day, made shorter or anew: see core/store/daily.py.

-- name: size
SELECT
    (SELECT count(*) FROM daily_counts),
    (SELECT count(*) FROM (
        SELECT 1 FROM daily_counts GROUP BY day, account, channel, state, generation
    ) AS cells);

-- name: create_summary
CREATE TEMP TABLE summary AS SELECT * FROM ({counted})
AS cells (day, account, channel, state, generation, configurations, recipients);

-- name: gather
SELECT day, account, channel, state, generation,
    CAST(sum(configurations) AS BIGINT), CAST(sum(recipients) AS BIGINT)
FROM daily_counts GROUP BY 1, 2, 3, 4, 5
HAVING sum(configurations) <> 0 OR sum(recipients) <> 0;

-- name: count_all
SELECT {cell}, count(*), CAST(sum(c.total_records) AS BIGINT)
FROM configurations c GROUP BY 1, 2, 3, 4, 5;

-- name: forget
DELETE FROM daily_counts;

-- name: keep_summary
INSERT INTO daily_counts SELECT * FROM summary;

-- Each write adds rows to the summary by day. Therefore a cell (see core/store/daily_counts.py) can
-- have several rows. These statements merge the rows of each cell.

-- name: size
SELECT
    (SELECT count(*) FROM daily_counts),
    (SELECT count(*) FROM (
        SELECT 1 FROM daily_counts
        GROUP BY day, account, channel, state, generation, abort_confirmation, went_on_as
    ) AS cells);

-- name: create_summary
CREATE TEMP TABLE summary AS
SELECT day, account, channel, state, generation, abort_confirmation, went_on_as,
    CAST(sum(configurations) AS BIGINT) AS configurations,
    CAST(sum(recipients) AS BIGINT) AS recipients, CAST(sum(unsized) AS BIGINT) AS unsized
FROM daily_counts GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(configurations) <> 0 OR sum(recipients) <> 0 OR sum(unsized) <> 0;

-- name: delete_all
DELETE FROM daily_counts;

-- name: insert_summary
INSERT INTO daily_counts ({columns}) SELECT {columns} FROM summary;

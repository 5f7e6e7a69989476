-- The number of sends by day (since 1970, in UTC), account, channel, state and generation, so that
-- a page does not have to count millions of rows. Several rows can be about the same group: the
-- number of sends is the sum of these rows. A write changes no row, but adds rows with positive and
-- negative numbers, so that writers do not wait for each other.
CREATE TABLE daily_counts (
    day            BIGINT NOT NULL,
    account        VARCHAR NOT NULL,
    channel        VARCHAR NOT NULL,
    state          VARCHAR NOT NULL,
    generation     VARCHAR NOT NULL,
    configurations BIGINT NOT NULL,
    recipients     BIGINT NOT NULL
);

INSERT INTO daily_counts
SELECT
    CAST(floor(extract(epoch FROM scheduled_at) / 86400) AS BIGINT), account, channel, state,
    CASE
        WHEN generated_records > 0 OR generation_started_at IS NOT NULL THEN 'started'
        WHEN generated_records IS NULL THEN 'unknown'
        ELSE 'not_started'
    END,
    count(*), CAST(sum(total_records) AS BIGINT)
FROM configurations GROUP BY 1, 2, 3, 4, 5;

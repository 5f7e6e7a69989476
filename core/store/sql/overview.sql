-- Scans for the overview. The bounds of scheduled_at make the scans fast, because of an index
-- (PostgreSQL) or a zone map (DuckDB).

-- For each hour, the largest send with one of the given outlooks.
-- name: largest_of_hours
SELECT DISTINCT ON (hour) hour, id, name, total_records
FROM (
    SELECT date_trunc('hour', scheduled_at) AS hour, id, name, total_records
    FROM configurations
    WHERE scheduled_at >= $since AND scheduled_at < $until
        AND coalesce(went_on_as, state) IN ({states}) AND {outlook} AND {visible}
) AS due
ORDER BY hour, total_records DESC NULLS LAST, id;

-- Sends above the limit of their channel and account. $least is the smallest limit.
-- name: larger_than
SELECT c.id, c.name, c.total_records, c.channel, c.account
FROM (
    SELECT id, name, total_records, channel, account FROM configurations
    WHERE scheduled_at >= $since AND scheduled_at < $until AND total_records > $least
        AND {awaits} AND {visible}
) AS c
JOIN (
    SELECT unnest(CAST($channels AS VARCHAR[])) AS channel,
        unnest(CAST($accounts AS VARCHAR[])) AS account,
        unnest(CAST($limits AS DOUBLE PRECISION[])) AS most
) AS given ON given.channel = c.channel AND given.account = c.account
WHERE c.total_records > given.most
ORDER BY c.total_records DESC, c.id LIMIT $limit;

-- Sends with an equal send less than a day earlier or later. `repeats` is true if the equal send is
-- earlier. With a join, PostgreSQL would read the sends of two days for each row.
-- name: alike
SELECT id, name, total_records, coalesce(since_earlier < {within}, FALSE) AS repeats FROM (
    SELECT *, scheduled_at - lag(scheduled_at) OVER equal_sends AS since_earlier,
        lead(scheduled_at) OVER equal_sends - scheduled_at AS until_later
    FROM configurations
    WHERE scheduled_at > $before AND scheduled_at < $until AND {goes_out} AND {visible}
    WINDOW equal_sends AS (PARTITION BY name, account, audience ORDER BY scheduled_at, id)
) AS sends
WHERE scheduled_at >= $since AND {awaits}
    AND (since_earlier < {within} OR until_later < {within})
ORDER BY total_records DESC NULLS LAST, id LIMIT $limit;

-- name: busiest_accounts
SELECT account, count(*), coalesce(CAST(sum(total_records) AS BIGINT), 0) FROM configurations
WHERE {where}
GROUP BY account ORDER BY 3 DESC, 1 LIMIT $limit;

-- If the number of sent messages is unknown, all recipients count.
-- name: rests
SELECT count(*),
    coalesce(CAST(sum(greatest(total_records - coalesce(generated_records, 0), 0)) AS BIGINT), 0),
    count(*) - count(total_records)
FROM configurations WHERE {where};

-- A send that went on after its abort has the state that the platform reports.
-- name: states
SELECT id, coalesce(went_on_as, state) FROM configurations
WHERE scheduled_at >= $since AND scheduled_at < $until AND {is_one};

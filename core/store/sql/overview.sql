-- Scans for the overview. With the bounds of scheduled_at, an index or a zone map skips all other
-- rows.

-- For each hour, the send with the most recipients among those with the given outlooks.
-- name: largest_of_hours
SELECT DISTINCT ON (hour) hour, id, name, total_records
FROM (
    SELECT date_trunc('hour', scheduled_at) AS hour, id, name, total_records
    FROM configurations
    WHERE scheduled_at >= $since AND scheduled_at < $until AND state IN ({states}) AND {outlook}
        AND {visible}
) AS due
ORDER BY hour, total_records DESC NULLS LAST, id;

-- Sends above the limit of their channel and account. Most sends are below the smallest limit.
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

-- Sends that are like another send, and whether they may repeat an earlier one. Only the sends of the
-- result are compared a second time.
-- name: alike
SELECT id, name, total_records, EXISTS (
    SELECT 1 FROM configurations o
    WHERE o.scheduled_at > $before AND o.scheduled_at < $until
        AND {possible_duplicate}
        AND (o.scheduled_at < c.scheduled_at OR (o.scheduled_at = c.scheduled_at AND o.id < c.id))
) AS repeats
FROM (
    SELECT id, name, total_records, account, audience, scheduled_at FROM (
        SELECT id, name, total_records, account, audience, scheduled_at FROM configurations
        WHERE scheduled_at >= $since AND scheduled_at < $until AND {awaits} AND {visible}
    ) AS c
    WHERE EXISTS (
        SELECT 1 FROM configurations o
        WHERE o.scheduled_at > $before AND o.scheduled_at < $until
            AND {possible_duplicate} AND o.id <> c.id
    )
    ORDER BY total_records DESC NULLS LAST, id LIMIT $limit
) AS c
ORDER BY total_records DESC NULLS LAST, id;

-- name: busiest_accounts
SELECT account, count(*), coalesce(CAST(sum(total_records) AS BIGINT), 0) FROM configurations
WHERE {where}
GROUP BY account ORDER BY 3 DESC, 1 LIMIT $limit;

-- If the number of messages that went out is unknown, all recipients of the send count.
-- name: rests
SELECT count(*),
    coalesce(CAST(sum(greatest(total_records - coalesce(generated_records, 0), 0)) AS BIGINT), 0),
    count(*) - count(total_records)
FROM configurations WHERE {where};

-- name: states
SELECT id, state FROM configurations
WHERE scheduled_at >= $since AND scheduled_at < $until AND id IN ({ids});

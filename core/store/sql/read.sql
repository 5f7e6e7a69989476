-- name: configuration
SELECT {columns} FROM configurations WHERE id = $id;

-- name: scheduled_at
SELECT scheduled_at FROM configurations WHERE id = {id};

-- One page of the list.
-- name: page
SELECT {columns} FROM configurations WHERE {where} ORDER BY {order} LIMIT $limit OFFSET $offset;

-- Counts by the facts that decide the outlook. `cells` reads the summary by day. `cells_in_rows`
-- reads the sends.
-- name: cells
SELECT state, generation, abort_confirmation, went_on_as,
    CAST(sum(configurations) AS BIGINT), CAST(sum(recipients) AS BIGINT),
    CAST(sum(unsized) AS BIGINT)
FROM daily_counts WHERE {where}
GROUP BY 1, 2, 3, 4 HAVING sum(configurations) <> 0;

-- name: cells_in_rows
SELECT c.state, {generation}, c.abort_confirmation, c.went_on_as,
    count(*), coalesce(CAST(sum(c.total_records) AS BIGINT), 0),
    count(*) - count(c.total_records),
    min(c.scheduled_at), max(c.scheduled_at), count(*) > count(c.scheduled_at)
FROM configurations c WHERE {where}
GROUP BY 1, 2, 3, 4;

-- Counts of sends by day. `days` reads the summary. `days_in_rows` reads the sends. Sends without a
-- time are on the day NULL.
-- name: days
SELECT day, CAST(sum(configurations) AS BIGINT) FROM daily_counts WHERE {where}
GROUP BY 1 HAVING sum(configurations) <> 0;

-- name: days_in_rows
SELECT {day}, count(*) FROM configurations c WHERE {where} GROUP BY 1;

-- Each bit of {mask} stands for a word of the search: the bit is 1 if the send has the word. The
-- count is the number of sends with the same mask.
-- name: words_found
SELECT {mask}, count(*) FROM configurations WHERE {where} GROUP BY 1;

-- name: choices
SELECT 'account', account FROM daily_counts WHERE account <> '' AND {visible}
GROUP BY 2 HAVING sum(configurations) <> 0
UNION ALL
SELECT 'channel', channel FROM daily_counts WHERE channel <> '' AND {visible}
GROUP BY 2 HAVING sum(configurations) <> 0
ORDER BY 1, 2;

-- If a finished send reached fewer recipients than planned, only the reached recipients count.
-- name: volume
SELECT
    date_trunc('hour', c.scheduled_at) AS hour, c.state, {generation}, c.abort_confirmation,
    count(*),
    coalesce(CAST(sum(CASE
        WHEN c.state = 'SENT-DONE' AND c.generated_records < c.total_records
        THEN c.generated_records ELSE c.total_records
    END) AS BIGINT), 0),
    count(*) - count(c.total_records),
    coalesce(CAST(sum(CASE
        WHEN c.generated_records < c.total_records THEN c.generated_records
        WHEN c.generated_records IS NOT NULL THEN c.total_records
    END) AS BIGINT), 0)
FROM configurations c
WHERE c.scheduled_at >= $since AND c.scheduled_at < $until AND {visible}
GROUP BY 1, 2, 3, 4;

-- name: any_configuration
SELECT 1 FROM configurations LIMIT 1;

-- If the platform counts the recipients after the abort, the size of the send comes from `settled`
-- (see `with_news` in `log.sql`). The columns for confirmed aborts:
-- * the number of aborts,
-- * the number of spared recipients,
-- * the number of aborts of sends of unknown size,
-- * the number of aborts of sends of known size with an unknown number of spared recipients.
-- name: stopped_since
SELECT count(*), coalesce(CAST(sum({spared}) AS BIGINT), 0),
    count(*) - count(coalesce(r.total_records, settled.spared)),
    count(r.total_records) - count(CASE WHEN r.total_records IS NOT NULL THEN {spared} END)
FROM receipts r {with_news} WHERE requested_at >= $midnight AND {visible} AND ({is_confirmed});

-- Aborts that need attention. `ConcernStore` in core/ports/receipts.py explains their order.
-- name: concerns
SELECT {columns} FROM receipts_now r JOIN (
    SELECT id AS concerned, place FROM ({concerned}) AS concerned
    ORDER BY place, requested_at DESC, id LIMIT $limit
) AS first_ones ON first_ones.concerned = r.id
ORDER BY place, requested_at DESC, id;

-- name: count_concerns
SELECT count(*) FROM ({concerned}) AS concerned;

-- If an abort has a delivery, the delivery says whether a person has to abort the send.
-- name: is_to_abort
coalesce(d.is_by_hand AND d.step <> 'missing', {by_hand})

-- name: count_to_abort
SELECT count(*) FROM receipts r LEFT JOIN deliveries d ON d.receipt_id = r.id
WHERE r.verdict <> 'refuse' AND {is_open} AND {visible} AND {is_to_abort}
    AND NOT EXISTS (
        SELECT 1 FROM acknowledgements a
        WHERE a.receipt_id = r.id AND a.concern IN ('to_abort', 'overdue')
    );

-- name: concerned
SELECT 0 AS place, r.requested_at, r.id FROM receipts r
WHERE r.verdict <> 'refuse' AND {is_contradicted} AND {visible} AND NOT EXISTS (
    SELECT 1 FROM acknowledgements a WHERE a.receipt_id = r.id AND a.concern = 'contradicted'
)
UNION ALL
SELECT CASE WHEN done.at IS NULL AND {is_to_abort} THEN 1 ELSE 2 END,
    r.requested_at, r.id
FROM receipts r LEFT JOIN (
    SELECT receipt_id, acknowledged_at AS at FROM acknowledgements WHERE concern = 'to_abort'
) AS done ON done.receipt_id = r.id
LEFT JOIN deliveries d ON d.receipt_id = r.id
WHERE r.verdict <> 'refuse' AND {is_open} AND {visible} AND (
    coalesce(done.at, r.requested_at) < $overdue
    OR (done.at IS NULL AND coalesce(d.is_by_hand, {by_hand}))
)
    AND NOT EXISTS (
        SELECT 1 FROM acknowledgements a WHERE a.receipt_id = r.id AND a.concern = 'overdue'
    );

-- name: acknowledgements
SELECT {columns} FROM acknowledgements WHERE {where} ORDER BY acknowledged_at;

-- The time of the source's last report. A poll without changes adds no import. Therefore the time
-- of the last poll counts too.
-- name: facts_as_of
SELECT max(reported_at) FROM (
    SELECT max(coalesce(as_of, loaded_at)) AS reported_at FROM imports
    UNION ALL
    SELECT CAST(value AS TIMESTAMPTZ) FROM store_facts WHERE name = $polled_at
) AS confirmed;

-- The latest changes of a send, ordered by version, because a clock can jump back.
-- name: history
SELECT {columns} FROM state_changes WHERE configuration_id = $id
ORDER BY version DESC, changed_at DESC LIMIT $limit;

-- name: receipts_of
SELECT {columns} FROM receipts_now WHERE configuration_id = $id ORDER BY requested_at DESC, id DESC;

-- name: receipt
SELECT {columns} FROM receipts_now WHERE id = $id;

-- name: has_receipt
SELECT id FROM receipts WHERE id = $id;

-- All receipts and the era of the data, read at the same moment.
-- name: all_receipts
SELECT (SELECT value FROM store_facts WHERE name = $era), {columns} FROM receipts_now
ORDER BY requested_at, id;

-- name: has_import
SELECT 1 FROM imports WHERE id = $id;

-- name: receipt_counts
SELECT verdict, count(*) FROM receipts WHERE {visible} GROUP BY verdict;

-- There are thousands of polls each day. The list has only the last poll with rejected rows.
-- name: imports
SELECT {columns} FROM imports WHERE id NOT LIKE $polls OR id = (
    SELECT id FROM imports WHERE id LIKE $polls AND rows_rejected > 0
    ORDER BY loaded_at DESC, id DESC LIMIT 1
)
ORDER BY loaded_at DESC, id DESC LIMIT $limit;

-- name: rejects
SELECT line, raw, column_name, template, details FROM import_rejects
WHERE import_id = $id ORDER BY line LIMIT $limit;

-- name: fact
SELECT value FROM store_facts WHERE name = $name;

-- name: is_leased
SELECT 1 FROM leases WHERE name = $name AND until >= now();

-- name: ended_logins
SELECT login FROM ended_logins;

-- name: writes
SELECT CAST(sum(n) AS BIGINT) FROM writes;

-- One configuration.
-- name: configuration
SELECT {columns} FROM configurations WHERE id = $id;

-- One page of the list. {where}, {order} come from a fixed vocabulary; values are parameters.
-- name: page
SELECT {columns} FROM configurations WHERE {where} ORDER BY {order} LIMIT $limit OFFSET $offset;

-- name: page_total
SELECT count(*) FROM configurations WHERE {where};

-- name: any_configuration
SELECT 1 FROM configurations LIMIT 1;

-- How many there are by state and by what can still be done.
-- name: state_counts
SELECT state, {outlook} AS outlook, count(*), CAST(sum(total_records) AS BIGINT)
FROM configurations WHERE {where}
GROUP BY 1, 2;

-- name: choices
SELECT DISTINCT 'account', account FROM configurations WHERE account <> ''
UNION ALL
SELECT DISTINCT 'channel', channel FROM configurations WHERE channel <> ''
ORDER BY 1, 2;

-- The overview's figures, each with its number of sends and of recipients.
-- name: tiles
SELECT
    count(*) FILTER (WHERE scheduled_soon),
    coalesce(CAST(sum(total_records) FILTER (WHERE scheduled_soon) AS BIGINT), 0),
    count(*) FILTER (WHERE state = 'PROCESANDO'),
    coalesce(CAST(sum(total_records) FILTER (WHERE state = 'PROCESANDO') AS BIGINT), 0),
    count(*) FILTER (WHERE waiting),
    coalesce(CAST(sum(total_records) FILTER (WHERE waiting) AS BIGINT), 0),
    count(*) FILTER (WHERE generating),
    coalesce(CAST(sum(total_records) FILTER (WHERE generating) AS BIGINT), 0),
    count(*) FILTER (WHERE troubled)
FROM (
    SELECT
        state, total_records,
        state = 'SCHEDULED' AND scheduled_at < $tomorrow AS scheduled_soon,
        state = 'IN-PROGRESS' AND NOT ({started}) AS waiting,
        state = 'IN-PROGRESS' AND ({started}) AS generating,
        state IN ('WAITING-CONFIRMATION', 'SMTP-ERROR', 'UNKNOWN')
            AND scheduled_at >= $yesterday AND scheduled_at < $tomorrow AS troubled
    FROM configurations
    WHERE state IN
        ('SCHEDULED', 'PROCESANDO', 'IN-PROGRESS', 'WAITING-CONFIRMATION', 'SMTP-ERROR', 'UNKNOWN')
) AS ahead;

-- name: stopped_since
SELECT count(*), coalesce(CAST(sum(coalesce(spared, 0)) AS BIGINT), 0)
FROM receipts
WHERE verdict <> 'refuse' AND confirmation <> 'contradicted' AND requested_at >= $midnight;

-- Aborts that somebody must look at and nobody has yet: contradicted, or open for too long.
-- name: concerns
SELECT {columns} FROM receipts r WHERE {concern}
ORDER BY CASE confirmation WHEN 'contradicted' THEN 0 ELSE 1 END, requested_at DESC, id
LIMIT $limit;

-- name: count_concerns
SELECT count(*) FROM receipts r WHERE {concern};

-- name: concern
verdict <> 'refuse'
    AND (confirmation = 'contradicted' OR (confirmation = 'open' AND requested_at < $overdue))
    AND NOT EXISTS (
        SELECT 1 FROM acknowledgements a WHERE a.receipt_id = r.id
        AND a.concern = CASE r.confirmation WHEN 'open' THEN 'overdue' ELSE r.confirmation END
    );

-- name: acknowledgements
SELECT {columns} FROM acknowledgements WHERE receipt_id IN ({ids}) ORDER BY acknowledged_at;

-- When the data was last confirmed by its source: an old file loaded late does not make it older.
-- name: facts_as_of
SELECT max(coalesce(as_of, loaded_at)) FROM imports;

-- name: volume
SELECT
    date_trunc('hour', scheduled_at) AS hour, {outlook} AS outlook,
    count(*), CAST(sum(total_records) AS BIGINT)
FROM configurations
WHERE scheduled_at >= $since AND scheduled_at < $until
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: closing
SELECT {columns} FROM configurations
WHERE {where}
ORDER BY scheduled_at, id LIMIT $limit;

-- Sends that the platform takes further by itself.
-- name: moving
SELECT {columns} FROM configurations
WHERE state IN ('PROCESANDO', 'IN-PROGRESS', 'DELIVERY-ENDING', 'CANCELLING')
    OR (state = 'SCHEDULED' AND scheduled_at <= $due)
ORDER BY scheduled_at, id LIMIT $limit;

-- The latest changes of one send. By version: a clock can jump back, a version cannot.
-- name: history
SELECT {columns} FROM state_changes WHERE configuration_id = $id
ORDER BY version DESC, changed_at DESC LIMIT $limit;

-- name: receipts_of
SELECT {columns} FROM receipts WHERE configuration_id = $id ORDER BY requested_at DESC, id DESC;

-- name: receipt
SELECT {columns} FROM receipts WHERE id = $id;

-- name: all_receipts
SELECT {columns} FROM receipts ORDER BY requested_at, id;

-- name: import
SELECT {columns} FROM imports WHERE id = $id;

-- name: receipts
SELECT {columns} FROM receipts ORDER BY requested_at DESC, id DESC LIMIT $limit OFFSET $offset;

-- name: receipt_counts
SELECT verdict, count(*) FROM receipts GROUP BY verdict;

-- name: imports
SELECT {columns} FROM imports ORDER BY loaded_at DESC, id DESC LIMIT $limit;

-- name: rejects
SELECT line, raw, column_name, template, details FROM import_rejects
WHERE import_id = $id ORDER BY line LIMIT $limit;

-- name: fact
SELECT value FROM store_facts WHERE name = $name;

-- name: writes
SELECT CAST(sum(n) AS BIGINT) FROM writes;

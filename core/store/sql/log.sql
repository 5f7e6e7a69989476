-- The log of aborts. {where} comes from a fixed vocabulary; values are parameters.
-- name: page
SELECT {columns} FROM receipts r WHERE {where}
ORDER BY requested_at DESC, id DESC LIMIT $limit OFFSET $offset;

-- name: total
SELECT count(*) FROM receipts r WHERE {where};

-- name: choices
SELECT DISTINCT 'actor', actor FROM receipts WHERE {where}
UNION ALL
SELECT DISTINCT 'account', account FROM receipts WHERE account <> '' AND {where}
ORDER BY 1, 2;

-- By the reader's days. How long a send had been known before it was stopped counts from its first
-- change of state here.
-- name: days
SELECT
    CAST(r.requested_at AT TIME ZONE $zone AS DATE) AS day,
    count(*) FILTER (WHERE r.verdict <> 'refuse'),
    coalesce(CAST(sum(r.spared) FILTER (
        WHERE r.verdict <> 'refuse' AND r.confirmation <> 'contradicted'
    ) AS BIGINT), 0),
    count(*) FILTER (WHERE r.refusal IN ('too_late', 'finished')),
    count(*) FILTER (WHERE r.confirmation = 'contradicted'),
    CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY
        CASE WHEN r.verdict <> 'refuse'
        THEN CAST(extract(epoch FROM r.requested_at) - extract(epoch FROM known.since)
            AS DOUBLE PRECISION) END
    ) AS DOUBLE PRECISION)
FROM receipts r LEFT JOIN (
    SELECT configuration_id, min(changed_at) AS since FROM state_changes
    WHERE configuration_id IN (SELECT configuration_id FROM receipts r WHERE {where}) GROUP BY 1
) known ON known.configuration_id = r.configuration_id
WHERE {where}
GROUP BY 1 ORDER BY 1 DESC LIMIT $days;

-- Receipts with their place in the record, the last one where a receipt was put back.
-- name: placed
SELECT {columns}, placed.number, placed.hash FROM receipts r LEFT JOIN (
    SELECT l.receipt_id, l.number, l.hash FROM ledger l JOIN (
        SELECT receipt_id, max(number) AS number FROM ledger WHERE kind = 'receipt' GROUP BY 1
    ) newest ON newest.number = l.number
) placed ON placed.receipt_id = r.id
WHERE {where}
ORDER BY requested_at, id LIMIT $limit;

-- The log of aborts. `page` reads news only for the receipts of the page.
-- name: page
SELECT {columns} FROM receipts_now r WHERE r.id IN (
    SELECT id FROM receipts r WHERE {where}
    ORDER BY requested_at DESC, id DESC LIMIT $limit OFFSET $offset
)
ORDER BY requested_at DESC, id DESC;

-- name: is_open
r.first_confirmation = 'open'
    AND NOT EXISTS (SELECT 1 FROM receipt_news n WHERE n.receipt_id = r.id);

-- name: is_contradicted
r.id IN (SELECT receipt_id FROM receipt_news WHERE kind = 'contradicted');

-- name: is_rerun
r.first_confirmation = 'ran_again'
    OR r.id IN (SELECT receipt_id FROM receipt_news WHERE kind = 'ran_again');

-- A confirmed abort, unless the send went on or ran again. Only the last abort of a send counts.
-- name: is_confirmed
r.verdict <> 'refuse'
    AND (r.first_confirmation = 'confirmed'
        OR r.id IN (SELECT receipt_id FROM receipt_news WHERE kind = 'confirmed'))
    AND r.id NOT IN (
        SELECT receipt_id FROM receipt_news WHERE kind IN ('contradicted', 'ran_again')
    )
    AND NOT EXISTS (
        SELECT 1 FROM receipts later
        WHERE later.configuration_id = r.configuration_id AND later.verdict <> 'refuse'
            AND (later.requested_at > r.requested_at
                OR (later.requested_at = r.requested_at AND later.id > r.id))
    );

-- Three joins for the abort of {receipt}:
-- * `held` is the news that confirmed the abort.
-- * `settled` has the numbers that were read when the send was at rest.
-- * `lacks_numbers` is set if Freio has not read the final numbers. The receipt has only expected
--   numbers.
-- name: with_news
LEFT JOIN receipt_news held ON held.receipt_id = {receipt} AND held.kind = 'confirmed'
LEFT JOIN receipt_news settled ON settled.receipt_id = {receipt} AND settled.kind = 'settled'
LEFT JOIN (
    SELECT receipt_id AS lacks_numbers FROM deliveries
    WHERE ended_at IS NULL OR (step = 'verified' AND platform <> 'webhook')
) lacking ON lacks_numbers = {receipt}

-- If the abort of {receipt} was too late, its delivery has the final numbers.
-- name: with_late
LEFT JOIN (
    SELECT receipt_id, sent AS gone, greatest(total - sent, 0) AS spared FROM deliveries
    WHERE step = 'refused' AND ended_at IS NOT NULL AND NOT is_by_hand AND verified_at IS NULL
) late ON late.receipt_id = {receipt}

-- The number of recipients that the abort in {row} spared. This needs the joins of `with_news`.
-- `held.gone` is the number of records before the stop.
-- name: spared
CASE
    WHEN settled.spared IS NOT NULL THEN settled.spared
    WHEN lacks_numbers IS NOT NULL THEN NULL
    WHEN held.gone IS NULL THEN {row}.spared
    WHEN held.gone <= {row}.total_records THEN {row}.total_records - held.gone
    WHEN {row}.total_records IS NOT NULL THEN 0
END

-- name: newest_of_bulk
(r.bulk_id = '' OR r.id IN (
    SELECT id FROM (
        SELECT r.id, row_number() OVER (
            PARTITION BY r.bulk_id ORDER BY r.requested_at DESC, r.id DESC
        ) AS place
        FROM receipts r WHERE r.bulk_id <> '' AND {where}
    ) placed WHERE place = 1
))

-- name: total
SELECT count(*) FROM receipts r WHERE {where};

-- name: choices
SELECT DISTINCT 'actor', actor FROM receipts WHERE {where}
UNION ALL
SELECT DISTINCT 'account', account FROM receipts WHERE account <> '' AND {where}
ORDER BY 1, 2;

-- The fields of a ReceiptDay, by days in the reader's time zone. The time to the abort begins when
-- the send was first known as SCHEDULED. If the send was never SCHEDULED, the time begins when the
-- send was first known.
-- name: days
SELECT
    CAST(r.requested_at AT TIME ZONE $zone AS DATE) AS day,
    count(*) FILTER (WHERE r.is_stopped),
    coalesce(CAST(sum(r.spared_now) FILTER (WHERE r.is_stopped) AS BIGINT), 0),
    count(*) FILTER (WHERE r.is_stopped AND coalesce(r.total_records, r.spared_now) IS NULL),
    count(r.total_records) FILTER (WHERE r.is_stopped AND r.spared_now IS NULL),
    count(*) FILTER (WHERE r.is_unconfirmed),
    count(*) FILTER (WHERE r.refusal IN ('too_late', 'finished')),
    count(*) FILTER (WHERE r.is_gone),
    CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY
        CASE WHEN r.is_stopped
        THEN CAST(extract(epoch FROM r.requested_at) - extract(epoch FROM known.since)
            AS DOUBLE PRECISION) END
    ) AS DOUBLE PRECISION)
FROM (
    SELECT r.*, ({is_contradicted}) AS is_gone, ({is_open}) AS is_unconfirmed,
        ({is_confirmed}) AS is_stopped, {spared} AS spared_now
    FROM receipts r {with_news} WHERE {where}
) r LEFT JOIN (
    SELECT configuration_id,
        coalesce(min(changed_at) FILTER (WHERE to_state = 'SCHEDULED'), min(changed_at)) AS since
    FROM state_changes
    WHERE configuration_id IN (SELECT configuration_id FROM receipts r WHERE {where}) GROUP BY 1
) known ON known.configuration_id = r.configuration_id
GROUP BY 1 ORDER BY 1 DESC LIMIT $days;

-- Receipts, each with the last acknowledgement and the place in the audit log. A restored receipt
-- has several places. The last place counts.
-- name: placed
SELECT {columns}, placed.number, placed.hash, {acknowledgement}, lacks_numbers IS NOT NULL,
    late.spared, late.gone
FROM receipts_now r {with_news} {with_late} LEFT JOIN (
    SELECT l.receipt_id, l.number, l.hash FROM ledger l JOIN (
        SELECT receipt_id, max(number) AS number FROM ledger WHERE kind = 'receipt' GROUP BY 1
    ) newest ON newest.number = l.number
) placed ON placed.receipt_id = r.id
LEFT JOIN (
    SELECT DISTINCT ON (receipt_id) * FROM acknowledgements
    ORDER BY receipt_id, acknowledged_at DESC, concern
) acknowledged ON acknowledged.receipt_id = r.id
WHERE r.id IN (SELECT id FROM receipts r WHERE {where} ORDER BY requested_at, id LIMIT $limit)
ORDER BY requested_at, id;

-- If a stop was already requested, its delivery comes first, because the time until the answer is
-- limited. If two deliveries are due at once, a send that was not SCHEDULED before the abort comes
-- first, because the platform has perhaps already begun it.
-- name: due
SELECT {columns} FROM deliveries
WHERE ended_at IS NULL AND (next_at IS NULL OR next_at <= $now OR next_at > $latest)
ORDER BY step = 'waiting', next_at NULLS FIRST, state_before = 'SCHEDULED', queued_at, receipt_id
LIMIT $limit;

-- name: of_receipts
SELECT {columns} FROM deliveries WHERE receipt_id IN (SELECT unnest(CAST($ids AS VARCHAR[])));

-- The last delivery of each send.
-- name: of_sends
SELECT DISTINCT ON (configuration_id) {columns} FROM deliveries
WHERE configuration_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))
ORDER BY configuration_id, queued_at DESC, receipt_id;

-- Seconds from the request of an abort to the verified stop, for the last $limit stops.
-- name: verified_after
SELECT CAST(extract(epoch FROM verified_at) - extract(epoch FROM queued_at) AS DOUBLE PRECISION)
FROM deliveries WHERE verified_at IS NOT NULL ORDER BY verified_at DESC LIMIT $limit;

-- The guard is the version.
-- name: move
UPDATE deliveries SET {assignments}, version = version + 1
WHERE receipt_id = $receipt_id AND version = $version;

-- name: is_reported_after
SELECT 1 FROM configurations WHERE id = $id AND reported_at > $at;

-- name: verified_stops
SELECT count(*) FROM ledger WHERE receipt_id = $id AND kind = 'verified';

-- Returns a row if a verified stop did not last: the abort was confirmed, but is open again.
-- name: is_undone
SELECT 1 FROM receipt_news n JOIN configurations c ON c.id = $send
WHERE n.receipt_id = $id AND n.kind = 'confirmed' AND c.abort_confirmation = 'open';

-- Returns a row if the send was aborted again after this abort.
-- name: later_abort
SELECT 1 FROM receipts own JOIN receipts later ON later.configuration_id = own.configuration_id
WHERE own.id = $id AND later.verdict <> 'refuse'
    AND (coalesce(later.restored_at, later.requested_at), later.id)
        > (coalesce(own.restored_at, own.requested_at), own.id)
LIMIT 1;

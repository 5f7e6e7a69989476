-- Drop data that Freio no longer has to keep.

-- The last entry that can be dropped. The next entry is too new, or its receipt is open, or its
-- receipt is contradicted and not acknowledged.
-- name: limit
SELECT coalesce(min(number) - 1, (SELECT coalesce(max(number), 0) FROM ledger)) FROM ledger
WHERE happened_at >= $before OR receipt_id IN (
    SELECT r.id FROM receipts_now r WHERE r.confirmation = 'open' OR (
        r.confirmation = 'contradicted' AND NOT EXISTS (
            SELECT 1 FROM acknowledgements a
            WHERE a.receipt_id = r.id AND a.concern = 'contradicted'
        )
    )
);

-- The entries up to $limit, each with the last entry about its receipt.
-- name: last_entries
SELECT l.number, coalesce(ends.last, l.number) FROM ledger l LEFT JOIN (
    SELECT receipt_id, max(number) AS last FROM ledger WHERE receipt_id <> '' GROUP BY 1
) ends ON ends.receipt_id = l.receipt_id
WHERE l.number <= $limit ORDER BY l.number;

-- name: hash
SELECT hash FROM ledger WHERE number = $cut;

-- name: acknowledgements
DELETE FROM acknowledgements WHERE receipt_id IN (
    SELECT receipt_id FROM ledger WHERE kind = 'receipt' AND number <= $cut
);

-- name: deliveries
DELETE FROM deliveries WHERE receipt_id IN (
    SELECT receipt_id FROM ledger WHERE kind = 'receipt' AND number <= $cut
);

-- name: news
DELETE FROM receipt_news WHERE receipt_id IN (
    SELECT receipt_id FROM ledger WHERE kind = 'receipt' AND number <= $cut
);

-- name: receipts
DELETE FROM receipts WHERE id IN (
    SELECT receipt_id FROM ledger WHERE kind = 'receipt' AND number <= $cut
);

-- name: entries
DELETE FROM ledger WHERE number <= $cut;

-- The newest import stays, because the age of the data comes from this import.
-- name: imports
DELETE FROM imports WHERE loaded_at < $before
    AND coalesce(as_of, loaded_at) < (SELECT max(coalesce(as_of, loaded_at)) FROM imports);

-- name: rejects
DELETE FROM import_rejects WHERE import_id IN (
    SELECT id FROM imports WHERE loaded_at < $before
        AND coalesce(as_of, loaded_at) < (SELECT max(coalesce(as_of, loaded_at)) FROM imports)
);

-- Old polls of the platform. The newest import stays (see `imports`).
-- name: polls
DELETE FROM imports WHERE id LIKE $polls AND loaded_at < $before
    AND coalesce(as_of, loaded_at) < (SELECT max(coalesce(as_of, loaded_at)) FROM imports);

-- name: rejects_of_polls
DELETE FROM import_rejects WHERE import_id LIKE $polls
    AND import_id NOT IN (SELECT id FROM imports WHERE id LIKE $polls);

-- Drop only the history of ended sends. Freio needs the history of all other sends to detect that a
-- file moves a send back.
-- name: changes
DELETE FROM state_changes WHERE changed_at < $before AND configuration_id IN (
    SELECT id FROM configurations WHERE state IN ('SENT-DONE', 'CANCELLED', 'ABORTED')
);

-- Drop only alerts of these kinds, because their old events are not raised again. An alert of
-- another kind could be raised again after the drop, and would be sent a second time.
-- name: alert_tellings
DELETE FROM alert_tellings WHERE event IN (
    SELECT event FROM alerts 
    WHERE raised_at < $before AND kind IN ('large', 'old_data', 'runs_again')
);

-- name: alerts
DELETE FROM alerts WHERE raised_at < $before AND kind IN ('large', 'old_data', 'runs_again');

-- name: bulk_abort_sends
DELETE FROM bulk_abort_sends WHERE bulk_id IN (
    SELECT id FROM bulk_aborts WHERE ended_at < $before
);

-- name: bulk_aborts
DELETE FROM bulk_aborts WHERE ended_at < $before;

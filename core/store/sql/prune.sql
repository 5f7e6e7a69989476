-- Dropping what is older than it has to be kept.

-- Entries up to this one may be dropped: the first that has to stay is about a receipt that is not
-- settled, or newer.
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

-- name: lasts
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

-- The newest import stays: it says how old the data is.
-- name: imports
DELETE FROM imports WHERE loaded_at < $before
    AND coalesce(as_of, loaded_at) < (SELECT max(coalesce(as_of, loaded_at)) FROM imports);

-- name: rejects
DELETE FROM import_rejects WHERE import_id IN (
    SELECT id FROM imports WHERE loaded_at < $before
        AND coalesce(as_of, loaded_at) < (SELECT max(coalesce(as_of, loaded_at)) FROM imports)
);

-- Of sends that are over: the history of all others says what must not go back in time.
-- name: changes
DELETE FROM state_changes WHERE changed_at < $before AND configuration_id IN (
    SELECT id FROM configurations WHERE state IN ('SENT-DONE', 'CANCELLED', 'ABORTED')
);

-- Events that cannot be found anew: another would have to be told of them again.
-- name: tellings
DELETE FROM alert_tellings WHERE event IN (
    SELECT event FROM alerts WHERE raised_at < $before AND kind IN ('large', 'old_data', 'runs_again')
);

-- name: alerts
DELETE FROM alerts WHERE raised_at < $before AND kind IN ('large', 'old_data', 'runs_again');

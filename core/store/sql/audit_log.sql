-- The audit log. Entries never change. Only the two rows of `ledger_ends` change.

-- The end of the log. `hold_end` also locks this row until the commit.
-- name: end
SELECT number, hash FROM ledger_ends WHERE place = 1;

-- name: hold_end
SELECT number, hash FROM ledger_ends WHERE place = 1 FOR UPDATE;

-- name: begin
SELECT number, hash FROM ledger_ends WHERE place = 0;

-- name: move_end
UPDATE ledger_ends SET number = $number, hash = $hash WHERE place = $place;

-- name: last
SELECT number, hash FROM ledger ORDER BY number DESC LIMIT 1;

-- name: set_end
INSERT INTO ledger_ends VALUES (1, $number, $hash);

-- name: entries
SELECT number, happened_at, kind, receipt_id, body, hash FROM ledger ORDER BY number;

-- name: receipts
SELECT {columns} FROM receipts ORDER BY requested_at, id;

-- name: acknowledgements
SELECT {columns} FROM acknowledgements ORDER BY acknowledged_at, receipt_id;

-- name: count_receipts
SELECT count(*) FROM receipts;

-- name: news
SELECT receipt_id, kind, happened_at, spared, gone FROM receipt_news
ORDER BY happened_at, kind, receipt_id;

-- The open aborts of a send.
-- name: open_of
SELECT id, CAST(NULL AS BIGINT) FROM receipts_now
WHERE configuration_id = $id AND verdict <> 'refuse' AND confirmation = 'open' ORDER BY id;

-- The open aborts of a send, up to the abort $id (included). A reading for the abort $id says
-- nothing about later aborts.
-- name: open_until
SELECT r.id, CAST(NULL AS BIGINT) FROM receipts_now r
JOIN receipts own ON own.configuration_id = r.configuration_id
WHERE own.id = $id AND r.verdict <> 'refuse' AND r.confirmation = 'open'
    AND (coalesce(r.restored_at, r.requested_at), r.id)
        <= (coalesce(own.restored_at, own.requested_at), own.id)
ORDER BY r.id;

-- The open aborts of sends that the platform reports as stopped.
-- name: held_to_confirm
SELECT r.id, CASE WHEN j.generated > 0 THEN j.generated END FROM receipts_now r JOIN judged j ON j.id = r.configuration_id
WHERE j.settles = 'confirmed' AND r.verdict <> 'refuse' AND r.confirmation = 'open' ORDER BY r.id;

-- The aborts of sends that went on after the abort.
-- name: held_to_contradict
SELECT r.id, CAST(NULL AS BIGINT) FROM receipts_now r JOIN judged j ON j.id = r.configuration_id
WHERE j.settles = 'contradicted' AND r.verdict <> 'refuse' AND r.confirmation <> 'contradicted'
ORDER BY r.id;

-- The confirmed aborts of sends that a person scheduled again. An ABORTED send was not scheduled
-- again: the platform stopped the send on an error.
-- name: rerun
SELECT r.id, CAST(NULL AS BIGINT) FROM receipts_now r JOIN judged j ON j.id = r.configuration_id
WHERE j.fate = 'changed' AND j.old_state IN ('CANCELLING', 'CANCELLED') AND j.state <> 'ABORTED'
    AND r.verdict <> 'refuse' AND r.confirmation = 'confirmed'
ORDER BY r.id;

-- Like `held_to_contradict`, for a platform on which a person can schedule an aborted send again.
-- Only the last abort of a send can be contradicted.
-- name: last_held_to_contradict
SELECT id, CAST(NULL AS BIGINT) FROM (
    SELECT DISTINCT ON (r.configuration_id) r.id, r.confirmation
    FROM receipts_now r JOIN judged j ON j.id = r.configuration_id
    WHERE j.settles = 'contradicted' AND r.verdict <> 'refuse'
    ORDER BY r.configuration_id, coalesce(r.restored_at, r.requested_at) DESC, r.id DESC
) last
WHERE confirmation <> 'contradicted' ORDER BY id;

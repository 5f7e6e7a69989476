-- Bulk aborts. A *batch* is a bulk abort. A *chunk* is the part of a batch in a single transaction.
-- {values} is a SELECT of given values, except in `offer_batch`.

-- name: configurations
SELECT {columns} FROM configurations WHERE id IN (SELECT unnest(CAST($ids AS VARCHAR[]))) AND ({near});

-- name: batch
SELECT {columns} FROM bulk_aborts WHERE id = $id;

-- name: open_batches
SELECT {columns} FROM bulk_aborts WHERE ended_at IS NULL ORDER BY requested_at, id;

-- name: unseen_batches
SELECT {columns} FROM bulk_aborts b WHERE seen_at IS NULL AND actor = $actor AND EXISTS (
    SELECT 1 FROM bulk_abort_sends s WHERE s.bulk_id = b.id AND {visible}
)
ORDER BY requested_at DESC, id DESC LIMIT $limit;

-- name: pending
SELECT {columns} FROM bulk_abort_sends WHERE bulk_id = $id AND outcome IS NULL
ORDER BY position LIMIT $limit;

-- The current outcome. News about the receipt replaces the stored outcome.
-- name: outcome
CASE
    WHEN s.outcome IS NULL THEN 'pending'
    WHEN s.outcome IN ({accepted}) AND gone.receipt_id IS NOT NULL THEN 'contradicted'
    WHEN s.outcome IN ({accepted}) AND again.receipt_id IS NOT NULL THEN 'ran_again'
    WHEN s.outcome IN ({accepted}) AND held.receipt_id IS NOT NULL THEN 'stopped'
    ELSE s.outcome
END

-- name: from_sends
bulk_abort_sends s
LEFT JOIN receipt_news gone ON gone.receipt_id = s.receipt_id AND gone.kind = 'contradicted'
LEFT JOIN receipt_news again ON again.receipt_id = s.receipt_id AND again.kind = 'ran_again'
{with_news}
{with_late}

-- A contradicted abort has numbers only if the send has finished.
-- name: spared
CASE WHEN gone.receipt_id IS NOT NULL THEN late.spared ELSE {spared} END

-- name: gone
CASE WHEN gone.receipt_id IS NOT NULL THEN late.gone
    WHEN settled.gone IS NOT NULL OR lacks_numbers IS NULL
    THEN coalesce(settled.gone, held.gone, s.gone) END

-- name: outcome_counts
SELECT s.bulk_id, {outcome}, count(*),
    CAST(sum(
        CASE WHEN s.total_records < {gone} THEN {gone}
            ELSE coalesce(s.total_records, settled.spared + settled.gone, 0) END
    ) AS BIGINT),
    CAST(sum(coalesce({spared}, 0)) AS BIGINT), CAST(sum(coalesce({gone}, 0)) AS BIGINT),
    count(*) - count(coalesce(s.total_records, settled.spared)),
    CAST(sum(greatest(coalesce(s.total_records, 0) - coalesce(s.generated_records, 0), 0)) AS BIGINT)
FROM {from_sends}
WHERE s.bulk_id IN (SELECT unnest(CAST($ids AS VARCHAR[]))) AND {visible}
GROUP BY 1, 2;

-- name: sends
SELECT {columns} FROM {from_sends}
WHERE s.bulk_id = $id AND {visible} AND {wanted}
ORDER BY s.position LIMIT $limit OFFSET $offset;

-- name: offer_batch
INSERT INTO bulk_aborts ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING;

-- name: is_there
SELECT 1 FROM bulk_aborts WHERE id = $id;

-- A worker locks the batch. A second worker waits for the commit, and a stop of the batch waits
-- too.
-- name: hold
SELECT id FROM bulk_aborts WHERE id = $id FOR UPDATE;

-- The sends at the given positions of a batch that have no outcome yet.
-- name: undecided
SELECT configuration_id FROM bulk_abort_sends
WHERE bulk_id = $id AND outcome IS NULL
    AND position IN (SELECT unnest(CAST($positions AS BIGINT[])));

-- The sends that match the guard. `and_lock` locks the rows. `skip_locked` leaves out locked rows:
-- two chunks must never wait for each other. A locked send counts as changed.
-- name: holding
SELECT c.id FROM configurations c JOIN ({values}) g ON g.id = c.id
WHERE c.version = g.version AND c.state = g.state AND ({generation}) AND ({near})
    AND c.total_records IS NOT DISTINCT FROM g.total_records
    AND c.abort_confirmation IS NOT DISTINCT FROM g.abort_confirmation

-- name: and_lock
ORDER BY c.id FOR UPDATE OF c

-- name: skip_locked
SKIP LOCKED

-- Like `guarded_update` of `write.sql`, but for many sends. Do not use RETURNING (see there).
-- {near} limits the scheduled time, so the database does not scan all sends. A send outside these
-- limits got a new scheduled time, and with it a new version. Therefore it cannot match the guard.
-- name: guarded_updates
UPDATE configurations SET
    state = g.new_state, raw_state = g.new_raw_state, finished_at = g.new_finished_at,
    abort_confirmation = g.new_abort_confirmation, version = configurations.version + 1
FROM ({values}) g
WHERE configurations.id = g.id AND configurations.version = g.version
    AND configurations.state = g.state AND ({generation}) AND ({near})
    AND configurations.total_records IS NOT DISTINCT FROM g.total_records
    AND configurations.abort_confirmation IS NOT DISTINCT FROM g.abort_confirmation;

-- name: set_outcomes
UPDATE bulk_abort_sends SET
    name = o.name, account = o.account, total_records = o.total_records,
    scheduled_at = o.scheduled_at, outcome = o.outcome, state_before = o.state_before,
    generated_records = o.generated_records, generation_started_at = o.generation_started_at,
    spared = o.spared, gone = o.gone, refusal = o.refusal, trouble = o.trouble,
    receipt_id = o.receipt_id, decided_at = o.decided_at, changed_meanwhile = o.changed_meanwhile
FROM ({values}) o
WHERE bulk_abort_sends.bulk_id = $id AND bulk_abort_sends.position = o.position
    AND bulk_abort_sends.outcome IS NULL;

-- name: end_if_done
UPDATE bulk_aborts SET ended_at = $at WHERE id = $id AND ended_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM bulk_abort_sends s WHERE s.bulk_id = $id AND s.outcome IS NULL
);

-- name: is_open
SELECT 1 FROM bulk_aborts WHERE id = $id AND ended_at IS NULL;

-- name: keep_pending
UPDATE bulk_abort_sends SET outcome = 'kept', decided_at = $at
WHERE bulk_id = $id AND outcome IS NULL;

-- name: stop
UPDATE bulk_aborts SET stop_requested_at = $at, ended_at = $at WHERE id = $id;

-- name: see
UPDATE bulk_aborts SET seen_at = $at WHERE id = $id AND ended_at IS NOT NULL AND seen_at IS NULL;

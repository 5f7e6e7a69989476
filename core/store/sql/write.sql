-- The guarded write to a send (I5). `guarded_updates` of `bulk.sql` writes to many sends. Do not
-- use RETURNING: DuckDB would delete and insert the row, and could lose updates.
-- name: guarded_update
UPDATE configurations SET
    state = $state, raw_state = $raw_state,
    total_records = $total_records, generated_records = $generated_records,
    processing_started_at = $processing_started_at, in_progress_at = $in_progress_at,
    generation_started_at = $generation_started_at, finished_at = $finished_at,
    updated_at = $updated_at, abort_confirmation = $abort_confirmation, went_on_as = $went_on_as,
    version = version + 1
WHERE id = $id AND version = $guard_version AND state = $guard_state AND {generation}
    AND total_records IS NOT DISTINCT FROM CAST($guard_total AS BIGINT)
    AND abort_confirmation IS NOT DISTINCT FROM CAST($guard_confirmation AS VARCHAR)
    AND went_on_as IS NOT DISTINCT FROM CAST($guard_went_on_as AS VARCHAR);

-- A restored receipt can already have news.
-- name: add_news
INSERT INTO receipt_news (receipt_id, kind, happened_at, spared, gone)
VALUES ($receipt_id, $kind, $happened_at, $spared, $gone) ON CONFLICT DO NOTHING;

-- name: set_fact
INSERT INTO store_facts VALUES ($name, $value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- `add_fact` writes only a new fact. `replace_fact` writes only if the fact still has the expected
-- value.
-- name: add_fact
INSERT INTO store_facts VALUES ($name, $value) ON CONFLICT DO NOTHING;

-- name: replace_fact
UPDATE store_facts SET value = $value WHERE name = $name AND value = $before;

-- See core/store/writes/data_origin.py. Never delete the row of the era: a writer can wait for its
-- lock.
-- name: data_origin
SELECT name, value FROM store_facts WHERE name IN ($era, $origin);

-- name: hold
SELECT name FROM store_facts WHERE name = $era FOR SHARE;

-- name: hold_alone
SELECT name FROM store_facts WHERE name = $era FOR UPDATE;

-- Use the clock of the database, because the clocks of the machines can differ.
-- name: take_lease
INSERT INTO leases VALUES ($name, $holder, now() + $seconds * INTERVAL '1 second')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = $holder OR leases.until < now();

-- name: give_up_lease
DELETE FROM leases WHERE name = $name AND holder = $holder;

-- This waits for every open transaction that has locked the send, even if the client of this
-- transaction is gone.
-- name: lock_one
SELECT id FROM configurations WHERE id = $id FOR UPDATE;

-- name: lock_send_of
SELECT id FROM configurations
WHERE id = (SELECT configuration_id FROM receipts WHERE id = $receipt) FOR UPDATE;

-- name: end_login
INSERT INTO ended_logins VALUES ($login, $ended_at) ON CONFLICT DO NOTHING;

-- name: forget_logins
DELETE FROM ended_logins WHERE ended_at < $before;

-- The guard: the abort is accepted, and the confirmation still fits the concern.
-- name: acknowledge
INSERT INTO acknowledgements ({columns})
SELECT {values} WHERE EXISTS (
    SELECT 1 FROM receipts_now
    WHERE id = $receipt AND verdict <> 'refuse' AND confirmation = $confirmation
)
ON CONFLICT DO NOTHING;

-- The last statement of a transaction (see core/store/revision.py). The statement never waits. It
-- adds 1 to an unlocked row. If all rows are locked, it inserts a row. The slot of the new row is
-- the unique process id of the connection.
-- name: count_write
INSERT INTO writes (slot, n)
SELECT coalesce((SELECT slot FROM writes LIMIT 1 FOR UPDATE SKIP LOCKED), pg_backend_pid()), 1
ON CONFLICT (slot) DO UPDATE SET n = writes.n + 1;

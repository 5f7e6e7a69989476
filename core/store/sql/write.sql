-- The guarded write to one send (I5); `bulk.sql` has the same for many. {generation} repeats the
-- guard's generation. It must stay a plain UPDATE: with RETURNING, DuckDB deletes and inserts, and
-- can lose updates.
-- name: guarded_update
UPDATE configurations SET
    state = $state, raw_state = $raw_state,
    total_records = $total_records, generated_records = $generated_records,
    processing_started_at = $processing_started_at, in_progress_at = $in_progress_at,
    generation_started_at = $generation_started_at, finished_at = $finished_at,
    updated_at = $updated_at, abort_confirmation = $abort_confirmation, version = version + 1
WHERE id = $id AND version = $guard_version AND state = $guard_state AND {generation};

-- If a receipt is restored, the news about it may already exist.
-- name: add_news
INSERT INTO receipt_news (receipt_id, kind, happened_at, spared, gone)
VALUES ($receipt_id, $kind, $happened_at, $spared, $gone) ON CONFLICT DO NOTHING;

-- name: set_fact
INSERT INTO store_facts VALUES ($name, $value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- Only if there is no fact of that name, or if it still has the expected value.
-- name: add_fact
INSERT INTO store_facts VALUES ($name, $value) ON CONFLICT DO NOTHING;

-- name: replace_fact
UPDATE store_facts SET value = $value WHERE name = $name AND value = $before;

-- See core/store/writes/data_origin.py. The row is never deleted, because a waiting writer must
-- find it.
-- name: data_origin
SELECT name, value FROM store_facts WHERE name IN ($era, $origin);

-- name: hold
SELECT name FROM store_facts WHERE name = $era FOR SHARE;

-- name: hold_alone
SELECT name FROM store_facts WHERE name = $era FOR UPDATE;

-- Uses the database's clock, because the clocks of the machines may differ.
-- name: take_lease
INSERT INTO leases VALUES ($name, $holder, now() + $seconds * INTERVAL '1 second')
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = $holder OR leases.until < now();

-- name: give_up_lease
DELETE FROM leases WHERE name = $name AND holder = $holder;

-- Waits for every open transaction that writes to this send, even if its client is gone.
-- name: lock_one
SELECT id FROM configurations WHERE id = $id FOR UPDATE;

-- name: lock_send_of
SELECT id FROM configurations
WHERE id = (SELECT configuration_id FROM receipts WHERE id = $receipt) FOR UPDATE;

-- name: end_login
INSERT INTO ended_logins VALUES ($login, $ended_at) ON CONFLICT DO NOTHING;

-- name: forget_logins
DELETE FROM ended_logins WHERE ended_at < $before;

-- The guard: the abort is accepted, and its confirmation is still the one of the concern.
-- name: acknowledge
INSERT INTO acknowledgements ({columns})
SELECT {values} WHERE EXISTS (
    SELECT 1 FROM receipts_now
    WHERE id = $receipt AND verdict <> 'refuse' AND confirmation = $confirmation
)
ON CONFLICT DO NOTHING;

-- See core/store/revision.py. The last statement of a transaction. It waits for nobody: it takes a row
-- that no open transaction holds, or else adds one. No two connections have the same process id.
-- name: count_write
INSERT INTO writes (slot, n)
SELECT coalesce((SELECT slot FROM writes LIMIT 1 FOR UPDATE SKIP LOCKED), pg_backend_pid()), 1
ON CONFLICT (slot) DO UPDATE SET n = writes.n + 1;

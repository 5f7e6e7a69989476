-- Loading a file: staged, compared, then written, all in one transaction.

-- name: drop_staging
DROP TABLE IF EXISTS staging;

-- name: create_staging
CREATE TEMP TABLE staging AS SELECT * FROM configurations WHERE false;

-- In order of the number, so that two merges never wait for each other.
-- name: lock_staged
SELECT id FROM configurations WHERE id IN (SELECT id FROM staging) ORDER BY id FOR UPDATE;

-- What a row does not report is not forgotten: generation that was seen to begin stays begun, else
-- the send would look as if it could still be stopped (I2), and the date of the last report stays.
-- name: keep_known
UPDATE staging AS s SET
    updated_at = coalesce(s.updated_at, c.updated_at),
    generated_records = CASE
        WHEN s.generated_records IS NULL AND c.generated_records > 0 THEN c.generated_records
        ELSE s.generated_records
    END,
    generation_started_at = coalesce(s.generation_started_at, c.generation_started_at)
FROM configurations c
WHERE c.id = s.id AND (
    (s.generated_records IS NULL AND c.generated_records > 0)
    OR (s.generation_started_at IS NULL AND c.generation_started_at IS NOT NULL)
    OR (s.updated_at IS NULL AND c.updated_at IS NOT NULL)
);

-- Each staged row gets exactly one fate. The life order of states says what goes back in time,
-- against the furthest that a send was ever seen to be: a state without a place in that order
-- (paused, unknown, …) can be entered freely, and left only forward. Of a send that
-- was stopped here, a row may bring news; generation is news however old the row is.
-- name: judge
CREATE TEMP TABLE judged AS
SELECT
    s.id,
    CASE
        WHEN c.id IS NULL THEN 'new'
        WHEN {same} THEN 'unchanged'
        WHEN ours.configuration_id IS NOT NULL AND c.state IN ('CANCELLING', 'CANCELLED') THEN 'held'
        WHEN c.state IN ('CANCELLED', 'SENT-DONE', 'ABORTED') AND s.state <> c.state THEN 'stale'
        WHEN s.updated_at < c.updated_at THEN 'stale'
        WHEN s.generated_records < c.generated_records THEN 'stale'
        WHEN {staged_rank} < greatest({stored_rank}, past.furthest) THEN 'stale'
        ELSE 'changed'
    END AS fate,
    c.state AS old_state,
    coalesce(s.updated_at < c.updated_at, false) AS is_older,
    (s.generated_records IS NOT NULL AND c.generated_records IS NULL)
        OR coalesce(s.generated_records > c.generated_records, false)
        OR (s.generation_started_at IS NOT NULL AND c.generation_started_at IS NULL)
        OR (s.state = 'CANCELLED' AND c.state = 'CANCELLING')
        OR (s.raw_state <> c.raw_state AND NOT coalesce(s.updated_at < c.updated_at, false))
        AS has_news
FROM staging s
LEFT JOIN configurations c ON c.id = s.id
LEFT JOIN (SELECT DISTINCT configuration_id FROM receipts WHERE verdict <> 'refuse') ours
    ON ours.configuration_id = s.id
LEFT JOIN (
    SELECT configuration_id, max({past_rank}) AS furthest FROM state_changes
    WHERE configuration_id IN (SELECT id FROM staging) GROUP BY 1
) past ON past.configuration_id = s.id;

-- name: drop_judged
DROP TABLE IF EXISTS judged;

-- name: fates
SELECT fate, count(*) FROM judged GROUP BY fate;

-- name: update_changed
UPDATE configurations AS c SET {assignments}, version = c.version + 1
FROM staging s, judged j
WHERE j.id = c.id AND s.id = c.id AND j.fate = 'changed';

-- name: insert_new
INSERT INTO configurations
SELECT s.* FROM staging s JOIN judged j ON j.id = s.id
WHERE j.fate = 'new' ORDER BY s.scheduled_at, s.id;

-- A send that we cancelled and that the platform now calls cancelled: the abort held.
-- name: confirm_held
UPDATE receipts AS r SET confirmation = 'confirmed', confirmed_at = $loaded_at
FROM staging s, judged j
WHERE j.id = r.configuration_id AND s.id = j.id AND j.fate IN ('held', 'unchanged')
    AND s.state = 'CANCELLED' AND r.verdict <> 'refuse' AND r.confirmation = 'open';

-- One that the platform generated or sent all the same: shown as a contradiction, never hidden.
-- name: contradict_held
UPDATE receipts AS r SET confirmation = 'contradicted', confirmed_at = $loaded_at
FROM staging s, judged j
WHERE j.id = r.configuration_id AND s.id = j.id AND j.fate = 'held'
    AND (
        s.generated_records > 0 OR s.generation_started_at IS NOT NULL
        OR s.state IN ('DELIVERY-ENDING', 'SENT-DONE')
    )
    AND r.verdict <> 'refuse' AND r.confirmation <> 'contradicted';

-- Our cancelled send keeps its state; what the platform reports about it is kept beside it.
-- name: update_held
UPDATE configurations AS c SET
    state = CASE WHEN s.state = 'CANCELLED' THEN 'CANCELLED' ELSE c.state END,
    raw_state = CASE WHEN j.is_older THEN c.raw_state ELSE s.raw_state END,
    generated_records = CASE
        WHEN c.generated_records IS NULL OR s.generated_records > c.generated_records
        THEN s.generated_records ELSE c.generated_records
    END,
    generation_started_at = coalesce(c.generation_started_at, s.generation_started_at),
    finished_at = CASE
        WHEN s.state = 'CANCELLED' THEN coalesce(c.finished_at, s.finished_at)
        ELSE c.finished_at
    END,
    version = c.version + 1
FROM staging s, judged j
WHERE j.id = c.id AND s.id = c.id AND j.fate = 'held' AND j.has_news;

-- name: add_changes
INSERT INTO state_changes
SELECT s.id, $loaded_at, j.old_state, c.state, c.generated_records, c.version, 'feed', $actor, NULL
FROM judged j JOIN staging s ON s.id = j.id JOIN configurations c ON c.id = j.id
WHERE j.fate IN ('new', 'changed') OR (j.fate = 'held' AND j.has_news) ORDER BY s.scheduled_at, s.id;

-- name: add_import
INSERT INTO imports ({columns}) VALUES ({values});

-- name: add_rejects
INSERT INTO import_rejects
SELECT $import_id, unnest($line::BIGINT[]), unnest($raw::VARCHAR[]), unnest($column::VARCHAR[]),
    unnest($template::VARCHAR[]), unnest($details::VARCHAR[]);

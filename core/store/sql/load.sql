-- Loading a file (core/store/writes/staging.py).

-- name: create_staging
CREATE TEMP TABLE staging AS
SELECT CAST(0 AS BIGINT) AS line, {fed}, search_text FROM configurations WHERE false;

-- name: create_rejects
CREATE TEMP TABLE staged_rejects AS
SELECT line, raw, column_name, template, details, import_id AS id FROM import_rejects WHERE false;

-- The lines with a repeated id, each with the line of the first row with this id.
-- name: repeated
SELECT s.line, f.first_line FROM staging s
JOIN (SELECT id, min(line) AS first_line FROM staging GROUP BY id HAVING count(*) > 1) f
    ON f.id = s.id AND f.first_line < s.line
ORDER BY 1
LIMIT {limit};

-- name: drop_repeated
DELETE FROM staging
USING (SELECT id, min(line) AS first_line FROM staging GROUP BY id HAVING count(*) > 1) f
WHERE f.id = staging.id AND f.first_line < staging.line;

-- A later report must count as newer than a row whose clock is wrong.
-- name: drop_future
UPDATE staging SET updated_at = NULL WHERE updated_at > $latest;

-- name: count
SELECT count(*) FROM {rows};

-- Each staged row gets one fate. Newer facts replace older facts:
-- * If the times in `updated_at` differ, the facts with the later time are newer. A newer row can
--   move a send to any state, even out of a terminal state.
-- * If the times are equal or missing, a row can move a send forward in the lifecycle, or to a
--   state outside the lifecycle (paused, unknown, …). If the stored state is outside the lifecycle,
--   the row is compared with the furthest earlier state of the send.
-- * A row of the newest file can also move a send back, or out of a terminal state, if the last
--   report of the send is older. The send is in doubt until a second report.
-- * If another file is newer, a row cannot move a send back: the row is stale. If the last report
--   of the send is older than the row, the send is in doubt. The newer file perhaps contained the
--   send without a change: Freio does not write unchanged rows.
-- * The count of generated records never falls: if a newer row has a smaller count, the stored
--   count stays.
-- * If Freio stopped a send, a report of generation is news, even in an old row.
-- * A send that runs again contradicts a confirmed abort. There are three exceptions.
--   `is_restarted`: a person scheduled the send again. `is_read_later`: a later reading showed the
--   stop. `is_followed`: see `judgement`.
-- * A report of the stop confirms an abort, even if records were generated before the stop.
-- * If the platform cannot interrupt sends, a report of the stop contradicts the abort if records
--   were generated, but their number is unknown. Example: the word *cancelled during send* without
--   a number.
-- * New records after the confirmation also contradict the abort.
-- * If a report of the stop is older than the last report of the send, the abort stays open: the
--   send has perhaps run again since then.
--
-- `settles` is what the row says about an abort by Freio: contradicted, confirmed or still open.
--
-- `judgement` must stay a single statement. Two statements could see two versions of a send.
-- name: create_judged
CREATE TEMP TABLE judged AS {judgement};

-- name: has_nothing
SELECT NOT EXISTS (SELECT 1 FROM configurations)
    AND NOT EXISTS (SELECT 1 FROM receipts WHERE verdict <> 'refuse');

-- If nothing is stored, or all data is replaced, every row is new. `judged` is a view, because a
-- copy of ten million rows would need much space.
-- name: create_all_new
CREATE TEMP VIEW judged AS
SELECT id, 'new' AS fate, CAST(NULL AS BIGINT) AS version, CAST(NULL AS VARCHAR) AS old_state,
    state, generated_records AS generated, false AS is_older, false AS has_news,
    CAST(NULL AS VARCHAR) AS settles, CAST(NULL AS TIMESTAMPTZ) AS doubt, false AS was_missing,
    false AS is_by_file, true AS is_written
FROM staging;

-- name: judge_again
INSERT INTO judged {judgement};

-- In the first seconds after a verified stop, the platform can undo the stop. The delivery still
-- reads the send, and then requests the stop again. Therefore a report in this time that shows the
-- send running changes nothing (`is_followed`). There is an exception: a report after the verified
-- stop has already shown the stop. Then a person has started the send again, and `is_followed` is
-- false.
-- name: judgement
WITH candidates AS MATERIALIZED (
    SELECT s.id FROM staging s
    LEFT JOIN configurations c ON c.id = s.id {unless_replaced}
    WHERE (
        c.id IS NULL OR c.unreported_since IS NOT NULL OR c.doubted_since IS NOT NULL
        OR NOT ({same})
        OR c.id IN (SELECT configuration_id FROM receipts WHERE verdict <> 'refuse')
    ) {only}
)
SELECT id, fate, version, old_state, state, generated, is_older,
    has_news AND NOT is_followed AS has_news, settles, doubt, was_missing,
    fate = 'changed' AND reopens AND NOT is_newer AS is_by_file,
    fate IN ('new', 'changed') OR (fate = 'held' AND has_news AND NOT is_followed) OR was_missing
        OR doubt IS DISTINCT FROM doubted_since OR settles IN ('confirmed', 'contradicted')
        AS is_written
FROM (
    SELECT *,
        CASE
            WHEN fate = 'held' AND (went_on OR runs_again) AND may_contradict
                AND NOT (confirms AND (is_open OR NOT generates))
            THEN 'contradicted'
            WHEN fate IN ('held', 'unchanged') AND confirms AND is_open
                AND NOT (is_older OR is_before)
            THEN 'confirmed'
            WHEN fate IN ('held', 'unchanged') AND is_open THEN 'open'
        END AS settles,
        CASE
            WHEN fate = 'changed' AND reopens AND NOT is_newer THEN {as_of}
            WHEN fate = 'stale' AND reopens AND is_after AND NOT (is_older OR falls)
            THEN coalesce(doubted_since, {as_of})
            WHEN fate <> 'stale' AND (is_newer OR doubted_since < {as_of}) THEN NULL
            ELSE doubted_since
        END AS doubt
    FROM (
        SELECT *,
            CASE
                WHEN version IS NULL THEN 'new'
                WHEN is_same THEN 'unchanged'
                WHEN is_ours AND (
                    is_read_later OR is_followed
                    OR NOT (is_restarted AND (is_newer OR (is_latest AND NOT is_older)))
                )
                THEN 'held'
                WHEN is_older OR falls THEN 'stale'
                WHEN is_newer THEN 'changed'
                WHEN reopens AND NOT (is_latest OR is_second) THEN 'stale'
                WHEN is_before AND NOT is_further THEN 'stale'
                ELSE 'changed'
            END AS fate,
            is_confirmed AND is_running AND NOT (is_read_later OR is_followed)
                AND (is_newer OR (is_latest AND NOT is_older)) AS runs_again
        FROM (
            SELECT
                s.id, s.state, {generated} AS generated, c.version, c.state AS old_state,
                c.doubted_since, {same} AS is_same,
                ours.configuration_id IS NOT NULL AND c.state IN ('CANCELLING', 'CANCELLED')
                    AS is_ours,
                coalesce(s.updated_at < c.updated_at, false) AS is_older,
                coalesce(s.updated_at > c.updated_at, false) AS is_newer,
                coalesce({generated} < c.generated_records, false) AS falls,
                (c.state IN ('CANCELLED', 'SENT-DONE', 'ABORTED') AND s.state <> c.state)
                    OR coalesce({staged_rank} < coalesce({stored_rank}, past.furthest), false)
                    AS reopens,
                coalesce({staged_rank} > coalesce({stored_rank}, past.furthest), false)
                    OR coalesce({generated} > coalesce(c.generated_records, 0), false)
                    OR (s.generation_started_at IS NOT NULL AND c.generation_started_at IS NULL)
                    AS is_further,
                coalesce({as_of} >= known.as_of, false)
                    AND coalesce({as_of} > coalesce(c.reported_at, known.as_of), false)
                    AS is_latest,
                coalesce({as_of} > c.doubted_since, false) AS is_second,
                coalesce({as_of} > c.reported_at, false) AS is_after,
                coalesce({as_of} < c.reported_at, false) AS is_before,
                (s.generated_records IS NOT NULL AND c.generated_records IS NULL)
                    OR (s.total_records IS NOT NULL AND c.total_records IS NULL)
                    OR coalesce(s.generated_records > c.generated_records, false)
                    OR (s.generation_started_at IS NOT NULL AND c.generation_started_at IS NULL)
                    OR (s.state IN ('CANCELLED', 'ABORTED') AND c.state = 'CANCELLING')
                    OR (s.scheduled_at IS DISTINCT FROM c.scheduled_at AND {is_current})
                    OR (s.updated_at IS NOT NULL AND c.updated_at IS NULL)
                    OR coalesce(s.updated_at > c.updated_at, false)
                    OR (
                        s.raw_state <> c.raw_state
                        AND NOT coalesce(s.updated_at < c.updated_at, false)
                    ) AS has_news,
                {went_on} AS went_on,
                {confirms} AS confirms,
                {generates} AS generates,
                {is_restarted} AS is_restarted,
                s.state IN ({running}) AS is_running,
                coalesce(c.unreported_since < {as_of}, false) AS was_missing,
                coalesce(readings.read_at >= {as_of}, false) AS is_read_later,
                s.state IN ({undone}) AND readings.followed_from IS NOT NULL
                    AND NOT coalesce(c.reported_at > readings.followed_from, false)
                    AND NOT ({went_on}) AS is_followed,
                coalesce(ours.is_open, false) AS is_open,
                {is_confirmed} AS is_confirmed,
                coalesce(ours.may_contradict, false) AS may_contradict
            FROM candidates
            JOIN staging s ON s.id = candidates.id
            LEFT JOIN configurations c ON c.id = s.id {unless_replaced}
            CROSS JOIN (
                SELECT max(coalesce(as_of, loaded_at)) AS as_of FROM imports
            ) known
            LEFT JOIN (
                SELECT configuration_id,
                    bool_or(confirmation = 'open') AS is_open,
                    bool_or(confirmation = 'confirmed') AS is_confirmed,
                    bool_or(confirmation <> 'contradicted') AS may_contradict,
                    {last_state} AS state_before, {at_rest} AS at_rest
                FROM receipts_now r {with_rest}
                WHERE verdict <> 'refuse' AND confirmation <> 'ran_again'
                    AND configuration_id IN (SELECT id FROM candidates)
                GROUP BY 1
            ) ours ON ours.configuration_id = c.id
            LEFT JOIN (
                SELECT configuration_id,
                    max(CASE WHEN read_at > ended_at THEN ended_at ELSE read_at END) AS read_at,
                    max(
                        CASE WHEN ended_at IS NULL AND verified_at > {overwritten_since}
                        THEN verified_at END
                    ) AS followed_from
                FROM deliveries
                WHERE verified_at IS NOT NULL
                    AND configuration_id IN (SELECT id FROM candidates)
                GROUP BY 1
            ) readings ON readings.configuration_id = c.id
            LEFT JOIN (
                SELECT configuration_id, max({past_rank}) AS furthest FROM state_changes
                WHERE configuration_id IN (SELECT id FROM candidates) GROUP BY 1
            ) past ON past.configuration_id = c.id
        ) AS compared
    ) AS judged_so_far
    -- Without OFFSET, DuckDB copies each condition into the filter below, several times. The
    -- planning would take longer than the comparison of a small file.
    OFFSET 0
) AS judged_rows
WHERE fate <> 'unchanged' OR was_missing OR settles IS NOT NULL
    OR doubt IS DISTINCT FROM doubted_since;

-- name: fates
SELECT fate, count(*) FROM judged GROUP BY fate
UNION ALL
SELECT CASE settles WHEN 'open' THEN 'left_open' ELSE settles END, count(*) FROM judged
WHERE settles IS NOT NULL GROUP BY 1;

-- name: copy_judged
CREATE TEMP TABLE staging_judged AS
SELECT * FROM staging s WHERE s.id IN (SELECT id FROM judged);

-- name: copy_ids
CREATE TEMP TABLE staged_ids AS SELECT id FROM staging;

-- name: drop_staging
DROP TABLE staging;

-- name: rename_judged
ALTER TABLE staging_judged RENAME TO staging;

-- For the dry run: the aborts that the file settles. Contradicted aborts come first.
-- name: aborts_with_news
SELECT r.configuration_name, r.requested_at, r.actor, j.settles,
    s.generated_records, s.raw_state
FROM judged j
JOIN staging s ON s.id = j.id
JOIN receipts_now r ON r.configuration_id = j.id AND r.verdict <> 'refuse'
WHERE (j.settles = 'contradicted' AND r.confirmation NOT IN ('contradicted', 'ran_again'))
    OR (j.settles IN ('confirmed', 'open') AND r.confirmation = 'open')
ORDER BY CASE j.settles WHEN 'contradicted' THEN 0 WHEN 'open' THEN 1 ELSE 2 END,
    r.requested_at DESC, r.id
LIMIT {limit};

-- name: first_rejects
SELECT line, raw, column_name, template, details FROM staged_rejects ORDER BY line LIMIT {limit};

-- The sends without a row in a full file. An unreadable row also counts as a row.
-- name: create_left_out
CREATE TEMP TABLE left_out AS
SELECT c.id, c.version FROM configurations c
WHERE c.unreported_since IS NULL AND {is_full} {among}
    AND NOT EXISTS (SELECT 1 FROM {staged} s WHERE s.id = c.id)
    AND NOT EXISTS (SELECT 1 FROM staged_rejects r WHERE r.id = c.id);

-- Sends in `left_out` can have new versions since the comparison.
-- name: left_out_now
UPDATE left_out SET version = c.version FROM configurations c
WHERE c.id = left_out.id AND c.version <> left_out.version AND c.unreported_since IS NULL;

-- The statements below run in the write transaction. The order of the locks prevents deadlocks.
-- name: lock_judged
SELECT c.id FROM configurations c
WHERE c.id IN (SELECT id FROM judged) OR c.id IN (SELECT id FROM left_out)
ORDER BY c.id FOR UPDATE;

-- Sends to judge again under the lock:
-- * sends with a new version since the comparison,
-- * sends that the file reopens as the newest file (`is_by_file`). A newer file can have been
--   loaded since the comparison.
-- name: create_moved
CREATE TEMP TABLE moved AS
SELECT j.id FROM judged j LEFT JOIN configurations c ON c.id = j.id
WHERE c.version IS DISTINCT FROM j.version OR j.is_by_file;

-- name: forget_moved
DELETE FROM judged WHERE id IN (SELECT id FROM moved);

-- The columns with a difference. Only these columns are updated, because DuckDB rewrites every
-- updated column.
-- name: changed_columns
SELECT {differ} FROM judged j
JOIN staging s ON s.id = j.id
JOIN configurations c ON c.id = j.id AND c.version = j.version
WHERE j.fate = 'changed';

-- If the row has no value, {assignments} keeps some stored values, for example the start of
-- generation. Without this start, the send would look stoppable (I2). If a send leaves CANCELLING
-- or a terminal state, `reopened_from` keeps this state. If a send leaves CANCELLING or CANCELLED,
-- the `abort_confirmation` becomes NULL, because the abort no longer stops the send.
-- name: update_changed
UPDATE configurations AS c SET {assignments} unreported_since = NULL, version = c.version + 1,
    reported_at = greatest(c.reported_at, {as_of}),
    doubted_since = j.doubt,
    abort_confirmation = CASE
        WHEN c.state NOT IN ('CANCELLING', 'CANCELLED') THEN c.abort_confirmation
    END,
    went_on_as = NULL,
    reopened_from = CASE
        WHEN s.state IN ('CANCELLING', 'CANCELLED', 'ABORTED') OR s.state = c.reopened_from
        THEN NULL
        WHEN c.state IN ('CANCELLING', 'CANCELLED', 'ABORTED', 'SENT-DONE') AND s.state <> c.state
        THEN c.state
        ELSE c.reopened_from
    END,
    reopened_at = CASE
        WHEN s.state IN ('CANCELLING', 'CANCELLED', 'ABORTED') OR s.state = c.reopened_from
        THEN NULL
        WHEN c.state IN ('CANCELLING', 'CANCELLED', 'ABORTED', 'SENT-DONE') AND s.state <> c.state
        THEN {as_of}
        ELSE c.reopened_at
    END
FROM staging s, judged j
WHERE j.id = c.id AND s.id = c.id AND j.version = c.version AND j.fate = 'changed';

-- A receipt can be restored before the send is loaded, so a new send can have an abort.
-- name: insert_new
INSERT INTO configurations ({fed}, search_text, version, reported_at, abort_confirmation)
SELECT {staged}, s.search_text, 1, {as_of}, nullif(last.confirmation, 'ran_again')
FROM staging s JOIN judged j ON j.id = s.id
LEFT JOIN (
    SELECT DISTINCT ON (configuration_id) configuration_id, confirmation FROM receipts_now
    WHERE verdict <> 'refuse'
        AND configuration_id IN (SELECT id FROM judged WHERE fate = 'new')
    ORDER BY configuration_id, coalesce(restored_at, requested_at) DESC, id DESC
) last ON last.configuration_id = s.id
WHERE j.fate = 'new' ORDER BY s.scheduled_at, s.id;

-- Write a whole file into an empty store. If the staged rows are sorted, {order} is empty.
-- name: insert_all
INSERT INTO configurations ({fed}, search_text, version, reported_at)
SELECT {staged}, s.search_text, 1, {as_of} FROM staging s {order};

-- A send that Freio stopped keeps its state. Only a report of the stop changes the state to
-- CANCELLED. If the send went on anyway, `went_on_as` gets the reported state.
-- name: update_held
UPDATE configurations AS c SET
    state = CASE WHEN s.state IN ('CANCELLED', 'ABORTED') THEN 'CANCELLED' ELSE c.state END,
    raw_state = CASE WHEN j.is_older THEN c.raw_state ELSE s.raw_state END,
    total_records = CASE
        WHEN greatest(s.generated_records, c.generated_records)
            <= coalesce(c.total_records, s.total_records)
            OR coalesce(s.generated_records, c.generated_records) IS NULL
        THEN coalesce(c.total_records, s.total_records)
    END,
    generated_records = CASE
        WHEN c.generated_records IS NULL OR s.generated_records > c.generated_records
        THEN s.generated_records
        WHEN {stopped_at_unknown} THEN NULL
        ELSE c.generated_records
    END,
    generation_started_at = coalesce(c.generation_started_at, s.generation_started_at),
    finished_at = CASE
        WHEN s.state IN ('CANCELLED', 'ABORTED') THEN coalesce(c.finished_at, s.finished_at)
        ELSE c.finished_at
    END,
    scheduled_at = CASE WHEN {is_current} THEN s.scheduled_at ELSE c.scheduled_at END,
    updated_at = CASE
        WHEN j.is_older THEN c.updated_at ELSE coalesce(s.updated_at, c.updated_at)
    END,
    unreported_since = NULL,
    doubted_since = j.doubt,
    abort_confirmation = CASE
        WHEN j.settles IN ('confirmed', 'contradicted') THEN j.settles ELSE c.abort_confirmation
    END,
    went_on_as = CASE
        WHEN j.is_older AND c.went_on_as IS NOT NULL THEN c.went_on_as
        WHEN s.state NOT IN ('CANCELLING', 'CANCELLED', 'ABORTED')
            AND coalesce(nullif(j.settles, 'open'), c.abort_confirmation) = 'contradicted'
            AND (
                s.state IN ({gone}) OR s.generated_records > 0 OR c.generated_records > 0
                OR coalesce(c.generation_started_at, s.generation_started_at) IS NOT NULL
            )
        THEN s.state
    END,
    reported_at = greatest(c.reported_at, {as_of}),
    version = c.version + 1
FROM staging s, judged j
WHERE j.id = c.id AND s.id = c.id AND j.version = c.version AND j.fate = 'held' AND j.has_news;

-- The row has no new facts, but the send is reported again, a doubt begins or ends, or the row
-- settles an abort.
-- name: report_again
UPDATE configurations AS c SET
    unreported_since = CASE WHEN NOT j.was_missing THEN c.unreported_since END,
    doubted_since = j.doubt,
    abort_confirmation = CASE
        WHEN j.settles IN ('confirmed', 'contradicted') THEN j.settles ELSE c.abort_confirmation
    END,
    went_on_as = CASE
        WHEN j.settles = 'contradicted' AND j.state NOT IN ('CANCELLING', 'CANCELLED', 'ABORTED')
            AND (
                j.state IN ({gone}) OR c.generated_records > 0
                OR c.generation_started_at IS NOT NULL
            )
        THEN coalesce(c.went_on_as, j.state)
        WHEN j.settles = 'confirmed' THEN NULL
        ELSE c.went_on_as
    END,
    reported_at = CASE
        WHEN j.fate = 'stale' THEN c.reported_at ELSE greatest(c.reported_at, {as_of})
    END,
    version = c.version + 1
FROM judged j
WHERE j.id = c.id AND j.version = c.version AND j.is_written
    AND (j.fate IN ('unchanged', 'stale') OR (j.fate = 'held' AND NOT j.has_news));

-- name: mark_left_out
UPDATE configurations AS c SET unreported_since = $as_of, version = c.version + 1
FROM left_out m WHERE m.id = c.id AND m.version = c.version;

-- The history of new sends. Do not use a join: a first load can have ten million new sends.
-- name: add_first_changes
INSERT INTO state_changes ({history})
SELECT id, $loaded_at, NULL, state, generated, 1, 'feed', $actor, NULL
FROM judged WHERE fate = 'new';

-- name: add_changes
INSERT INTO state_changes ({history})
SELECT c.id, $loaded_at, j.old_state, c.state, c.generated_records, c.version, 'feed', $actor, NULL
FROM judged j JOIN configurations c ON c.id = j.id
WHERE j.is_written AND j.fate <> 'new';

-- name: add_left_out
INSERT INTO state_changes ({history})
SELECT c.id, $loaded_at, c.state, c.state, c.generated_records, c.version, 'feed', $actor, NULL
FROM left_out m JOIN configurations c ON c.id = m.id AND c.version = m.version + 1;

-- name: add_import
INSERT INTO imports ({columns}) VALUES ({values});

-- name: add_rejects
INSERT INTO import_rejects (import_id, line, raw, column_name, template, details)
SELECT $import_id, line, raw, column_name, template, details FROM staged_rejects;

-- The summary by day. Before the write, this statement subtracts the old sums. After the write,
-- this statement adds the new sums.
-- name: count_written
INSERT INTO daily_counts ({cells})
SELECT {cell}, {sign}count(*), {sign}coalesce(CAST(sum(c.total_records) AS BIGINT), 0),
    {sign}(count(*) - count(c.total_records))
FROM configurations c JOIN judged j ON j.id = c.id WHERE j.is_written
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: count_staged_cells
INSERT INTO daily_counts ({cells})
SELECT {cell}, count(*), coalesce(CAST(sum(c.total_records) AS BIGINT), 0),
    count(*) - count(c.total_records)
FROM (
    SELECT *, CAST(NULL AS VARCHAR) AS abort_confirmation, CAST(NULL AS VARCHAR) AS went_on_as
    FROM staging
) c
GROUP BY 1, 2, 3, 4, 5, 6, 7;

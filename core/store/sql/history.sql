-- Durations and sizes for each group of at least $enough similar sends.
-- * Only the latest $limit sends of known size are read.
-- * If the source reports no time, the times in state_changes count. The first row of a send is
--   left out: it records a new send, not a change of its state.
-- * If a feed reported the start of generation, generation started between the previous feed and
--   this feed. The time of the previous feed counts, so forecasts do not promise too much time.
-- name: measures
WITH recent AS (
    SELECT
        id, channel, account, total_records, scheduled_at, processing_started_at, in_progress_at,
        generation_started_at, CASE WHEN state = 'SENT-DONE' THEN finished_at END AS finished_at
    FROM configurations
    WHERE scheduled_at >= $since AND scheduled_at < $until AND {started}
        AND total_records IS NOT NULL
    ORDER BY scheduled_at DESC LIMIT $limit
),
feeds AS (
    SELECT loaded_at, lag(coalesce(as_of, loaded_at)) OVER (ORDER BY loaded_at) AS before
    FROM imports
),
changes AS (
    SELECT
        c.configuration_id AS id,
        min(c.changed_at) FILTER (WHERE c.to_state = 'PROCESANDO' AND c.from_state <> c.to_state)
            AS begun,
        min(c.changed_at) FILTER (WHERE c.to_state = 'IN-PROGRESS' AND c.from_state <> c.to_state)
            AS processed,
        min(CASE WHEN c.source = 'feed' THEN coalesce(f.before, c.changed_at) ELSE c.changed_at END)
            FILTER (WHERE c.generated_records > 0) AS batch,
        bool_or(c.from_state IS NULL AND coalesce(c.generated_records, 0) > 0) AS began_generating
    FROM state_changes c LEFT JOIN feeds f ON f.loaded_at = c.changed_at
    WHERE c.changed_at >= $since AND c.configuration_id IN (
        SELECT id FROM recent
        WHERE processing_started_at IS NULL OR in_progress_at IS NULL
            OR generation_started_at IS NULL
    )
    GROUP BY 1
),
moments AS (
    SELECT
        r.channel, r.account, r.total_records, r.scheduled_at, r.finished_at,
        coalesce(r.processing_started_at, s.begun) AS begun,
        coalesce(r.in_progress_at, s.processed) AS processed,
        CASE
            WHEN r.generation_started_at IS NOT NULL THEN r.generation_started_at
            WHEN NOT s.began_generating THEN s.batch
        END AS batch
    FROM recent r LEFT JOIN changes s ON s.id = r.id
),
spans AS (
    SELECT
        channel, account, total_records,
        {size} AS size,
        CAST(floor(extract(hour FROM scheduled_at) / {hours}) AS INTEGER) AS hours,
        {spans}
    FROM moments
)
SELECT
    CASE WHEN level IN (0, 1, 2, 4) THEN channel END,
    CASE WHEN level IN (0, 1, 4) THEN account END,
    CASE WHEN level IN (0, 1, 2, 3) THEN size END,
    CASE WHEN level = 0 THEN hours END,
    {quantiles}
FROM spans CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS widening(level)
GROUP BY level, 1, 2, 3, 4
HAVING count(*) >= $enough;

-- The number of recipients in each hour of the given time ranges, without stopped sends.
-- name: hourly_totals
SELECT date_trunc('hour', scheduled_at) AS hour, coalesce(CAST(sum(total_records) AS BIGINT), 0)
FROM configurations
WHERE scheduled_at >= $first AND scheduled_at < $last AND ({windows}) AND state IN ({states})
GROUP BY 1;

-- Possible duplicates of the given sends.
-- name: possible_duplicates
SELECT given.id, c.id, c.scheduled_at
FROM (VALUES {given}) AS given (id, name, account, audience, scheduled_at)
JOIN configurations c
    ON c.name = given.name AND c.account = given.account AND c.audience = given.audience
    AND c.id <> given.id AND {goes_out}
    AND c.scheduled_at > given.scheduled_at - {within}
    AND c.scheduled_at < given.scheduled_at + {within}
WHERE c.scheduled_at > $first AND c.scheduled_at < $last
ORDER BY given.id, c.scheduled_at, c.id;

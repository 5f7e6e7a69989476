-- Sends in progress, and sends that should have started.
-- name: under_way
SELECT {columns} FROM configurations
WHERE scheduled_at >= $since AND scheduled_at < $until
    AND (
        state IN ('PROCESANDO', 'IN-PROGRESS', 'DELIVERY-ENDING', 'CANCELLING')
        OR (state = 'SCHEDULED' AND scheduled_at < $due)
    )
ORDER BY scheduled_at, id LIMIT $limit;

-- Large sends that have not begun.
-- name: starting
SELECT {columns} FROM configurations
WHERE scheduled_at > $since AND scheduled_at < $until AND total_records >= $least AND {to_stop}
ORDER BY scheduled_at, id LIMIT $limit;

-- Sends that run again after their end, without the sends that were stopped since then.
-- name: reopened
SELECT {columns} FROM configurations
WHERE reopened_at >= $since AND state NOT IN ('CANCELLING', 'CANCELLED', 'ABORTED')
ORDER BY reopened_at DESC, id LIMIT $limit;

-- name: raise_alert
INSERT INTO alerts VALUES
    ($event, $kind, $at, coalesce($configuration_id, ''), $name, $recipients, $raised_at)
ON CONFLICT DO NOTHING;

-- name: pending_alerts
SELECT event, kind, happens_at, nullif(configuration_id, ''), name, recipients FROM alerts a
WHERE raised_at >= $since AND NOT EXISTS (
    SELECT 1 FROM alert_tellings t WHERE t.event = a.event AND t.service = $service
)
ORDER BY raised_at, happens_at, event LIMIT $limit;

-- name: record_notified
INSERT INTO alert_tellings
SELECT event, $service, kind, $told_at FROM alerts WHERE event = $event
ON CONFLICT DO NOTHING;

-- name: last_notified
SELECT kind, max(told_at) FROM alert_tellings
WHERE service = $service AND told_at > $since GROUP BY kind;

-- The confirmation of the send's last accepted abort: open, confirmed or contradicted. NULL: there
-- is no such abort, or the abort no longer stops the send.
ALTER TABLE configurations ADD COLUMN abort_confirmation VARCHAR;
UPDATE configurations SET abort_confirmation = last.confirmation
FROM (
    SELECT DISTINCT ON (configuration_id) configuration_id, confirmation FROM receipts_now
    WHERE verdict <> 'refuse'
    ORDER BY configuration_id, coalesce(restored_at, requested_at) DESC, id DESC
) last
WHERE last.configuration_id = configurations.id;

-- The summary counts these sends separately: subtract them from their old cells and add them to the
-- new ones.
ALTER TABLE daily_counts ADD COLUMN abort_confirmation VARCHAR;
INSERT INTO daily_counts (
    day, account, channel, state, generation, abort_confirmation, configurations, recipients
)
SELECT
    CAST(floor(extract(epoch FROM c.scheduled_at) / 86400) AS BIGINT), c.account, c.channel, c.state,
    CASE
        WHEN c.generated_records > 0 OR c.generation_started_at IS NOT NULL THEN 'started'
        WHEN c.generated_records IS NULL THEN 'unknown'
        ELSE 'not_started'
    END,
    CASE WHEN sign.n = 1 THEN c.abort_confirmation END,
    sum(sign.n), CAST(sum(sign.n * c.total_records) AS BIGINT)
FROM configurations c CROSS JOIN (SELECT 1 AS n UNION ALL SELECT -1) sign
WHERE c.abort_confirmation IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6;

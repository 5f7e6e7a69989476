-- A file that was merged completely a short time ago. When it comes again, all rows are as it left
-- them, except those that something else has written to.

-- name: known_file
SELECT loaded_at, imports_before, rows_new + rows_changed + rows_unchanged + rows_held
FROM imports
WHERE fingerprint = $fingerprint AND rows_stale = 0 AND rows_rejected = 0
    AND loaded_at BETWEEN $since AND $until
ORDER BY loaded_at DESC, id DESC LIMIT 1;

-- name: imports_since
SELECT count(*) FROM imports WHERE loaded_at >= $since;

-- Sends about which the file may have news: written to since, stopped here, no longer reported, or
-- in doubt, which a second report ends. Writes of other files count if any was loaded since.
-- name: create_moved_on
CREATE TEMP TABLE moved_on AS
SELECT configuration_id AS id FROM state_changes
WHERE changed_at >= {since} AND (source <> 'feed' OR {others})
UNION
SELECT configuration_id FROM receipts WHERE verdict <> 'refuse'
UNION
SELECT id FROM configurations WHERE unreported_since IS NOT NULL OR doubted_since IS NOT NULL;

-- name: moved_on
SELECT id FROM moved_on LIMIT {limit};

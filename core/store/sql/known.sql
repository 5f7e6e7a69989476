-- Files that were loaded before (core/store/writes/known_files.py).

-- name: known_file
SELECT loaded_at, imports_before, rows_new + rows_changed + rows_unchanged + rows_held,
    rows_missing IS NULL
FROM imports
WHERE fingerprint = $fingerprint AND rows_stale = 0 AND rows_rejected = 0
    AND loaded_at BETWEEN $since AND $until
ORDER BY loaded_at DESC, id DESC LIMIT 1;

-- name: imports_since
SELECT count(*) FROM imports WHERE loaded_at >= $since;

-- Sends that the file can change:
-- * sends with writes since twelve hours before the last load of the file (writes by files only if {others} is true:
--   another file was loaded in between),
-- * sends that Freio stopped,
-- * sends no longer reported,
-- * sends in doubt, because a second report ends a doubt.
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

-- name: tables
SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema();

-- Order the columns by name: the positions of columns differ between databases.
-- name: columns
SELECT column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = $table ORDER BY 1;

-- name: create_schema_version
CREATE TABLE IF NOT EXISTS schema_version (
    number     BIGINT NOT NULL,
    name       VARCHAR NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL
);

-- Without this lock, two dashboards could apply a migration twice.
-- name: migrate_alone
LOCK TABLE schema_version IN ACCESS EXCLUSIVE MODE;

-- name: has_migration
SELECT 1 FROM schema_version WHERE number = $number;

-- name: add_migration
INSERT INTO schema_version VALUES ($number, $name, now());

-- name: schema_version
SELECT coalesce(max(number), 0) FROM schema_version;

-- name: engine_version
SELECT version();

-- name: row_counts
SELECT 'configurations', count(*) FROM configurations
UNION ALL SELECT 'state_changes', count(*) FROM state_changes
UNION ALL SELECT 'receipts', count(*) FROM receipts
UNION ALL SELECT 'imports', count(*) FROM imports
UNION ALL SELECT 'import_rejects', count(*) FROM import_rejects;

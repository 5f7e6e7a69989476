-- A file in the watched folder has the same import id in all dashboards. If two dashboards load it
-- at the same moment, the unique index refuses the second import.
CREATE UNIQUE INDEX imports_by_id ON imports (id);
CREATE INDEX import_rejects_by_import ON import_rejects (import_id, line);

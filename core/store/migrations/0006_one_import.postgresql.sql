-- If two dashboards load the same file at the same moment, the second one finds that it is loaded.
CREATE UNIQUE INDEX imports_by_id ON imports (id);
CREATE INDEX import_rejects_by_import ON import_rejects (import_id, line);

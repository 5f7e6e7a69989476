-- Two dashboards that take the same file at the same moment: the second one finds it loaded.
CREATE UNIQUE INDEX imports_by_id ON imports (id);
CREATE INDEX import_rejects_by_import ON import_rejects (import_id, line);

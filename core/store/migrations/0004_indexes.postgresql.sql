-- Indexes for PostgreSQL. DuckDB uses zone maps, and indexes would make its updates slow.
CREATE INDEX configurations_by_time ON configurations (scheduled_at, id);
CREATE INDEX configurations_by_state ON configurations (state, scheduled_at, id);
CREATE INDEX state_changes_by_send ON state_changes (configuration_id, version);
CREATE INDEX receipts_by_send ON receipts (configuration_id);
CREATE INDEX receipts_by_time ON receipts (requested_at, id);
CREATE INDEX receipts_by_id ON receipts (id);

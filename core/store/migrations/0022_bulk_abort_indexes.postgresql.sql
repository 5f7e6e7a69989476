CREATE INDEX bulk_abort_sends_by_batch ON bulk_abort_sends (bulk_id, position);
CREATE INDEX bulk_aborts_open ON bulk_aborts (requested_at) WHERE ended_at IS NULL;
CREATE INDEX receipts_by_batch ON receipts (bulk_id) WHERE bulk_id <> '';

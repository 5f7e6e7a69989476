-- The time when a lost receipt was restored from the receipt journal; NULL for all other receipts.
ALTER TABLE receipts ADD COLUMN restored_at TIMESTAMPTZ;

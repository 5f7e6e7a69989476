-- When a receipt that the database had lost was restored from the receipt journal.
ALTER TABLE receipts ADD COLUMN restored_at TIMESTAMPTZ;

-- When a receipt that the database had lost was put back from the second record.
ALTER TABLE receipts ADD COLUMN restored_at TIMESTAMPTZ;

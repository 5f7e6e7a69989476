-- A draft, a paused send and a stopped send can have no time. Some sources do not report the number
-- of recipients. These values are then NULL, because a zero would be a false statement.
ALTER TABLE configurations ALTER COLUMN scheduled_at DROP NOT NULL;
ALTER TABLE configurations ALTER COLUMN total_records DROP NOT NULL;
ALTER TABLE receipts ALTER COLUMN total_records DROP NOT NULL;
ALTER TABLE alerts ALTER COLUMN recipients DROP NOT NULL;
ALTER TABLE bulk_abort_sends ALTER COLUMN total_records DROP NOT NULL;

-- In the summary, the day of sends without a time is NULL. `unsized` is the number of sends of
-- unknown size in a cell.
ALTER TABLE daily_counts ALTER COLUMN day DROP NOT NULL;
ALTER TABLE daily_counts ADD COLUMN unsized BIGINT DEFAULT 0;
ALTER TABLE daily_counts ALTER COLUMN unsized SET NOT NULL;

-- How many records the platform generated before it stopped the send. These recipients got the
-- send, so they were not spared. The number comes from the report that confirmed the abort. NULL:
-- the report has no number, or the number 0.
ALTER TABLE receipt_news ADD COLUMN gone BIGINT;
DROP VIEW receipts_now;
CREATE VIEW receipts_now AS
SELECT
    r.id, r.configuration_id, r.configuration_name, r.account, r.requested_at, r.actor, r.verdict,
    r.refusal, r.state_before, r.state_after, r.total_records, r.generated_records,
    CASE
        WHEN held.gone IS NULL THEN r.spared
        WHEN held.gone <= r.total_records THEN r.total_records - held.gone
        WHEN r.total_records IS NOT NULL THEN 0
    END AS spared,
    coalesce(held.gone, r.gone) AS gone, r.reason, r.note, r.facts_at,
    coalesce(gone.kind, held.kind, r.first_confirmation) AS confirmation,
    coalesce(gone.happened_at, held.happened_at, r.first_confirmed_at) AS confirmed_at,
    r.restored_at, r.role, r.address, r.shown_state, r.shown_total, r.shown_generated,
    r.shown_facts_at, r.bulk_id
FROM receipts r
LEFT JOIN receipt_news gone ON gone.receipt_id = r.id AND gone.kind = 'contradicted'
LEFT JOIN receipt_news held ON held.receipt_id = r.id AND held.kind = 'confirmed';

-- If a settled abort is contradicted later, show the numbers of the contradiction, even if they are
-- NULL (unknown).
DROP VIEW receipts_now;
CREATE VIEW receipts_now AS
SELECT
    r.id, r.configuration_id, r.configuration_name, r.account, r.requested_at, r.actor, r.verdict,
    r.refusal, r.state_before, r.state_after, r.total_records, r.generated_records,
    CASE
        WHEN gone.kind IS NOT NULL AND settled.kind IS NOT NULL THEN gone.spared
        WHEN coalesce(settled.spared, gone.spared) IS NOT NULL
        THEN coalesce(settled.spared, gone.spared)
        WHEN held.gone IS NULL THEN r.spared
        WHEN held.gone <= r.total_records THEN r.total_records - held.gone
        WHEN r.total_records IS NOT NULL THEN 0
    END AS spared,
    CASE
        WHEN gone.kind IS NOT NULL AND settled.kind IS NOT NULL THEN gone.gone
        ELSE coalesce(settled.gone, gone.gone, held.gone, r.gone)
    END AS gone,
    r.reason, r.note, r.facts_at,
    coalesce(gone.kind, held.kind, r.first_confirmation) AS confirmation,
    coalesce(gone.happened_at, held.happened_at, r.first_confirmed_at) AS confirmed_at,
    r.restored_at, r.role, r.address, r.shown_state, r.shown_total, r.shown_generated,
    r.shown_facts_at, r.bulk_id, r.platform
FROM receipts r
LEFT JOIN receipt_news gone ON gone.receipt_id = r.id AND gone.kind = 'contradicted'
LEFT JOIN receipt_news held ON held.receipt_id = r.id AND held.kind = 'confirmed'
LEFT JOIN receipt_news settled ON settled.receipt_id = r.id AND settled.kind = 'settled';

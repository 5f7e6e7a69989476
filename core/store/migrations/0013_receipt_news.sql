-- A receipt never changes after it was written. Later news about it (`confirmed`, `contradicted`)
-- is a separate row, at most one of each kind. These rows never change.
CREATE TABLE receipt_news (
    receipt_id  VARCHAR NOT NULL,
    kind        VARCHAR NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (receipt_id, kind)
);
INSERT INTO receipt_news
SELECT receipt_id, kind, max(happened_at) FROM ledger
WHERE kind IN ('confirmed', 'contradicted') AND receipt_id IN (SELECT id FROM receipts)
GROUP BY 1, 2;
-- Some contradictions have no entry in the audit log: those from the restore of a receipt, and
-- those from before the audit log existed. Take them from the receipts.
INSERT INTO receipt_news
SELECT id, 'contradicted', coalesce(confirmed_at, restored_at, requested_at) FROM receipts
WHERE confirmation = 'contradicted'
    AND id NOT IN (SELECT receipt_id FROM receipt_news WHERE kind = 'contradicted');

ALTER TABLE receipts RENAME COLUMN confirmation TO first_confirmation;
ALTER TABLE receipts RENAME COLUMN confirmed_at TO first_confirmed_at;

-- An older Freio wrote news into the receipts. Restore the first values from the audit log.
UPDATE receipts SET
    first_confirmation = told.confirmation,
    first_confirmed_at = CAST(told.confirmed_at AS TIMESTAMPTZ)
FROM (
    SELECT l.receipt_id,
        CAST(l.body AS JSON) -> 'facts' ->> 'confirmation' AS confirmation,
        CAST(l.body AS JSON) -> 'facts' ->> 'confirmed_at' AS confirmed_at
    FROM ledger l JOIN (
        SELECT receipt_id, max(number) AS number FROM ledger WHERE kind = 'receipt' GROUP BY 1
    ) newest ON newest.number = l.number
    WHERE l.receipt_id IN (
        SELECT receipt_id FROM ledger WHERE kind IN ('confirmed', 'contradicted')
    )
) told
WHERE told.receipt_id = receipts.id;

-- Receipts with what is known about them now. A contradiction always stays.
CREATE VIEW receipts_now AS
SELECT
    r.id, r.configuration_id, r.configuration_name, r.account, r.requested_at, r.actor, r.verdict,
    r.refusal, r.state_before, r.state_after, r.total_records, r.generated_records, r.spared,
    r.gone, r.reason, r.note, r.facts_at,
    coalesce(gone.kind, held.kind, r.first_confirmation) AS confirmation,
    coalesce(gone.happened_at, held.happened_at, r.first_confirmed_at) AS confirmed_at,
    r.restored_at, r.role, r.address, r.shown_state, r.shown_total, r.shown_generated,
    r.shown_facts_at
FROM receipts r
LEFT JOIN receipt_news gone ON gone.receipt_id = r.id AND gone.kind = 'contradicted'
LEFT JOIN receipt_news held ON held.receipt_id = r.id AND held.kind = 'confirmed';

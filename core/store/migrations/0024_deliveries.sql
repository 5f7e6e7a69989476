-- The platform that an accepted abort is delivered to; empty if a person aborts the send there.
ALTER TABLE receipts ADD COLUMN platform VARCHAR DEFAULT '';
ALTER TABLE receipts ALTER COLUMN platform SET NOT NULL;

-- The final number of spared recipients, if Freio read it from the platform after the stop.
ALTER TABLE receipt_news ADD COLUMN spared BIGINT;

DROP VIEW receipts_now;
CREATE VIEW receipts_now AS
SELECT
    r.id, r.configuration_id, r.configuration_name, r.account, r.requested_at, r.actor, r.verdict,
    r.refusal, r.state_before, r.state_after, r.total_records, r.generated_records,
    CASE
        WHEN coalesce(settled.spared, gone.spared) IS NOT NULL
        THEN coalesce(settled.spared, gone.spared)
        WHEN held.gone IS NULL THEN r.spared
        WHEN held.gone <= r.total_records THEN r.total_records - held.gone
        WHEN r.total_records IS NOT NULL THEN 0
    END AS spared,
    coalesce(settled.gone, gone.gone, held.gone, r.gone) AS gone,
    r.reason, r.note, r.facts_at,
    coalesce(gone.kind, held.kind, r.first_confirmation) AS confirmation,
    coalesce(gone.happened_at, held.happened_at, r.first_confirmed_at) AS confirmed_at,
    r.restored_at, r.role, r.address, r.shown_state, r.shown_total, r.shown_generated,
    r.shown_facts_at, r.bulk_id, r.platform
FROM receipts r
LEFT JOIN receipt_news gone ON gone.receipt_id = r.id AND gone.kind = 'contradicted'
LEFT JOIN receipt_news held ON held.receipt_id = r.id AND held.kind = 'confirmed'
LEFT JOIN receipt_news settled ON settled.receipt_id = r.id AND settled.kind = 'settled';

-- Aborts on their way to the platform: what was requested, answered and read back. `version` is the
-- guard of each write. A delivery without `ended_at` has further steps.
CREATE TABLE deliveries (
    receipt_id       VARCHAR PRIMARY KEY,
    configuration_id VARCHAR NOT NULL,
    platform         VARCHAR NOT NULL,
    state_before     VARCHAR NOT NULL,
    queued_at        TIMESTAMPTZ NOT NULL,
    step             VARCHAR NOT NULL,
    version          BIGINT NOT NULL,
    tries            BIGINT NOT NULL,
    requested_at     TIMESTAMPTZ,
    next_at          TIMESTAMPTZ,
    answered_at      TIMESTAMPTZ,
    answer           VARCHAR,
    message          VARCHAR NOT NULL,
    details          VARCHAR NOT NULL,
    word             VARCHAR NOT NULL,
    total            BIGINT,
    sent             BIGINT,
    read_at          TIMESTAMPTZ,
    verified_at      TIMESTAMPTZ,
    ended_at         TIMESTAMPTZ,
    is_by_hand       BOOLEAN NOT NULL
);

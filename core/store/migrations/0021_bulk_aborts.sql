-- Bulk aborts: many sends that a person stops at once. Their receipts have the same `bulk_id`.
ALTER TABLE receipts ADD COLUMN bulk_id VARCHAR DEFAULT '';
ALTER TABLE receipts ALTER COLUMN bulk_id SET NOT NULL;
DROP VIEW receipts_now;
CREATE VIEW receipts_now AS
SELECT
    r.id, r.configuration_id, r.configuration_name, r.account, r.requested_at, r.actor, r.verdict,
    r.refusal, r.state_before, r.state_after, r.total_records, r.generated_records, r.spared,
    r.gone, r.reason, r.note, r.facts_at,
    coalesce(gone.kind, held.kind, r.first_confirmation) AS confirmation,
    coalesce(gone.happened_at, held.happened_at, r.first_confirmed_at) AS confirmed_at,
    r.restored_at, r.role, r.address, r.shown_state, r.shown_total, r.shown_generated,
    r.shown_facts_at, r.bulk_id
FROM receipts r
LEFT JOIN receipt_news gone ON gone.receipt_id = r.id AND gone.kind = 'contradicted'
LEFT JOIN receipt_news held ON held.receipt_id = r.id AND held.kind = 'confirmed';

-- The request of a person, its reason, and its end. `accounts` is a JSON list; NULL means all.
CREATE TABLE bulk_aborts (
    id                VARCHAR PRIMARY KEY,
    requested_at      TIMESTAMPTZ NOT NULL,
    actor             VARCHAR NOT NULL,
    role              VARCHAR NOT NULL,
    accounts          VARCHAR,
    address           VARCHAR NOT NULL,
    only_demo         BOOLEAN NOT NULL,
    reason            VARCHAR NOT NULL,
    note              VARCHAR NOT NULL,
    retry_of          VARCHAR NOT NULL,
    stop_requested_at TIMESTAMPTZ,
    ended_at          TIMESTAMPTZ,
    seen_at           TIMESTAMPTZ
);

-- The fixed list of sends of a bulk abort.
-- * name to scheduled_at: the facts at the start. After the decision: the facts of the decision.
-- * shown_state to shown_facts_at: what the dialog showed.
-- * outcome to changed_meanwhile: the outcome and its facts; NULL while the send is pending.
CREATE TABLE bulk_abort_sends (
    bulk_id               VARCHAR NOT NULL,
    position              BIGINT NOT NULL,
    configuration_id      VARCHAR NOT NULL,
    name                  VARCHAR NOT NULL,
    account               VARCHAR NOT NULL,
    total_records         BIGINT NOT NULL,
    scheduled_at          TIMESTAMPTZ,
    shown_state           VARCHAR,
    shown_generation      VARCHAR,
    shown_total           BIGINT,
    shown_generated       BIGINT,
    shown_facts_at        TIMESTAMPTZ,
    outcome               VARCHAR,
    state_before          VARCHAR,
    generated_records     BIGINT,
    generation_started_at TIMESTAMPTZ,
    spared                BIGINT,
    gone                  BIGINT,
    refusal               VARCHAR,
    trouble               VARCHAR,
    receipt_id            VARCHAR,
    decided_at            TIMESTAMPTZ,
    changed_meanwhile     BOOLEAN
);

-- The current facts, one row for each send. There are no foreign keys: in DuckDB, updates of
-- referenced rows can fail without a reason. There are no secondary indexes: in DuckDB, updates of
-- indexed columns take ten times as long. Rows are loaded in order of scheduled_at, so that zone
-- maps serve as an index.
CREATE TABLE configurations (
    id                    VARCHAR PRIMARY KEY,
    name                  VARCHAR NOT NULL,
    campaign              VARCHAR NOT NULL,
    channel               VARCHAR NOT NULL,
    account               VARCHAR NOT NULL,
    audience              VARCHAR NOT NULL,
    created_by            VARCHAR NOT NULL,
    state                 VARCHAR NOT NULL,
    raw_state             VARCHAR NOT NULL,
    total_records         BIGINT NOT NULL,
    generated_records     BIGINT,
    scheduled_at          TIMESTAMPTZ NOT NULL,
    processing_started_at TIMESTAMPTZ,
    in_progress_at        TIMESTAMPTZ,
    generation_started_at TIMESTAMPTZ,
    finished_at           TIMESTAMPTZ,
    updated_at            TIMESTAMPTZ,
    version               BIGINT NOT NULL,
    -- A search compares this text: lower case, without accents, equal on both engines.
    search_text           VARCHAR NOT NULL
);

-- Each change of a send with its source. A generated batch is a change too.
CREATE TABLE state_changes (
    configuration_id  VARCHAR NOT NULL,
    changed_at        TIMESTAMPTZ NOT NULL,
    from_state        VARCHAR,
    to_state          VARCHAR NOT NULL,
    generated_records BIGINT,
    version           BIGINT NOT NULL,
    source            VARCHAR NOT NULL,
    actor             VARCHAR NOT NULL,
    receipt_id        VARCHAR
);

-- Attempts to abort, accepted and refused.
CREATE TABLE receipts (
    id                 VARCHAR NOT NULL,
    configuration_id   VARCHAR NOT NULL,
    configuration_name VARCHAR NOT NULL,
    account            VARCHAR NOT NULL,
    requested_at       TIMESTAMPTZ NOT NULL,
    actor              VARCHAR NOT NULL,
    verdict            VARCHAR NOT NULL,
    refusal            VARCHAR,
    state_before       VARCHAR NOT NULL,
    state_after        VARCHAR NOT NULL,
    total_records      BIGINT NOT NULL,
    generated_records  BIGINT,
    spared             BIGINT,
    gone               BIGINT,
    reason             VARCHAR NOT NULL,
    note               VARCHAR NOT NULL,
    facts_at           TIMESTAMPTZ,
    confirmation       VARCHAR NOT NULL,
    confirmed_at       TIMESTAMPTZ
);

CREATE TABLE imports (
    id              VARCHAR NOT NULL,
    name            VARCHAR NOT NULL,
    loaded_at       TIMESTAMPTZ NOT NULL,
    actor           VARCHAR NOT NULL,
    rows_new        BIGINT NOT NULL,
    rows_changed    BIGINT NOT NULL,
    rows_unchanged  BIGINT NOT NULL,
    rows_stale      BIGINT NOT NULL,
    rows_held       BIGINT NOT NULL,
    rows_rejected   BIGINT NOT NULL
);

-- Rows that could not be read: their line, their text, and the reason (a text template and its
-- values).
CREATE TABLE import_rejects (
    import_id   VARCHAR NOT NULL,
    line        BIGINT NOT NULL,
    raw         VARCHAR NOT NULL,
    column_name VARCHAR NOT NULL,
    template    VARCHAR NOT NULL,
    details     VARCHAR NOT NULL
);

-- Facts about the store itself, such as the origin of its data.
CREATE TABLE store_facts (
    name  VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);

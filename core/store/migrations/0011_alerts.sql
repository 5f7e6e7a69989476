-- Alerts. The key ensures that each event is stored once.
CREATE TABLE alerts (
    event            VARCHAR PRIMARY KEY,
    kind             VARCHAR NOT NULL,
    happens_at       TIMESTAMPTZ NOT NULL,
    configuration_id VARCHAR NOT NULL,
    name             VARCHAR NOT NULL,
    recipients       BIGINT NOT NULL,
    raised_at        TIMESTAMPTZ NOT NULL
);

-- Which alerts were sent to which service, and when. `service` is a hash of its address.
CREATE TABLE alert_tellings (
    event   VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    kind    VARCHAR NOT NULL,
    told_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (event, service)
);

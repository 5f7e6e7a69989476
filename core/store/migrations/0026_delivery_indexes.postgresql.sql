-- The worker reads open deliveries twice a second; pages read the deliveries of some sends.
CREATE INDEX deliveries_open ON deliveries (queued_at) WHERE ended_at IS NULL;
CREATE INDEX deliveries_of_send ON deliveries (configuration_id);

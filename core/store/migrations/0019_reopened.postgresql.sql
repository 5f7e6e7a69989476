-- Few sends are ever reopened or in doubt.
CREATE INDEX configurations_reopened ON configurations (reopened_at)
    WHERE reopened_at IS NOT NULL;
CREATE INDEX configurations_doubted ON configurations (id) WHERE doubted_since IS NOT NULL;

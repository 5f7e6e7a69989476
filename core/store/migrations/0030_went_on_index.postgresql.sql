-- Few sends ever go on after an abort. Lists of a state also read this index.
CREATE INDEX configurations_went_on ON configurations (went_on_as, scheduled_at, id)
    WHERE went_on_as IS NOT NULL;

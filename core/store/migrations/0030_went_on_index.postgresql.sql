-- A list of one state also has the sends that went on after an abort in this state. There are few
-- such sends, so this index is small.
CREATE INDEX configurations_went_on ON configurations (went_on_as, scheduled_at, id)
    WHERE went_on_as IS NOT NULL;

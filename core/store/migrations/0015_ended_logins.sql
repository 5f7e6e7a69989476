-- Logins that somebody has ended, whose cookies other tabs and browsers may still have. A login is a
-- hash of the claims that tell it from all others.
CREATE TABLE ended_logins (
    login    VARCHAR PRIMARY KEY,
    ended_at TIMESTAMPTZ NOT NULL
);

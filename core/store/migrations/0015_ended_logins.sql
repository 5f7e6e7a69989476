-- Logins that a person has ended. Other tabs and browsers may still have their cookies. `login` is
-- a hash of the claims that identify the login.
CREATE TABLE ended_logins (
    login    VARCHAR PRIMARY KEY,
    ended_at TIMESTAMPTZ NOT NULL
);

-- Where a company's events are posted to (R30).

-- name: add
-- Keeps a new one; the events before it are not its.
INSERT INTO webhooks (id, company, url_sealed, kinds, secret_sealed, from_seq, created_at)
VALUES (:id, :company, :url_sealed, :kinds, :secret_sealed, :from_seq, :now);

-- name: load
-- One webhook.
SELECT * FROM webhooks WHERE id = :id;

-- name: every
-- All of them, or a company's, the oldest first.
SELECT * FROM webhooks WHERE CAST(:company AS TEXT) IS NULL OR company = :company ORDER BY created_at, id;

-- name: posted_to
-- Those that events are posted to, without what is sealed of them.
SELECT id, company, kinds, from_seq FROM webhooks WHERE disabled_at IS NULL;

-- name: rotate
-- Gives a new secret; the old one signs beside it until its time is over.
UPDATE webhooks SET old_secret_sealed = secret_sealed, old_until = :old_until, secret_sealed = :secret_sealed
WHERE id = :id;

-- name: disable
-- Posts nothing more to it.
UPDATE webhooks SET disabled_at = :now, disabled_why = :why WHERE id = :id AND disabled_at IS NULL;

-- name: enable
-- Posts to it again what comes from now on.
UPDATE webhooks SET disabled_at = NULL, disabled_why = NULL, from_seq = :from_seq
WHERE id = :id AND disabled_at IS NOT NULL;

-- name: cursor
-- Up to which event jobs were made.
SELECT value FROM counters WHERE name = :name;

-- name: move_cursor
-- Jobs were made up to an event; never back.
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE counters.value < excluded.value;

-- name: events_after
-- The next events, without what is sealed of them.
SELECT seq, id, kind, company FROM events WHERE seq > :after ORDER BY seq LIMIT :most;

-- name: alarmed
-- Notes that people were told, unless they were in this time; tells which by the count.
INSERT INTO reminders (key, at) VALUES (:key, :now) ON CONFLICT (key) DO NOTHING;

-- What became of the SMS that gateways took.

-- name: taken
-- Keeps that a message was taken; where its receipt came first, or it was taken before, the row is completed.
INSERT INTO sms_sent (gateway, message_id, job, company, notice, sent_at, state, error, state_at)
VALUES (:gateway, :message_id, :job, :company, :notice, :now, 'taken', NULL, :now)
ON CONFLICT (gateway, message_id) DO UPDATE SET job = excluded.job, company = excluded.company, notice = excluded.notice
RETURNING state;

-- name: told
-- Takes a receipt that is news; without the message's row, one without a job waits for it.
INSERT INTO sms_sent (gateway, message_id, job, company, notice, sent_at, state, error, state_at)
VALUES (:gateway, :message_id, '', NULL, NULL, :at, :state, :error, :at)
ON CONFLICT (gateway, message_id) DO UPDATE SET state = excluded.state, error = excluded.error, state_at = excluded.state_at
WHERE sms_sent.state = 'taken' OR (excluded.state = 'delivered' AND sms_sent.state <> 'delivered')
RETURNING notice;

-- name: state
-- How it stands with one message.
SELECT state, error FROM sms_sent WHERE gateway = :gateway AND message_id = :message_id;

-- name: untold
-- Notices whose receipt has not come for long.
SELECT gateway, message_id FROM sms_sent
WHERE sent_at <= :before AND state = 'taken' AND notice IS NOT NULL ORDER BY sent_at LIMIT :most;

-- name: counts
-- How messages stand, by gateway.
SELECT gateway, state, COUNT(*) AS messages FROM sms_sent
WHERE sent_at > :since AND job <> '' GROUP BY gateway, state ORDER BY gateway, state;

-- name: sweep
-- Forgets messages, and earlier what was told of messages that are not ours; the row itself is asked again, as one that
-- became ours meanwhile stays (retention.sql).
DELETE FROM sms_sent WHERE (gateway, message_id) IN (
  SELECT gateway, message_id FROM sms_sent
  WHERE sent_at <= :before OR (job = '' AND sent_at <= :strangers_before) LIMIT :most
) AND (sent_at <= :before OR (job = '' AND sent_at <= :strangers_before));

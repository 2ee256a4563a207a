-- How the SMS gateways are doing, as the workers say.

-- name: say
-- Keeps what a worker finds of a gateway.
INSERT INTO sms_health (worker, gateway, failing_since, said_at) VALUES (:worker, :gateway, :failing_since, :now)
ON CONFLICT (worker, gateway) DO UPDATE SET failing_since = excluded.failing_since, said_at = excluded.said_at;

-- name: leave
-- Forgets what a worker said.
DELETE FROM sms_health WHERE worker = :worker;

-- name: forget_old
-- Forgets what workers said that are gone.
DELETE FROM sms_health WHERE said_at <= :before;

-- name: together
-- How many workers speak, how many of them have a gateway, and since when the last of the others has none.
SELECT COUNT(*) AS workers, COUNT(*) - COUNT(failing_since) AS well, MAX(failing_since) AS since
FROM sms_health WHERE gateway = '' AND said_at > :after;

-- name: said
-- The same for each gateway.
SELECT gateway, COUNT(*) AS workers, COUNT(*) - COUNT(failing_since) AS well, MIN(failing_since) AS since
FROM sms_health WHERE gateway <> '' AND said_at > :after GROUP BY gateway ORDER BY gateway;

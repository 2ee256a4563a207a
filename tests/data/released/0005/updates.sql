-- Updates of Telegram: kept when they come, handled once, in order within their chat.

-- name: keep
-- Keeps an update; one that came before changes nothing.
INSERT INTO updates (bot, update_id, chat_hash, payload_sealed, state, received_at)
VALUES (:bot, :update_id, :chat_hash, :payload, :state, :now)
ON CONFLICT (bot, update_id) DO NOTHING
RETURNING update_id;

-- name: finish
-- Ends an update that waits and that no earlier one of its chat waits before; what it said is erased (R29).
UPDATE updates SET state = :state, payload_sealed = ''
WHERE bot = :bot AND update_id = :update_id AND state = 'ready' AND NOT EXISTS (
  SELECT 1 FROM updates AS earlier
  WHERE earlier.bot = updates.bot AND earlier.chat_hash = updates.chat_hash AND earlier.state = 'ready'
    AND earlier.update_id < updates.update_id
)
RETURNING update_id;

-- name: failed
-- Counts a failure to handle an update.
UPDATE updates SET failures = failures + 1 WHERE bot = :bot AND update_id = :update_id AND state = 'ready'
RETURNING failures;

-- name: ready
-- The ids of a bot's updates that wait, in the order of the index of those: the handled ones are many.
SELECT update_id FROM updates WHERE bot = :bot AND state = 'ready' ORDER BY chat_hash, update_id;

-- name: read
-- An update that waits.
SELECT update_id, payload_sealed FROM updates WHERE bot = :bot AND update_id = :update_id AND state = 'ready';

-- name: waits
-- An update, if it was not ended yet.
SELECT update_id FROM updates WHERE bot = :bot AND update_id = :update_id AND state = 'ready';

-- name: newest
-- The highest id that came to a bot.
SELECT MAX(update_id) AS update_id FROM updates WHERE bot = :bot;

-- name: waiting
-- How many updates wait.
SELECT COUNT(*) AS updates FROM updates WHERE state = 'ready';

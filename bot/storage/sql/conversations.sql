-- Conversations, their messages, and which incoming messages were taken.

-- name: take
-- Locks the conversation of an address, making it where there is none: the first statement of every turn. Whoever
-- writes can be written to again.
INSERT INTO conversations
  (id, channel, address_hash, address_sealed, version, last_seq, state, created_at, last_at)
VALUES (:id, :channel, :address_hash, :address_sealed, 1, 0, 'open', :now, :now)
ON CONFLICT (channel, address_hash) DO UPDATE SET version = conversations.version + 1, blocked_at = NULL
RETURNING id, version, last_seq, form_sealed, last_at, proven;

-- name: taken
-- Which messages answered an incoming one that was taken before.
SELECT first_seq, last_seq FROM inbox WHERE conversation = :conversation AND message_id = :message_id;

-- name: note_taken
-- Notes that an incoming message was taken, and which messages answered it.
INSERT INTO inbox (conversation, message_id, first_seq, last_seq, at)
VALUES (:conversation, :message_id, :first_seq, :last_seq, :now);

-- name: add_message
-- Adds one message to a conversation.
INSERT INTO messages (conversation, seq, sender, body_sealed, at)
VALUES (:conversation, :seq, :sender, :body_sealed, :now);

-- name: keep
-- Keeps the dialogue's state at the end of a turn.
UPDATE conversations SET last_seq = :last_seq, state = :state, form_sealed = :form_sealed, company = :company,
  proven = :proven, last_at = :now
WHERE id = :id;

-- name: next_seq
-- Takes the next number for a message that somebody else than the customer writes.
UPDATE conversations SET version = version + 1, last_seq = last_seq + 1 WHERE id = :id AND address_sealed <> ''
RETURNING last_seq, last_at, channel, address_sealed, blocked_at;

-- name: lock
-- Locks a conversation that is there.
UPDATE conversations SET version = version + 1 WHERE id = :id
RETURNING id, version, last_seq, form_sealed, last_at, proven;

-- name: find
-- Finds the conversation of an address, without locking it.
SELECT id, last_seq, last_at, state FROM conversations WHERE channel = :channel AND address_hash = :address_hash;

-- name: block
-- Notes that nothing reaches the person of an address; the first time stays.
UPDATE conversations SET blocked_at = COALESCE(blocked_at, :now)
WHERE channel = :channel AND address_hash = :address_hash;

-- name: unblock
-- Notes that the person of an address can be reached.
UPDATE conversations SET blocked_at = NULL
WHERE channel = :channel AND address_hash = :address_hash AND blocked_at IS NOT NULL;

-- name: messages
-- Messages of a conversation after a number, in order.
SELECT seq, sender, body_sealed, at FROM messages
WHERE conversation = :conversation AND seq > :after ORDER BY seq LIMIT :most;

-- name: last_reply
-- The last message of an address's conversation that its person did not write.
SELECT c.id, c.state, m.seq, m.sender, m.body_sealed, m.at
FROM conversations AS c JOIN messages AS m ON m.conversation = c.id
WHERE c.channel = :channel AND c.address_hash = :address_hash AND m.sender <> 'you'
ORDER BY m.seq DESC LIMIT 1;

-- name: look
-- The conversation of an address as it stands, without locking it.
SELECT id, version, last_seq, form_sealed, last_at, proven FROM conversations
WHERE channel = :channel AND address_hash = :address_hash;

-- name: stand
-- How far some conversations are, by their ids (fifty at a time, fewer are filled up): who listens to them asks often,
-- and a look must cost the same however many messages there are. One that was forgotten is not among them.
SELECT id, last_seq FROM conversations WHERE address_sealed <> '' AND id IN (
  :c00, :c01, :c02, :c03, :c04, :c05, :c06, :c07, :c08, :c09, :c10, :c11, :c12, :c13, :c14, :c15, :c16, :c17,
  :c18, :c19, :c20, :c21, :c22, :c23, :c24, :c25, :c26, :c27, :c28, :c29, :c30, :c31, :c32, :c33, :c34, :c35,
  :c36, :c37, :c38, :c39, :c40, :c41, :c42, :c43, :c44, :c45, :c46, :c47, :c48, :c49
);

-- name: forget
-- Whom a conversation was with, and what was under way: whoever comes back begins a new one.
UPDATE conversations SET address_sealed = '', address_hash = 'erased:' || id, form_sealed = NULL, state = 'open',
  proven = 0
WHERE id = :id;

-- name: forget_messages
-- What was said in a conversation.
DELETE FROM messages WHERE conversation = :id;

-- name: forget_inbox
-- Which messages of a conversation were taken.
DELETE FROM inbox WHERE conversation = :id;

-- name: forget_proofs
-- Who a conversation had proven to be.
DELETE FROM proofs WHERE conversation = :id;

-- name: forget_codes
-- Codes that a conversation asked for are worth nothing any more; what is counted of them stays (R6).
UPDATE challenges SET state = 'dead' WHERE conversation = :id AND state = 'open';

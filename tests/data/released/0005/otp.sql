-- name: nth_latest
-- When the sending was that has `skip` later ones: with skip = most - 1, the cap is reached while it is in the window (R8, R10).
SELECT at FROM sendings WHERE scope = :scope AND key_hash = :key ORDER BY at DESC LIMIT 1 OFFSET :skip;

-- name: note_sending
-- Counts a code that was asked for, or sent.
INSERT INTO sendings (scope, key_hash, at, challenge) VALUES (:scope, :key, :now, :challenge);

-- name: hold_failures
-- Tells the failures and the lock of a key, and keeps others from counting on it until the commit (R5, R6).
INSERT INTO failures (key_hash, company, count, updated_at) VALUES (:key, :company, 0, :now)
ON CONFLICT (key_hash) DO UPDATE SET updated_at = excluded.updated_at
RETURNING locked_until;

-- name: count_failure
-- Counts a wrong code, and locks the key at the last that is allowed; after a lock that ended the row begins anew (R5).
UPDATE failures SET
  count = CASE WHEN locked_until <= :now THEN 1 ELSE count + 1 END,
  told = CASE WHEN locked_until <= :now THEN 0 ELSE told END,
  locked_until = CASE
    WHEN locked_until <= :now THEN NULL
    WHEN locked_until IS NULL AND count + 1 >= :most THEN CAST(:until AS BIGINT)
    ELSE locked_until
  END,
  updated_at = :now
WHERE key_hash = :key
RETURNING count, locked_until;

-- name: forget_failures
-- Ends a row of failures and its lock: a right code, or the DPO (R5).
UPDATE failures SET count = 0, locked_until = NULL, told = 0, updated_at = :now WHERE key_hash = :key AND count > 0;

-- name: tell_once
-- Marks that the owner is told of the lock; changes nothing when that was done before (R5).
UPDATE failures SET told = 1 WHERE key_hash = :key AND told = 0;

-- name: replace
-- Kills the codes that a new one takes the place of: of the same conversation, of the same contact (R8).
UPDATE challenges SET state = 'dead'
WHERE state = 'open' AND ((conversation = :conversation AND company = :company) OR contact_hash = :contact);

-- name: open
-- Opens a challenge; nobody is known yet, so that it is a decoy until the look-up (R11).
INSERT INTO challenges (id, conversation, company, contact_hash, code_hash, state, created_at, expires_at)
VALUES (:id, :conversation, :company, :contact, :code_hash, 'open', :now, :expires_at);

-- name: challenge
-- A challenge, as it stands.
SELECT conversation, company, contact_hash, number_hash, genuine, attempts, state, expires_at FROM challenges WHERE id = :id;

-- name: arm
-- Makes an open challenge genuine, once: its code goes to this number.
UPDATE challenges SET genuine = 1, number_hash = :number, sent_at = :now
WHERE id = :id AND state = 'open' AND expires_at > :now AND attempts < :most AND sent_at IS NULL
RETURNING conversation, expires_at;

-- name: add_subject
-- Names a customer that the number of a challenge belongs to.
INSERT INTO challenge_subjects (challenge, subject) VALUES (:challenge, :subject) ON CONFLICT DO NOTHING;

-- name: subject
-- One of the customers of a challenge.
SELECT subject FROM challenge_subjects WHERE challenge = :challenge ORDER BY subject LIMIT 1;

-- name: disarm_number
-- Takes the worth from the earlier codes of a number. They stay open: dying would show whose number it is (R8, R11).
UPDATE challenges SET genuine = 0 WHERE number_hash = :number AND state = 'open' AND id <> :challenge;

-- name: disarm_customer
-- Takes the worth from the codes under way for a customer, whatever was typed for them (R18).
UPDATE challenges SET genuine = 0 WHERE state = 'open' AND id IN (
  SELECT challenge_subjects.challenge FROM challenge_subjects
  JOIN subjects ON subjects.id = challenge_subjects.subject
  WHERE subjects.company = :company AND subjects.customer_hash = :customer
);

-- name: count_attempt
-- Counts an attempt before anything is compared (R4); nothing comes back when the challenge is over. One of a time
-- that is still to come was opened before the clock was set back, and would live longer than it may (R2).
UPDATE challenges SET attempts = attempts + 1
WHERE id = :id AND state = 'open' AND created_at <= :now AND expires_at > :now AND attempts < :most
RETURNING attempts, code_hash, genuine, number_hash;

-- name: use
-- Uses a code up; whoever comes second gets nothing (R3). `expires_at` then says until when an account may be picked.
UPDATE challenges SET state = 'used', expires_at = :until WHERE id = :id AND state = 'open' RETURNING id;

-- name: kill_of_conversation
-- Kills the codes under way of a conversation (R18).
UPDATE challenges SET state = 'dead' WHERE state = 'open' AND conversation = :conversation;

-- name: kill_of_contact
-- Kills the codes under way of a contact, in whatever conversation (R18).
UPDATE challenges SET state = 'dead' WHERE state = 'open' AND contact_hash = :contact;

-- name: redeemed
-- Of a company's last codes that were sent and are over: how many, and how many of them were redeemed (R10).
SELECT COUNT(*) AS sent, COUNT(CASE WHEN last.state = 'used' THEN 1 END) AS redeemed FROM (
  SELECT state FROM challenges
  WHERE company = :company AND sent_at IS NOT NULL AND (state <> 'open' OR expires_at <= :now)
  ORDER BY created_at DESC, id DESC LIMIT :most
) AS last;

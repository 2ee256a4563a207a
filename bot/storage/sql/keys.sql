-- Replacing a root secret (docs/keys.md): which keys there are and who uses them, look-ups that move, what is sealed
-- anew. Every table is read in the order of its key, page by page.

-- name: every
-- The keys, the oldest first.
SELECT id, state, since, case_file_key, kept_sealed, changed_at FROM keys ORDER BY since, id;

-- name: found
-- Notes the first key of a database.
INSERT INTO keys (id, state, since, case_file_key) VALUES (:id, 'current', :now, :case_file_key)
ON CONFLICT (id) DO NOTHING;

-- name: forget_first
-- The first key of a database, in which nothing was sealed.
DELETE FROM keys;

-- name: stand_still
-- Changes nothing: until the transaction ends no other key becomes the current one.
UPDATE keys SET state = state WHERE state = 'current'
RETURNING id;

-- name: leave
-- The current key is to be left for another.
UPDATE keys SET state = 'leaving', changed_at = NULL WHERE state = 'current' AND id <> :id
RETURNING id;

-- name: enter
-- Makes a key the current one.
INSERT INTO keys (id, state, since, case_file_key, kept_sealed)
VALUES (:id, 'current', :now, :case_file_key, :kept_sealed)
ON CONFLICT (id) DO UPDATE SET state = 'current', since = excluded.since, kept_sealed = excluded.kept_sealed,
  changed_at = NULL;

-- name: changed
-- Notes when all that stood under a key that is left was done anew; the last time counts.
UPDATE keys SET changed_at = :now WHERE state = 'leaving';

-- name: gone
-- Nothing stands any more under the keys that were left.
UPDATE keys SET state = 'gone', kept_sealed = NULL WHERE state = 'leaving';

-- name: hold
-- Tells that a process is there, and which keys it uses.
INSERT INTO key_holders (holder, current, other, until) VALUES (:holder, :current, :other, :until)
ON CONFLICT (holder) DO UPDATE SET current = excluded.current, other = excluded.other, until = excluded.until;

-- name: let_go
-- A process ends.
DELETE FROM key_holders WHERE holder = :holder;

-- name: sweep_holders
-- Processes that ended without a word.
DELETE FROM key_holders WHERE until <= :now;

-- name: holders
-- The processes that are there.
SELECT holder, current, other FROM key_holders WHERE until > :now ORDER BY holder;

-- name: lock
-- Locks a look-up until the transaction ends, whether anything stands under it or not, and tells where it went.
INSERT INTO key_moves (hash, moved) VALUES (:hash, '')
ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash
RETURNING moved;

-- name: went
-- Where a look-up went.
SELECT moved FROM key_moves WHERE hash = :hash;

-- name: note_move
-- Notes where a locked look-up went; '' is here.
UPDATE key_moves SET moved = :moved WHERE hash = :hash;

-- name: settle
-- Changes nothing: the look-up that is named here is settled first.
SELECT moved FROM key_moves WHERE hash = :address_hash;

-- name: forget_moves
-- Where look-ups went, when all did.
DELETE FROM key_moves;

-- name: move_address
-- Puts the conversation of an address under another look-up.
UPDATE conversations SET address_hash = :new
WHERE channel = :within AND address_hash = :old
  AND NOT EXISTS (SELECT 1 FROM conversations AS c WHERE c.channel = :within AND c.address_hash = :new);

-- name: move_customer
-- Puts a customer under another look-up.
UPDATE subjects SET customer_hash = :new
WHERE company = :within AND customer_hash = :old
  AND NOT EXISTS (SELECT 1 FROM subjects AS s WHERE s.company = :within AND s.customer_hash = :new);

-- name: numbers_under
-- Whose file a number stands on, under a look-up.
SELECT subject, number_sealed FROM numbers WHERE company = :within AND number_hash = :old ORDER BY subject;

-- name: move_number
-- Puts a number under another look-up, sealed for that place.
UPDATE numbers SET number_hash = :new, number_sealed = :sealed WHERE subject = :subject AND number_hash = :old;

-- name: move_challenge_number
-- Puts the codes that went to a number under another look-up.
UPDATE challenges SET number_hash = :new WHERE number_hash = :old;

-- name: move_proofs
-- Puts the proofs that rest on a number under another look-up.
UPDATE proofs SET number_hash = :new WHERE number_hash = :old;

-- name: move_grants
-- Puts the grants that rest on a number under another look-up.
UPDATE answer_links SET grant_number = :new WHERE grant_number = :old;

-- name: move_challenge_contact
-- Puts the codes that a contact asked for under another look-up.
UPDATE challenges SET contact_hash = :new WHERE contact_hash = :old;

-- name: move_suppressions
-- Puts what a contact suppressed under another look-up.
UPDATE suppressions SET contact_hash = :new WHERE company = :within AND contact_hash = :old;

-- name: move_sendings
-- Puts what is counted of codes that were sent under another look-up (R8).
UPDATE sendings SET key_hash = :new
WHERE scope IN ('contact', 'number', 'company', 'foreign', 'conversation') AND key_hash = :old;

-- name: move_failures
-- Puts what is counted of wrong codes, and the lock, under another look-up (R5).
UPDATE failures SET key_hash = :new
WHERE key_hash = :old AND NOT EXISTS (SELECT 1 FROM failures AS f WHERE f.key_hash = :new);

-- name: failures_under
-- What is counted under a look-up.
SELECT count, locked_until, told FROM failures WHERE key_hash = :old;

-- name: join_failures
-- Adds to what is counted under a look-up what was counted under another: the stricter of each holds (R5).
UPDATE failures SET
  count = CASE WHEN count < :count THEN :count ELSE count END,
  locked_until = CASE WHEN COALESCE(locked_until, 0) < CAST(:locked_until AS BIGINT)
    THEN CAST(:locked_until AS BIGINT) ELSE locked_until END,
  told = CASE WHEN told < :told THEN :told ELSE told END
WHERE key_hash = :new;

-- name: drop_failures
-- Drops what was counted under a look-up and stands under another now.
DELETE FROM failures WHERE key_hash = :old;

-- name: move_order
-- Puts jobs that are not over behind those of another ordering key.
UPDATE jobs SET ordering_key = :new WHERE ordering_key = :old AND state IN ('ready', 'dead');

-- name: move_updates
-- Puts the updates of a chat that wait under another look-up.
UPDATE updates SET chat_hash = :new WHERE bot = :within AND chat_hash = :old AND state = 'ready';

-- name: dying
-- What was counted, sent and asked for before a time, which nothing but its own end takes away.
SELECT
  (SELECT COUNT(*) FROM failures WHERE updated_at < :before AND (count > 0 OR locked_until IS NOT NULL)) AS failures,
  (SELECT COUNT(*) FROM sendings WHERE at < :before AND scope IN ('contact', 'number')) AS sendings,
  (SELECT COUNT(*) FROM challenges WHERE created_at < :before) AS challenges,
  (SELECT COUNT(*) FROM updates WHERE received_at < :before AND state = 'ready') AS updates,
  (SELECT COUNT(*) FROM jobs
   WHERE created_at < :before AND state = 'ready' AND kind IN ('directory.lookup', 'telegram.call')) AS jobs;

-- name: page_conversations
-- A page of what is sealed in conversations.
SELECT id, channel, address_hash, address_sealed, form_sealed FROM conversations
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_conversations_address
-- Replaces a sealed text of conversations that nobody changed meanwhile.
UPDATE conversations SET address_sealed = :new WHERE id = :id AND address_sealed = :old;

-- name: put_conversations_form
-- Replaces a sealed text of conversations that nobody changed meanwhile.
UPDATE conversations SET form_sealed = :new WHERE id = :id AND form_sealed = :old;

-- name: page_messages
-- A page of what is sealed in messages.
SELECT conversation, seq, body_sealed FROM messages
WHERE (conversation, seq) > (:conversation, :seq) ORDER BY conversation, seq LIMIT :most;

-- name: put_messages_body
-- Replaces a sealed text of messages that nobody changed meanwhile.
UPDATE messages SET body_sealed = :new WHERE conversation = :conversation AND seq = :seq AND body_sealed = :old;

-- name: page_subjects
-- A page of what is sealed in subjects.
SELECT id, company, customer_hash, customer_sealed, name_sealed FROM subjects
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_subjects_customer
-- Replaces a sealed text of subjects that nobody changed meanwhile.
UPDATE subjects SET customer_sealed = :new WHERE id = :id AND customer_sealed = :old;

-- name: put_subjects_name
-- Replaces a sealed text of subjects that nobody changed meanwhile.
UPDATE subjects SET name_sealed = :new WHERE id = :id AND name_sealed = :old;

-- name: page_numbers
-- A page of what is sealed in numbers.
SELECT subject, number_hash, company, number_sealed FROM numbers
WHERE (subject, number_hash) > (:subject, :number_hash) ORDER BY subject, number_hash LIMIT :most;

-- name: put_numbers_number
-- Replaces a sealed text of numbers that nobody changed meanwhile.
UPDATE numbers SET number_sealed = :new WHERE subject = :subject AND number_hash = :number_hash AND number_sealed = :old;

-- name: page_suppressions
-- A page of what is sealed in suppressions.
SELECT id, company, contact_hash, contact_sealed FROM suppressions
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_suppressions_contact
-- Replaces a sealed text of suppressions that nobody changed meanwhile.
UPDATE suppressions SET contact_sealed = :new WHERE id = :id AND contact_sealed = :old;

-- name: page_receipts
-- A page of what is sealed in receipts.
SELECT reference, record_sealed FROM receipts
WHERE reference > :reference ORDER BY reference LIMIT :most;

-- name: put_receipts_record
-- Replaces a sealed text of receipts that nobody changed meanwhile.
UPDATE receipts SET record_sealed = :new WHERE reference = :reference AND record_sealed = :old;

-- name: page_events
-- A page of what is sealed in events.
SELECT seq, id, body_sealed FROM events
WHERE seq > :seq ORDER BY seq LIMIT :most;

-- name: put_events_body
-- Replaces a sealed text of events that nobody changed meanwhile.
UPDATE events SET body_sealed = :new WHERE seq = :seq AND body_sealed = :old;

-- name: page_requests
-- A page of what is sealed in requests.
SELECT reference, body_sealed, address_sealed FROM requests
WHERE reference > :reference ORDER BY reference LIMIT :most;

-- name: put_requests_body
-- Replaces a sealed text of requests that nobody changed meanwhile.
UPDATE requests SET body_sealed = :new WHERE reference = :reference AND body_sealed = :old;

-- name: put_requests_address
-- Replaces a sealed text of requests that nobody changed meanwhile.
UPDATE requests SET address_sealed = :new WHERE reference = :reference AND address_sealed = :old;

-- name: page_request_events
-- A page of what is sealed in request_events.
SELECT reference, seq, body_sealed FROM request_events
WHERE (reference, seq) > (:reference, :seq) ORDER BY reference, seq LIMIT :most;

-- name: put_request_events_body
-- Replaces a sealed text of request_events that nobody changed meanwhile.
UPDATE request_events SET body_sealed = :new WHERE reference = :reference AND seq = :seq AND body_sealed = :old;

-- name: page_notices
-- A page of what is sealed in notices.
SELECT id, body_sealed FROM notices
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_notices_body
-- Replaces a sealed text of notices that nobody changed meanwhile.
UPDATE notices SET body_sealed = :new WHERE id = :id AND body_sealed = :old;

-- name: page_escalations
-- A page of what is sealed in escalations.
SELECT id, body_sealed FROM escalations
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_escalations_body
-- Replaces a sealed text of escalations that nobody changed meanwhile.
UPDATE escalations SET body_sealed = :new WHERE id = :id AND body_sealed = :old;

-- name: page_jobs
-- A page of what is sealed in jobs.
SELECT id, payload_sealed FROM jobs
WHERE id > :id AND payload_sealed <> '' ORDER BY id LIMIT :most;

-- name: put_jobs_payload
-- Replaces a sealed text of jobs that nobody changed meanwhile.
UPDATE jobs SET payload_sealed = :new WHERE id = :id AND payload_sealed = :old;

-- name: page_answer_files
-- A page of what is sealed in answer_files.
SELECT reference, position, name_sealed FROM answer_files
WHERE (reference, position) > (:reference, :position) ORDER BY reference, position LIMIT :most;

-- name: put_answer_files_name
-- Replaces a sealed text of answer_files that nobody changed meanwhile.
UPDATE answer_files SET name_sealed = :new WHERE reference = :reference AND position = :position AND name_sealed = :old;

-- name: page_answer_parts
-- A page of what is sealed in answer_parts.
SELECT reference, position, part, content_sealed FROM answer_parts
WHERE (reference, position, part) > (:reference, :position, :part) ORDER BY reference, position, part LIMIT :most;

-- name: put_answer_parts_content
-- Replaces a sealed text of answer_parts that nobody changed meanwhile.
UPDATE answer_parts SET content_sealed = :new WHERE reference = :reference AND position = :position AND part = :part AND content_sealed = :old;

-- name: page_updates
-- A page of what is sealed in updates.
SELECT bot, update_id, payload_sealed FROM updates
WHERE (bot, update_id) > (:bot, :update_id) AND payload_sealed <> '' ORDER BY bot, update_id LIMIT :most;

-- name: put_updates_payload
-- Replaces a sealed text of updates that nobody changed meanwhile.
UPDATE updates SET payload_sealed = :new WHERE bot = :bot AND update_id = :update_id AND payload_sealed = :old;

-- name: page_staff
-- A page of what is sealed in staff.
SELECT id, name_sealed, email_sealed, totp_sealed FROM staff
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_staff_name
-- Replaces a sealed text of staff that nobody changed meanwhile.
UPDATE staff SET name_sealed = :new WHERE id = :id AND name_sealed = :old;

-- name: put_staff_email
-- Replaces a sealed text of staff that nobody changed meanwhile.
UPDATE staff SET email_sealed = :new WHERE id = :id AND email_sealed = :old;

-- name: put_staff_totp
-- Replaces a sealed text of staff that nobody changed meanwhile.
UPDATE staff SET totp_sealed = :new WHERE id = :id AND totp_sealed = :old;

-- name: page_submissions
-- A page of what is sealed in submissions.
SELECT scope, key, answer_sealed FROM submissions
WHERE (scope, key) > (:scope, :key) ORDER BY scope, key LIMIT :most;

-- name: put_submissions_answer
-- Replaces a sealed text of submissions that nobody changed meanwhile.
UPDATE submissions SET answer_sealed = :new WHERE scope = :scope AND key = :key AND answer_sealed = :old;

-- name: page_webhooks
-- A page of what is sealed in webhooks.
SELECT id, url_sealed, secret_sealed, old_secret_sealed FROM webhooks
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_webhooks_url
-- Replaces a sealed text of webhooks that nobody changed meanwhile.
UPDATE webhooks SET url_sealed = :new WHERE id = :id AND url_sealed = :old;

-- name: put_webhooks_secret
-- Replaces a sealed text of webhooks that nobody changed meanwhile.
UPDATE webhooks SET secret_sealed = :new WHERE id = :id AND secret_sealed = :old;

-- name: put_webhooks_old_secret
-- Replaces a sealed text of webhooks that nobody changed meanwhile.
UPDATE webhooks SET old_secret_sealed = :new WHERE id = :id AND old_secret_sealed = :old;

-- name: page_kept_parts
-- A page of what is sealed in kept_parts.
SELECT reference, position, body_sealed FROM kept_parts
WHERE (reference, position) > (:reference, :position) ORDER BY reference, position LIMIT :most;

-- name: put_kept_parts_body
-- Replaces a sealed text of kept_parts that nobody changed meanwhile.
UPDATE kept_parts SET body_sealed = :new WHERE reference = :reference AND position = :position AND body_sealed = :old;

-- name: page_keys
-- A page of what is sealed in keys.
SELECT id, kept_sealed FROM keys
WHERE id > :id ORDER BY id LIMIT :most;

-- name: put_keys_kept
-- Replaces a sealed text of keys that nobody changed meanwhile.
UPDATE keys SET kept_sealed = :new WHERE id = :id AND kept_sealed = :old;

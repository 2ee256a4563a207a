-- name: accepted
-- A code that was accepted in this conversation and may still be acted on.
SELECT number_hash FROM challenges
WHERE id = :challenge AND conversation = :conversation AND company = :company
  AND state = 'used' AND genuine = 1 AND expires_at > :now;

-- name: subjects
-- The customers whom a code proves.
SELECT subject FROM challenge_subjects WHERE challenge = :challenge ORDER BY subject;

-- name: begin
-- Begins a proof.
INSERT INTO proofs (id, conversation, company, subject, number_hash, shared, proven_at)
VALUES (:id, :conversation, :company, :subject, :number, :shared, :now);

-- name: live
-- The proof that holds, as long as the number is still on file for the customer (R55).
SELECT proofs.id, proofs.subject, proofs.number_hash, proofs.shared, subjects.relationship
FROM proofs
JOIN subjects ON subjects.id = proofs.subject
JOIN numbers ON numbers.subject = proofs.subject AND numbers.number_hash = proofs.number_hash
WHERE proofs.conversation = :conversation AND proofs.company = :company AND proofs.subject = :subject
  AND proofs.ended_at IS NULL;

-- name: end_of_company
-- Ends what a conversation has proven to one company.
UPDATE proofs SET ended_at = :now
WHERE conversation = :conversation AND company = :company AND ended_at IS NULL
RETURNING company, subject;

-- name: end_of_conversation
-- Ends what a conversation has proven, everywhere (R20).
UPDATE proofs SET ended_at = :now
WHERE conversation = :conversation AND ended_at IS NULL
RETURNING company, subject;

-- name: spend
-- Lets no more accounts be picked with the codes that a conversation redeemed.
UPDATE challenges SET expires_at = :now WHERE conversation = :conversation AND state = 'used' AND expires_at > :now;

-- name: end_of_number
-- Ends every proof that rests on a number (R55).
UPDATE proofs SET ended_at = :now WHERE number_hash = :number AND ended_at IS NULL;

-- name: spend_number
-- Lets no more accounts be picked with codes that went to a number (R55).
UPDATE challenges SET expires_at = :now WHERE number_hash = :number AND state = 'used' AND expires_at > :now;

-- Answers with personal data: their files, the one-time links to them (R43), and their end (R45).

-- name: add_file
-- Attaches a file to a case; its content follows in parts.
INSERT INTO answer_files (reference, position, name_sealed, size, parts, attached_at)
VALUES (:reference, :position, :name_sealed, :size, :parts, :now);

-- name: add_part
-- One part of a file's content.
INSERT INTO answer_parts (reference, position, part, content_sealed) VALUES (:reference, :position, :part, :content_sealed);

-- name: files
-- The files of a case in their order, those that were erased too.
SELECT position, name_sealed, size, parts, erased_at FROM answer_files WHERE reference = :reference ORDER BY position;

-- name: part
-- One part of a file.
SELECT content_sealed FROM answer_parts WHERE reference = :reference AND position = :position AND part = :part;

-- name: drop_links
-- Ends the links of a case that nobody has used up: a new one takes their place.
DELETE FROM answer_links WHERE reference = :reference AND spent_at IS NULL;

-- name: add_link
-- Keeps a new link.
INSERT INTO answer_links (token_hash, reference, company, subject, made_at, expires_at)
VALUES (:token_hash, :reference, :company, :subject, :now, :expires_at);

-- name: link
-- A link, as it stands.
SELECT token_hash, reference, company, subject, expires_at, challenge, grant_hash, grant_until, grant_number, fetched, spent_at
FROM answer_links WHERE token_hash = :token_hash;

-- name: hold_link
-- Holds a link until the transaction ends, so that what is read of it next stays true.
UPDATE answer_links SET fetched = fetched WHERE token_hash = :token_hash;

-- name: set_challenge
-- Notes the code that is under way for a link.
UPDATE answer_links SET challenge = :challenge WHERE token_hash = :token_hash;

-- name: grant
-- Lets whoever has the grant download, once the code was right; the grant before it ends.
UPDATE answer_links
SET challenge = NULL, grant_hash = :grant_hash, grant_until = :grant_until, grant_number = :number
WHERE token_hash = :token_hash AND spent_at IS NULL;

-- name: fetched
-- Notes that a file was sent whole; with the last of them the link is spent.
UPDATE answer_links SET
  fetched = fetched | CAST(:file AS BIGINT),
  spent_at = CASE WHEN (fetched | CAST(:file AS BIGINT)) = :every THEN COALESCE(spent_at, CAST(:now AS BIGINT)) ELSE spent_at END
WHERE token_hash = :token_hash
RETURNING spent_at;

-- name: sweep_links
-- Links whose life is over, and those used up whose grant is over.
DELETE FROM answer_links WHERE token_hash IN (
  SELECT token_hash FROM answer_links
  WHERE (expires_at <= :now OR spent_at IS NOT NULL) AND COALESCE(grant_until, 0) <= :now LIMIT :most
);

-- name: due_files
-- Cases whose files were there long enough since they were made available, or that end without an answer.
SELECT DISTINCT f.reference FROM answer_files AS f JOIN requests AS r ON r.reference = f.reference
WHERE f.erased_at IS NULL AND (r.closed_at <= :before OR r.state IN ('refused', 'withdrawn'))
ORDER BY f.reference LIMIT :most;

-- name: erase_parts
-- What stood in the files of a case.
DELETE FROM answer_parts WHERE reference = :reference;

-- name: erase_files
-- What the files of a case were called; that there were some stays until the case file goes.
UPDATE answer_files SET name_sealed = '', erased_at = :now WHERE reference = :reference AND erased_at IS NULL;

-- name: delete_files
-- The files of a case whose file is erased.
DELETE FROM answer_files WHERE reference = :reference;

-- name: delete_links
-- The links to them.
DELETE FROM answer_links WHERE reference = :reference;

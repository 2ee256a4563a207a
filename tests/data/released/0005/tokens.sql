-- Tokens of a company's own programs.

-- name: add
-- Keeps a new one, by its HMAC.
INSERT INTO api_tokens (id, name, company, scopes, token_hash, created_at, expires_at)
VALUES (:id, :name, :company, :scopes, :token_hash, :now, :expires_at);

-- name: find
-- The one that a program showed.
SELECT id, name, company, scopes, created_at, expires_at, last_at, revoked_at
FROM api_tokens WHERE token_hash = :token_hash;

-- name: use
-- Notes that it is in use.
UPDATE api_tokens SET last_at = :now WHERE id = :id;

-- name: every
-- All of them, or a company's, the oldest first.
SELECT id, name, company, scopes, created_at, expires_at, last_at, revoked_at
FROM api_tokens WHERE CAST(:company AS TEXT) IS NULL OR company = :company
ORDER BY created_at, id;

-- name: revoke
-- Ends one for good.
UPDATE api_tokens SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL
RETURNING name, company;

-- Sessions of browsers and their tokens (R19, R22).

-- name: begin
-- A new session.
INSERT INTO sessions (id, company, created_at, last_at) VALUES (:id, :company, :now, :now);

-- name: add_token
-- A token of a session.
INSERT INTO session_tokens (token_hash, session, kind, at) VALUES (:token_hash, :session, :kind, :now);

-- name: by_token
-- The session that a token opens.
SELECT s.id, s.company, s.renewal_due, s.last_at, t.kind FROM session_tokens AS t JOIN sessions AS s ON s.id = t.session
WHERE t.token_hash = :token_hash AND s.company = :company AND t.kind <> 'ticket';

-- name: living
-- Which of some tokens still open their session (fifty at a time, fewer are filled up).
SELECT token_hash FROM session_tokens WHERE token_hash IN (
  :t00, :t01, :t02, :t03, :t04, :t05, :t06, :t07, :t08, :t09, :t10, :t11, :t12, :t13, :t14, :t15, :t16, :t17,
  :t18, :t19, :t20, :t21, :t22, :t23, :t24, :t25, :t26, :t27, :t28, :t29, :t30, :t31, :t32, :t33, :t34, :t35,
  :t36, :t37, :t38, :t39, :t40, :t41, :t42, :t43, :t44, :t45, :t46, :t47, :t48, :t49
);

-- name: touch
-- Notes that a session is in use.
UPDATE sessions SET last_at = :now WHERE id = :id;

-- name: drop_others
-- On the first use of a fresh token every other one dies.
DELETE FROM session_tokens WHERE session = :session AND token_hash <> :token_hash;

-- name: make_live
-- A fresh token is the session's from now on, unless another one was used before it.
UPDATE session_tokens SET kind = 'live' WHERE token_hash = :token_hash AND kind = 'fresh';

-- name: renewed
-- The token was replaced.
UPDATE sessions SET renewal_due = 0, renewed = 1, last_at = :now WHERE id = :id;

-- name: renewal_due
-- The token must be replaced.
UPDATE sessions SET renewal_due = 1, last_at = :now WHERE id = :id;

-- name: spend_ticket
-- Exchanges a ticket of a session, once.
DELETE FROM session_tokens
WHERE token_hash = :token_hash AND session = :session AND kind = 'ticket' AND at > :since;

-- name: end
-- The session is over.
DELETE FROM sessions WHERE id = :id;

-- name: end_tokens
-- So are its tokens.
DELETE FROM session_tokens WHERE session = :id;

-- name: sweep
-- Sessions that were not used for too long (R45).
DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE renewed = :renewed AND last_at <= :before ORDER BY last_at LIMIT :most
) AND last_at <= :before;

-- name: sweep_tokens
-- Tokens whose session is over.
DELETE FROM session_tokens WHERE token_hash IN (
  SELECT t.token_hash FROM session_tokens AS t LEFT JOIN sessions AS s ON s.id = t.session
  WHERE s.id IS NULL LIMIT :most
);

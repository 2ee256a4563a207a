-- Accounts of the console and their sessions (R27).

-- name: add
-- Makes an account; its password must be changed first.
INSERT INTO staff (id, login, name_sealed, email_sealed, password_hash, password_once, created_at)
VALUES (:id, :login, :name_sealed, :email_sealed, :password_hash, 1, :now);

-- name: load
-- One account.
SELECT * FROM staff WHERE id = :id;

-- name: by_login
-- The account of a login.
SELECT * FROM staff WHERE login = :login;

-- name: every
-- All accounts.
SELECT * FROM staff ORDER BY login;

-- name: roles
-- What an account is at which company.
SELECT company, role FROM staff_roles WHERE staff = :staff ORDER BY company;

-- name: set_role
-- Gives an account a role at a company, instead of the one before.
INSERT INTO staff_roles (staff, company, role) VALUES (:staff, :company, :role)
ON CONFLICT (staff, company) DO UPDATE SET role = excluded.role;

-- name: begin_session
-- Begins a session.
INSERT INTO staff_sessions (id, token_hash, staff, stage, device, created_at, last_at)
VALUES (:id, :token_hash, :staff, :stage, :device, :now, :now);

-- name: session
-- The session that a token opens.
SELECT * FROM staff_sessions WHERE token_hash = :token_hash AND stage = :stage;

-- name: touch_session
-- Notes that a session is in use.
UPDATE staff_sessions SET last_at = :now WHERE id = :id;

-- name: sessions_of
-- The sessions of an account that are not over.
SELECT * FROM staff_sessions WHERE staff = :staff AND stage = 'in' AND created_at > :since ORDER BY last_at DESC, id;

-- name: end_session
-- Ends one.
DELETE FROM staff_sessions WHERE id = :id AND staff = :staff;

-- name: end_sessions
-- Ends all of an account.
DELETE FROM staff_sessions WHERE staff = :staff;

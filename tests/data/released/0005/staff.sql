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

-- name: session_there
-- Tells whether a session is there yet.
SELECT id FROM staff_sessions WHERE id = :id AND staff = :staff;

-- name: end_other_sessions
-- Ends all of an account but one.
DELETE FROM staff_sessions WHERE staff = :staff AND id <> :id;

-- name: count_try
-- Counts a try as a failure, unless the account is locked; the row is held until the transaction ends (R27).
UPDATE staff SET failures = failures + 1
WHERE id = :id AND (locked_until IS NULL OR locked_until <= :now)
RETURNING failures;

-- name: lock
-- Locks an account until a time.
UPDATE staff SET locked_until = :until WHERE id = :id;

-- name: forgive_try
-- Takes a try back that was right, with the lock that came with it, if nobody failed after it.
UPDATE staff SET
  locked_until = CASE WHEN failures = :failures THEN NULL ELSE locked_until END,
  failures = failures - 1
WHERE id = :id AND failures > 0;

-- name: clear_failures
-- Begins the count anew.
UPDATE staff SET failures = 0, locked_until = NULL WHERE id = :id AND (failures > 0 OR locked_until IS NOT NULL);

-- name: take_step
-- Takes a time step of the authenticator, none twice (R27).
UPDATE staff SET totp_step = :step WHERE id = :id AND totp_step < :step;

-- name: offer_authenticator
-- Keeps the secret of an authenticator that is to be confirmed.
UPDATE staff SET totp_sealed = :sealed, totp_step = 0 WHERE id = :id AND totp_confirmed_at IS NULL;

-- name: confirm_authenticator
-- Notes that the authenticator showed a right code.
UPDATE staff SET totp_confirmed_at = :now, totp_step = :step WHERE id = :id AND totp_confirmed_at IS NULL;

-- name: drop_authenticator
-- Lets the authenticator be set up anew.
UPDATE staff SET totp_sealed = NULL, totp_confirmed_at = NULL, totp_step = 0 WHERE id = :id;

-- name: set_password
-- Gives an account another password; `once` is 1 where it must be changed at the next sign-in.
UPDATE staff SET password_hash = :password_hash, password_once = :once WHERE id = :id;

-- name: renew_hash
-- Keeps a password's hash made at the cost of today, unless the password was changed meanwhile.
UPDATE staff SET password_hash = :renewed WHERE id = :id AND password_hash = :kept;

-- name: add_recovery_code
-- Keeps a recovery code.
INSERT INTO recovery_codes (staff, code_hash) VALUES (:staff, :code_hash);

-- name: use_recovery_code
-- Uses a recovery code up.
UPDATE recovery_codes SET used_at = :now WHERE staff = :staff AND code_hash = :code_hash AND used_at IS NULL;

-- name: recovery_codes_left
-- How many recovery codes are not used yet.
SELECT COUNT(*) AS codes FROM recovery_codes WHERE staff = :staff AND used_at IS NULL;

-- name: drop_recovery_codes
-- Drops an account's recovery codes.
DELETE FROM recovery_codes WHERE staff = :staff;

-- name: drop_role
-- Takes the role at a company away.
DELETE FROM staff_roles WHERE staff = :staff AND company = :company;

-- name: disable
-- Lets nobody sign in by an account.
UPDATE staff SET disabled_at = :now WHERE id = :id AND disabled_at IS NULL;

-- name: enable
-- Lets the account be used again.
UPDATE staff SET disabled_at = NULL WHERE id = :id AND disabled_at IS NOT NULL;

-- name: set_deputy
-- Notes who stands in, and the last day of that; NULL: nobody.
UPDATE staff SET deputy = :deputy, away_until = :away_until WHERE id = :id;

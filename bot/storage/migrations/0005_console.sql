-- The console and the back office's API: accounts, claims, what was submitted, webhooks, what comes back when due.

-- An account of a person of the company (R27). Its login stands in the audit; name and e-mail are sealed.
CREATE TABLE staff (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,              -- a-z, 0-9, dot and hyphen
  name_sealed TEXT NOT NULL,
  email_sealed TEXT,
  password_hash TEXT NOT NULL,             -- argon2id, PHC string
  password_once BIGINT NOT NULL,           -- 1: given by whoever made the account, to be changed at the first sign-in
  totp_sealed TEXT,
  totp_confirmed_at BIGINT,
  totp_step BIGINT NOT NULL DEFAULT 0,     -- the last time step whose code was taken: none counts twice
  failures BIGINT NOT NULL DEFAULT 0,
  locked_until BIGINT,
  deputy TEXT,                             -- another account's id
  away_until TEXT,                         -- the last day away
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

-- What an account may do at a company: dpo, decider, clerk, reader.
CREATE TABLE staff_roles (
  staff TEXT NOT NULL,
  company TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (staff, company)
);

-- Codes for who lost the authenticator, by HMAC, each used once.
CREATE TABLE recovery_codes (
  staff TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (staff, code_hash)
);

-- A browser's session in the console. `stage`: half (the password was right), in (the second factor too).
CREATE TABLE staff_sessions (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  staff TEXT NOT NULL,
  stage TEXT NOT NULL,
  device TEXT NOT NULL,                    -- browser and system in words, for the list of sessions
  created_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff, created_at);
CREATE INDEX staff_sessions_age ON staff_sessions (created_at);

-- Who works on something just now, so that two people never do unknowingly. `holder` is an account's login or a token's
-- name, `lease_hash` the HMAC of what the API's holder must name.
CREATE TABLE claims (
  reference TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  lease_hash TEXT,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL
);

-- What was submitted once and must not be done again: a form of the console, an Idempotency-Key of the API (R31).
CREATE TABLE submissions (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  answer_sealed TEXT,
  at BIGINT NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX submissions_age ON submissions (at);

-- A company's programs that use the API, by the HMAC of their token.
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  company TEXT NOT NULL,
  scopes TEXT NOT NULL,                    -- JSON list
  token_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  last_at BIGINT,
  revoked_at BIGINT
);

-- Where a company's events are posted to (Standard Webhooks, R30); while a secret is rotated, both sign.
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  url_sealed TEXT NOT NULL,
  kinds TEXT NOT NULL,                     -- JSON list of event types; empty: all
  secret_sealed TEXT NOT NULL,
  old_secret_sealed TEXT,
  old_until BIGINT,
  from_seq BIGINT NOT NULL,                -- events up to this one are not its
  created_at BIGINT NOT NULL,
  disabled_at BIGINT,
  disabled_why TEXT
);

-- What an erasure left, to be erased when its time is over: it comes back into the queue.
CREATE TABLE kept_parts (
  reference TEXT NOT NULL,
  position BIGINT NOT NULL,                -- from 1
  company TEXT NOT NULL,
  body_sealed TEXT NOT NULL,               -- what is kept, and the words of until when
  clause TEXT NOT NULL,
  due_on TEXT NOT NULL,
  done_at BIGINT,
  done_by TEXT,
  PRIMARY KEY (reference, position)
);
CREATE INDEX kept_parts_due ON kept_parts (company, due_on) WHERE done_at IS NULL;

-- What the DPO decided of an answer: approved as it stands, or not to be told. `digest` is of the answer's words.
CREATE TABLE answer_reviews (
  company TEXT NOT NULL,
  topic TEXT NOT NULL,
  digest TEXT NOT NULL,
  decision TEXT NOT NULL,                  -- approved, off, none
  who TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (company, topic)
);

-- Which reminders went out, so that none goes twice: `alarm:<reference>:7`, `digest:<company>:2026-03-05`.
CREATE TABLE reminders (
  key TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
CREATE INDEX reminders_age ON reminders (at);

-- Up to which message the person let the officer read the conversation; NULL: not at all.
ALTER TABLE requests ADD COLUMN shared_to BIGINT;
ALTER TABLE escalations ADD COLUMN shared_to BIGINT;

-- What the log is searched by; each stands in `body`, which the chain holds, too. NULL: written before there were these.
ALTER TABLE audit ADD COLUMN act TEXT;
ALTER TABLE audit ADD COLUMN company TEXT;
ALTER TABLE audit ADD COLUMN reference TEXT;
ALTER TABLE audit ADD COLUMN who TEXT;
CREATE INDEX audit_by_reference ON audit (reference, at) WHERE reference IS NOT NULL;
CREATE INDEX audit_by_company ON audit (company, at);
CREATE INDEX audit_by_who ON audit (who, at) WHERE who IS NOT NULL;
CREATE INDEX audit_unindexed ON audit (at) WHERE act IS NULL;

-- The queue, in its order, without what is closed.
CREATE INDEX requests_queue ON requests (company, COALESCE(extended_to, due_on), received_at, reference)
  WHERE closed_at IS NULL;
CREATE INDEX requests_closed ON requests (company, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX requests_received ON requests (company, received_at);
CREATE INDEX events_waiting ON events (company, at, seq) WHERE acknowledged_at IS NULL;
CREATE INDEX escalations_queue ON escalations (company, at, id) WHERE state = 'open';
CREATE INDEX requests_untaken ON requests (company, COALESCE(extended_to, due_on), received_at, reference)
  WHERE closed_at IS NULL AND taken_by IS NULL;
CREATE INDEX requests_paused ON requests (company, paused_at) WHERE closed_at IS NULL AND paused_at IS NOT NULL;
CREATE INDEX events_waiting_kind ON events (company, kind, at, id) WHERE acknowledged_at IS NULL;

-- The first schema. Portable between SQLite and PostgreSQL: TEXT ids and JSON, BIGINT milliseconds UTC,
-- flags BIGINT 0/1, *_sealed is ciphertext (TEXT, see crypto.py), *_hash an HMAC (hex). Dates are ISO TEXT.

-- One conversation on one channel. `version` is raised first in every turn, which locks the row.
CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  address_hash TEXT NOT NULL,
  address_sealed TEXT NOT NULL,
  company TEXT,
  version BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  state TEXT NOT NULL,
  form_sealed TEXT,
  proven BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  UNIQUE (channel, address_hash)
);
CREATE INDEX conversations_idle ON conversations (proven, last_at);

-- What was said, by `sender` (you, bot, dpo); numbered within its conversation without a gap.
CREATE TABLE messages (
  conversation TEXT NOT NULL,
  seq BIGINT NOT NULL,
  sender TEXT NOT NULL,
  body_sealed TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, seq)
);
CREATE INDEX messages_age ON messages (at);

-- Which incoming messages were taken, and which messages answered them.
CREATE TABLE inbox (
  conversation TEXT NOT NULL,
  message_id TEXT NOT NULL,
  first_seq BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, message_id)
);
CREATE INDEX inbox_age ON inbox (at);

-- A customer of one company, under a random id.
CREATE TABLE subjects (
  id TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  customer_hash TEXT NOT NULL,
  customer_sealed TEXT NOT NULL,
  name_sealed TEXT,
  relationship TEXT NOT NULL,              -- active, ended
  line TEXT NOT NULL,                      -- personal, business
  statistics_restricted BIGINT NOT NULL DEFAULT 0,
  statistics_reference TEXT,
  updated_at BIGINT NOT NULL,
  UNIQUE (company, customer_hash)
);

-- Numbers on file; a number may be several customers', a customer may have several numbers.
CREATE TABLE numbers (
  subject TEXT NOT NULL,
  company TEXT NOT NULL,
  number_hash TEXT NOT NULL,
  number_sealed TEXT NOT NULL,
  position BIGINT NOT NULL,
  sim_changed_on TEXT,
  PRIMARY KEY (subject, number_hash)
);
CREATE INDEX numbers_by_hash ON numbers (company, number_hash);

-- One-time codes. `contact_hash` is what was typed; `number_hash` where the code went (known after the look-up).
CREATE TABLE challenges (
  id TEXT PRIMARY KEY,
  conversation TEXT NOT NULL,
  company TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  number_hash TEXT,
  code_hash TEXT NOT NULL,
  genuine BIGINT NOT NULL DEFAULT 0,
  attempts BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL,                     -- open, used, dead
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  sent_at BIGINT
);
CREATE INDEX challenges_by_contact ON challenges (contact_hash, created_at);
CREATE INDEX challenges_by_number ON challenges (number_hash, created_at);
CREATE INDEX challenges_by_conversation ON challenges (conversation);
CREATE INDEX challenges_age ON challenges (company, created_at);
CREATE TABLE challenge_subjects (
  challenge TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (challenge, subject)
);

-- Wrong codes in a row, by HMAC of company and what identifies the customer (what was typed; the number).
CREATE TABLE failures (
  key_hash TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  count BIGINT NOT NULL,
  locked_until BIGINT,
  told BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL
);

-- Codes asked for, for the caps on sending; `scope` is contact, number, company, foreign.
CREATE TABLE sendings (
  scope TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  at BIGINT NOT NULL,
  challenge TEXT NOT NULL,
  PRIMARY KEY (scope, key_hash, at, challenge)
);

-- Who a conversation has proven to be, per company.
CREATE TABLE proofs (
  id TEXT PRIMARY KEY,
  conversation TEXT NOT NULL,
  company TEXT NOT NULL,
  subject TEXT NOT NULL,
  number_hash TEXT NOT NULL,
  shared BIGINT NOT NULL,                  -- several people share the number
  proven_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX proofs_by_conversation ON proofs (conversation, company);
CREATE INDEX proofs_by_number ON proofs (number_hash);

-- Consent events; the highest `seq` of a subject and purpose holds.
CREATE TABLE consents (
  subject TEXT NOT NULL,
  purpose TEXT NOT NULL,
  seq BIGINT NOT NULL,
  state TEXT NOT NULL,                     -- given, withdrawn, not_given, unknown
  since BIGINT,
  at BIGINT NOT NULL,
  source TEXT NOT NULL,
  reference TEXT,
  PRIMARY KEY (subject, purpose, seq)
);

-- Contacts that get no marketing, proven or not (R54).
CREATE TABLE suppressions (
  id TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  contact_hash TEXT NOT NULL,
  contact_sealed TEXT NOT NULL,
  proven BIGINT NOT NULL,
  reference TEXT NOT NULL,
  at BIGINT NOT NULL,
  lifted_at BIGINT,
  lifted_by TEXT
);
CREATE INDEX suppressions_by_contact ON suppressions (company, contact_hash);

-- What was done for a customer, with the whole record of it (ISO/IEC TS 27560) sealed. Pseudonymous; kept.
CREATE TABLE receipts (
  reference TEXT PRIMARY KEY,
  act TEXT NOT NULL,
  company TEXT NOT NULL,
  subject TEXT,
  conversation TEXT NOT NULL,
  channel TEXT NOT NULL,
  record_sealed TEXT NOT NULL,
  at BIGINT NOT NULL,
  applied_at BIGINT
);
CREATE INDEX receipts_by_subject ON receipts (subject, at);
CREATE INDEX receipts_by_conversation ON receipts (conversation);

-- What the back office must take note of (the event catalogue, docs/backoffice.md); open until acknowledged.
CREATE TABLE events (
  seq BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  company TEXT NOT NULL,
  subject TEXT,
  reference TEXT,
  body_sealed TEXT NOT NULL,
  at BIGINT NOT NULL,
  acknowledged_at BIGINT,
  acknowledged_by TEXT
);
CREATE INDEX events_open ON events (company, acknowledged_at, at);
CREATE INDEX events_by_reference ON events (reference);

-- Requests of data subjects.
CREATE TABLE requests (
  reference TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  proof TEXT NOT NULL,                     -- proven, shared, pending
  subject TEXT,
  conversation TEXT,
  channel TEXT NOT NULL,
  body_sealed TEXT NOT NULL,
  address_sealed TEXT,
  flags TEXT NOT NULL,                     -- JSON list
  received_at BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  due_rule TEXT NOT NULL,
  extended_to TEXT,
  paused_at BIGINT,
  paused_ms BIGINT NOT NULL DEFAULT 0,
  taken_by TEXT,
  second_proof TEXT,
  closed_at BIGINT,
  erased_at BIGINT
);
CREATE INDEX requests_by_subject ON requests (subject, kind, state);
CREATE INDEX requests_by_conversation ON requests (conversation);
CREATE INDEX requests_by_due ON requests (state, due_on);

-- A request's time line.
CREATE TABLE request_events (
  reference TEXT NOT NULL,
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  who TEXT NOT NULL,
  body_sealed TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (reference, seq)
);

-- What goes to the person about a case (R58); `effect` is what takes effect when it was delivered.
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  reference TEXT NOT NULL,
  kind TEXT NOT NULL,
  effect TEXT NOT NULL,                    -- JSON
  body_sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  delivered_at BIGINT,
  delivered_by TEXT                        -- chat, sms, address
);
CREATE INDEX notices_by_reference ON notices (reference);

-- What a person must look at that is no request (yet).
CREATE TABLE escalations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  company TEXT,
  conversation TEXT,
  subject TEXT,
  body_sealed TEXT NOT NULL,
  state TEXT NOT NULL,                     -- open, closed, converted
  reference TEXT,
  at BIGINT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX escalations_open ON escalations (state, at);
CREATE INDEX escalations_by_conversation ON escalations (conversation);

-- Work that leaves the process, or waits for its time. Only the head of an ordering key may be claimed.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  ordering_key TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  payload_sealed TEXT NOT NULL,
  state TEXT NOT NULL,                     -- ready, done, dead, expired
  not_before BIGINT NOT NULL,
  expires_at BIGINT,
  attempts BIGINT NOT NULL DEFAULT 0,
  lease_token TEXT,
  lease_until BIGINT,
  error TEXT,
  created_at BIGINT NOT NULL,
  settled_at BIGINT
);
CREATE INDEX jobs_ready ON jobs (state, not_before, seq);
CREATE INDEX jobs_by_key ON jobs (ordering_key, state, seq);
CREATE INDEX jobs_expiring ON jobs (state, expires_at);

-- Acts, as they are written; the sealer gives `seq`, `previous` and `hash`.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  body TEXT NOT NULL,                      -- canonical JSON, pseudonymous
  seq BIGINT UNIQUE,
  previous TEXT,
  hash TEXT
);
CREATE INDEX audit_unsealed ON audit (seq, at, id);

-- Counters that must not be given twice, and work that one process at a time may do.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until BIGINT NOT NULL
);

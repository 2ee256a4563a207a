-- Real networks: what became of the messages that gateways took.
-- runs with: 0005

-- One SMS that a gateway took, by the gateway's own id; `job` is the outbox's. Its number and text stand nowhere here.
CREATE TABLE sms_sent (
  gateway TEXT NOT NULL,
  message_id TEXT NOT NULL,
  job TEXT NOT NULL,                       -- the job's idempotency key; '': a receipt came, the message is not known yet
  company TEXT,
  notice TEXT,                             -- the notice that it brings, if any
  sent_at BIGINT NOT NULL,
  state TEXT NOT NULL,                     -- taken, delivered, undelivered, rejected, expired, deleted, unknown
  error TEXT,                              -- the gateway's own code
  state_at BIGINT NOT NULL,
  PRIMARY KEY (gateway, message_id)
);
CREATE INDEX sms_sent_age ON sms_sent (sent_at);

-- What each worker finds of its SMS gateways; gateway '' is all of them together. Rows that are not renewed say nothing.
CREATE TABLE sms_health (
  worker TEXT NOT NULL,
  gateway TEXT NOT NULL,
  failing_since BIGINT,                    -- null: well
  said_at BIGINT NOT NULL,
  PRIMARY KEY (worker, gateway)
);

-- Keys: which root secrets the database was sealed with, by ids that give nothing of them away (docs/keys.md).

-- `state`: current, leaving (things stand under it yet), gone. `kept_sealed` are the look-up keys that outlive their
-- secret, `case_file_key` is public: who has a file of then can check it.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  since BIGINT NOT NULL,
  case_file_key TEXT NOT NULL,
  kept_sealed TEXT,
  changed_at BIGINT                        -- when all that can be done anew was; what is left dies by itself
);

-- Processes that have the database open, and which keys they use; `until`: as long as they are known to be there.
CREATE TABLE key_holders (
  holder TEXT PRIMARY KEY,
  current TEXT NOT NULL,
  other TEXT,
  until BIGINT NOT NULL
);

-- While a key is replaced: under which look-up a value stands that was touched; '' is this one. The row is also what
-- two transactions wait for one another by.
CREATE TABLE key_moves (
  hash TEXT PRIMARY KEY,
  moved TEXT NOT NULL
);

-- What each worker finds of a company's own directory. Rows that are not renewed say nothing.
CREATE TABLE directory_health (
  worker TEXT NOT NULL,
  company TEXT NOT NULL,
  failing_since BIGINT,                    -- null: it answers
  found_at BIGINT NOT NULL,
  PRIMARY KEY (worker, company)
);

-- Who has a number, whatever the company: it is held while a proof rests on it anew (R55). And what was read through
-- from end to end: whose statistics an objection restricts, figures of escalations, what is past its time.
CREATE INDEX numbers_by_number ON numbers (number_hash);
CREATE INDEX subjects_restricted ON subjects (statistics_reference) WHERE statistics_restricted = 1;
CREATE INDEX escalations_by_company ON escalations (company, at);
CREATE INDEX proofs_ended ON proofs (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX events_acknowledged ON events (acknowledged_at) WHERE acknowledged_at IS NOT NULL;
CREATE INDEX notices_age ON notices (created_at);
CREATE INDEX request_events_age ON request_events (at) WHERE body_sealed <> '';

-- Telegram: updates as they came in, and people who cannot be reached where they were.

-- One update, kept before Telegram is told that it came (R29). Within a chat they are handled in the order of their ids;
-- the id stays when the rest is erased, so that none is handled twice.
CREATE TABLE updates (
  bot TEXT NOT NULL,
  update_id BIGINT NOT NULL,
  chat_hash TEXT NOT NULL,
  payload_sealed TEXT NOT NULL,            -- empty once handled
  state TEXT NOT NULL,                     -- ready, done, unreadable, failed
  failures BIGINT NOT NULL DEFAULT 0,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (bot, update_id)
);
CREATE INDEX updates_ready ON updates (bot, chat_hash, update_id) WHERE state = 'ready';
CREATE INDEX updates_age ON updates (state, received_at);

-- Since when the person lets nothing through: what the company writes goes another way (R58).
ALTER TABLE conversations ADD COLUMN blocked_at BIGINT;

-- Jobs that are due, by kind: a backlog of one gateway must not be read through for each of another's. And those that
-- are being done, few at a time: the first of a long key looks there whether one behind it is.
CREATE INDEX jobs_due ON jobs (kind, not_before, seq) WHERE state = 'ready';
CREATE INDEX jobs_held ON jobs (ordering_key, lease_until) WHERE lease_until IS NOT NULL;

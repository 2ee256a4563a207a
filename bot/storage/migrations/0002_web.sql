-- The web: sessions of browsers, and finding what the company wrote lately.

-- One browser's session with one company; its id is the address of its conversation. Nothing personal.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  company TEXT NOT NULL,
  renewed BIGINT NOT NULL DEFAULT 0,       -- a code was accepted in it
  renewal_due BIGINT NOT NULL DEFAULT 0,   -- its token must be replaced (R19)
  created_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);
CREATE INDEX sessions_idle ON sessions (renewed, last_at);

-- Its tokens, by HMAC: `live` ones open it, a `fresh` one becomes the only live one when it is first used, a `ticket` is
-- exchanged for a fresh one, once.
CREATE TABLE session_tokens (
  token_hash TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX session_tokens_by_session ON session_tokens (session);

CREATE INDEX messages_of_office ON messages (at) WHERE sender = 'dpo';

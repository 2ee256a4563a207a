-- Answers with personal data, released by a one-time link and a fresh code (R43).

-- A file of an answer; its case is named by `reference`, its content stands in parts. Who and what it is about is sealed.
CREATE TABLE answer_files (
  reference TEXT NOT NULL,
  position BIGINT NOT NULL,                -- from 1
  name_sealed TEXT NOT NULL,               -- name and media type; empty once erased
  size BIGINT NOT NULL,                    -- bytes
  parts BIGINT NOT NULL,
  attached_at BIGINT NOT NULL,
  erased_at BIGINT,
  PRIMARY KEY (reference, position)
);
CREATE INDEX answer_files_kept ON answer_files (erased_at, reference);
CREATE TABLE answer_parts (
  reference TEXT NOT NULL,
  position BIGINT NOT NULL,
  part BIGINT NOT NULL,                    -- from 1
  content_sealed TEXT NOT NULL,
  PRIMARY KEY (reference, position, part)
);

-- A one-time link, by the HMAC of its token. `challenge` is the code under way, `grant_hash` what an accepted code gave;
-- `fetched` has a bit for each file that was downloaded whole (the first file's is the lowest).
CREATE TABLE answer_links (
  token_hash TEXT PRIMARY KEY,
  reference TEXT NOT NULL,
  company TEXT NOT NULL,
  subject TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  challenge TEXT,
  grant_hash TEXT,
  grant_until BIGINT,
  grant_number TEXT,                       -- HMAC of the number that the code went to
  fetched BIGINT NOT NULL DEFAULT 0,
  spent_at BIGINT
);
CREATE INDEX answer_links_by_reference ON answer_links (reference);
CREATE INDEX answer_links_expiring ON answer_links (expires_at);

-- Who works on a case just now.

-- name: current
-- Whose it is, unless the claim is over.
SELECT reference, holder, since, until FROM claims WHERE reference = :reference AND until > :now;

-- name: take
-- Claims one that is free, over, or one's own; returns nothing when another has it.
INSERT INTO claims (reference, holder, since, until) VALUES (:reference, :holder, :now, :until)
ON CONFLICT (reference) DO UPDATE SET
  since = CASE WHEN claims.holder = excluded.holder AND claims.until > :now THEN claims.since ELSE excluded.since END,
  holder = excluded.holder, until = excluded.until,
  lease_hash = CASE WHEN claims.holder = excluded.holder THEN claims.lease_hash ELSE NULL END
WHERE claims.holder = excluded.holder OR claims.until <= :now
RETURNING reference, holder, since, until;

-- name: release
-- Gives one's own back.
DELETE FROM claims WHERE reference = :reference AND holder = :holder;

-- name: release_all
-- Gives back all that somebody has.
DELETE FROM claims WHERE holder = :holder;

-- name: every
-- All that hold just now.
SELECT reference, holder, since, until FROM claims WHERE until > :now;

-- name: newest
-- How many hold just now, and since when the last of them.
SELECT COUNT(*) AS n, COALESCE(MAX(since), 0) AS since FROM claims WHERE until > :now;

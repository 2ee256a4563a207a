-- name: take
-- Takes a lease that is free, over, or one's own; returns nothing when another holds it.
INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.holder = excluded.holder OR leases.until <= :now
RETURNING holder;

-- name: release
-- Gives a lease back.
DELETE FROM leases WHERE name = :name AND holder = :holder;

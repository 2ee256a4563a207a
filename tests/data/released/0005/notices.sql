-- What goes to the person about a case (R58), and what takes effect with it.

-- name: add
-- Keeps a notice until it is delivered.
INSERT INTO notices (id, reference, kind, effect, body_sealed, created_at)
VALUES (:id, :reference, :kind, :effect, :body_sealed, :now);

-- name: load
-- One notice.
SELECT id, reference, kind, effect, body_sealed, delivered_at, delivered_by FROM notices WHERE id = :id;

-- name: hold
-- Locks a notice, changing nothing, so that only one transaction brings it.
UPDATE notices SET effect = effect WHERE id = :id;

-- name: deliver
-- Marks a notice delivered, once.
UPDATE notices SET delivered_at = :now, delivered_by = :by WHERE id = :id AND delivered_at IS NULL;

-- name: of_reference
-- The notices of a case, oldest first.
SELECT id, reference, kind, effect, body_sealed, created_at, delivered_at, delivered_by FROM notices
WHERE reference = :reference ORDER BY created_at, id;

-- name: sim_changed
-- The day on which a subject's numbers last changed their SIM, as far as the company knows (R13).
SELECT MAX(sim_changed_on) AS day FROM numbers WHERE subject = :subject;

-- name: close_request
-- A refusal or an answer takes effect (R58): the request is closed, its clock stands.
UPDATE requests SET state = :state, closed_at = :now,
  paused_ms = paused_ms + COALESCE(CAST(:now AS BIGINT) - paused_at, 0), paused_at = NULL
WHERE reference = :reference AND closed_at IS NULL
RETURNING reference;

-- name: extend_request
-- An extension takes effect (R34, R58), once.
UPDATE requests SET extended_to = :extended_to, state = CASE WHEN state = 'waiting' THEN state ELSE 'extended' END
WHERE reference = :reference AND closed_at IS NULL AND extended_to IS NULL
RETURNING reference;

-- name: pause_request
-- The clock stops with the question that reached the customer (R34).
UPDATE requests SET paused_at = :now
WHERE reference = :reference AND state = 'waiting' AND paused_at IS NULL AND closed_at IS NULL
RETURNING reference;

-- name: rejected_objections
-- Objections to statistics that were rejected, delivered, and are still restricted by that very objection (R41).
SELECT n.id, n.reference, n.effect FROM notices n
JOIN subjects s ON s.statistics_reference = n.reference
WHERE n.kind = 'decision' AND n.delivered_at IS NOT NULL AND s.statistics_restricted = 1
ORDER BY n.delivered_at, n.id;

-- name: set_effect
-- Writes down the way a notice takes, or when the restriction ends that its delivery set running.
UPDATE notices SET effect = :effect WHERE id = :id;

-- What waits for people. Every condition on an index is spelt as the index is (0005_console.sql), or it is not used.

-- name: requests
-- Open requests of a company, what is due first standing first, after one of them.
SELECT reference, company, kind, state, proof, second_proof, channel, flags, received_at, due_on, extended_to,
  paused_at, taken_by
FROM requests
WHERE closed_at IS NULL AND company = :company
  AND COALESCE(extended_to, due_on) >= :due AND COALESCE(extended_to, due_on) <= :until
  AND (COALESCE(extended_to, due_on) > :due OR received_at > :received
    OR (received_at = :received AND reference > :reference))
  AND received_at >= :since
  AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (CAST(:state AS TEXT) IS NULL OR state = :state)
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel)
  AND (CAST(:flag AS TEXT) IS NULL OR flags LIKE :flag ESCAPE '!')
  AND (CAST(:taken_by AS TEXT) IS NULL OR taken_by = :taken_by)
  AND (CAST(:paused_until AS BIGINT) IS NULL OR paused_at <= :paused_until)
ORDER BY COALESCE(extended_to, due_on), received_at, reference
LIMIT :most;

-- name: untaken
-- The same of those that nobody sees to.
SELECT reference, company, kind, state, proof, second_proof, channel, flags, received_at, due_on, extended_to,
  paused_at, taken_by
FROM requests
WHERE closed_at IS NULL AND taken_by IS NULL AND company = :company
  AND COALESCE(extended_to, due_on) >= :due AND COALESCE(extended_to, due_on) <= :until
  AND (COALESCE(extended_to, due_on) > :due OR received_at > :received
    OR (received_at = :received AND reference > :reference))
  AND received_at >= :since
  AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (CAST(:state AS TEXT) IS NULL OR state = :state)
  AND (CAST(:channel AS TEXT) IS NULL OR channel = :channel)
  AND (CAST(:flag AS TEXT) IS NULL OR flags LIKE :flag ESCAPE '!')
  AND (CAST(:paused_until AS BIGINT) IS NULL OR paused_at <= :paused_until)
ORDER BY COALESCE(extended_to, due_on), received_at, reference
LIMIT :most;

-- name: escalations
-- What a person must look at, of a company or (NULL) of none, oldest first; questions without answer have their page.
SELECT id, kind, company, at FROM escalations
WHERE state = 'open' AND company IS NOT DISTINCT FROM :company AND kind NOT IN ('unanswered', 'asked_again')
  AND (at > :received OR (at = :received AND id > :id)) AND at <= :until AND at >= :since
ORDER BY at, id
LIMIT :most;

-- name: events
-- Events of a kind that nobody has acknowledged, of a company or ('') of none, oldest first; as long as an alarm is
-- before a person, that stands for it.
SELECT id, kind, company, reference, at FROM events
WHERE acknowledged_at IS NULL AND company = :company AND kind = :kind
  AND (at > :received OR (at = :received AND id > :id)) AND at <= :until AND at >= :since
  AND (kind <> 'alarm.raised'
    OR NOT EXISTS (SELECT 1 FROM escalations WHERE escalations.id = events.reference AND escalations.state = 'open'))
ORDER BY at, id
LIMIT :most;

-- name: kept
-- What an erasure left and is to be erased now; not of a request that its customer took back.
SELECT reference, position, company, due_on FROM kept_parts
WHERE done_at IS NULL AND company = :company AND due_on >= :due AND due_on <= :until
  AND (due_on > :due OR reference > :reference OR (reference = :reference AND position > :position))
  AND NOT EXISTS (SELECT 1 FROM requests WHERE requests.reference = kept_parts.reference AND requests.state = 'withdrawn')
ORDER BY due_on, reference, position
LIMIT :most;

-- name: count_due
-- How many open requests of a company are due in a time, those whose clock stands still too.
SELECT COUNT(*) AS n FROM requests
WHERE closed_at IS NULL AND company = :company
  AND COALESCE(extended_to, due_on) >= :start AND COALESCE(extended_to, due_on) <= :until;

-- name: paused
-- The open requests of a company whose clock stands still and whose date, as it is stored, is not after a day.
SELECT due_on, extended_to, paused_at FROM requests
WHERE closed_at IS NULL AND paused_at IS NOT NULL AND company = :company AND COALESCE(extended_to, due_on) <= :until;

-- name: count_paused
-- How many clocks of a company have stood still since a time.
SELECT COUNT(*) AS n FROM requests
WHERE closed_at IS NULL AND paused_at IS NOT NULL AND company = :company AND paused_at <= :until;

-- name: count_untaken
-- How many open requests of a company nobody sees to.
SELECT COUNT(*) AS n FROM requests WHERE closed_at IS NULL AND taken_by IS NULL AND company = :company;

-- name: count_received
-- How many open requests of a company came since a time.
SELECT COUNT(*) AS n FROM requests WHERE closed_at IS NULL AND company = :company AND received_at >= :since;

-- name: count_escalations
-- How many escalations of a company or (NULL) of none came in a time and are open.
SELECT COUNT(*) AS n FROM escalations
WHERE state = 'open' AND company IS NOT DISTINCT FROM :company AND kind NOT IN ('unanswered', 'asked_again')
  AND at >= :since AND at <= :until;

-- name: count_events
-- How many events of a kind came in a time and are not acknowledged.
SELECT COUNT(*) AS n FROM events
WHERE acknowledged_at IS NULL AND company = :company AND kind = :kind AND at >= :since AND at <= :until
  AND (kind <> 'alarm.raised'
    OR NOT EXISTS (SELECT 1 FROM escalations WHERE escalations.id = events.reference AND escalations.state = 'open'));

-- name: count_kept
-- How many kept parts of a company are due in a time.
SELECT COUNT(*) AS n FROM kept_parts
WHERE done_at IS NULL AND company = :company AND due_on >= :start AND due_on <= :until
  AND NOT EXISTS (SELECT 1 FROM requests WHERE requests.reference = kept_parts.reference AND requests.state = 'withdrawn');

-- name: last_acknowledged
-- When an event of a company was acknowledged last.
SELECT COALESCE(MAX(acknowledged_at), 0) AS n FROM events WHERE company = :company;

-- name: open_escalations
-- How many escalations are open, of whatever kind and company.
SELECT COUNT(*) AS n FROM escalations WHERE state = 'open';

-- name: open_kept
-- How many kept parts are not erased yet.
SELECT COUNT(*) AS n FROM kept_parts WHERE done_at IS NULL;

-- name: find
-- What a reference stands for: a request, an escalation, or the first event of an act that has a receipt.
SELECT 'request' AS what, reference AS id, company FROM requests WHERE reference = :reference
UNION ALL
SELECT 'escalation' AS what, id, company FROM escalations WHERE id = :reference
UNION ALL
SELECT 'event' AS what, id, company FROM events
WHERE reference = :reference AND seq = (SELECT MIN(seq) FROM events WHERE reference = :reference);

-- name: company_of
-- Which company a request is of.
SELECT company FROM requests WHERE reference = :reference;

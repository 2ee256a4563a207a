-- What the bot could not answer, as it waits for somebody to see to it.

-- name: of_company
-- A company's, newest first, with what is known of how to reach who asked.
SELECT e.*, c.address_sealed FROM escalations AS e LEFT JOIN conversations AS c ON c.id = e.conversation
WHERE e.state = 'open' AND e.kind IN ('unanswered', 'asked_again') AND e.company = :company
ORDER BY e.at DESC, e.id LIMIT :most;

-- name: of_nobody
-- Those that name no company, newest first.
SELECT e.*, c.address_sealed FROM escalations AS e LEFT JOIN conversations AS c ON c.id = e.conversation
WHERE e.state = 'open' AND e.kind IN ('unanswered', 'asked_again') AND e.company IS NULL
ORDER BY e.at DESC, e.id LIMIT :most;

-- What is sealed, whatever it says.

-- name: samples
-- A few sealed texts, each with its purpose and place; which ones does not matter.
SELECT 'conversations' AS purpose, 'address' AS place, c.address_sealed AS sealed
FROM (SELECT address_sealed FROM conversations WHERE address_sealed <> '' LIMIT 4) AS c
UNION ALL
SELECT 'subjects' AS purpose, s.id || ':customer' AS place, s.customer_sealed AS sealed
FROM (SELECT id, customer_sealed FROM subjects LIMIT 4) AS s;

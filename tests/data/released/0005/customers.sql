-- name: by_number
-- Every customer of a company who has a number (R55).
SELECT subjects.id, subjects.customer_sealed, subjects.name_sealed, subjects.relationship, subjects.line,
  numbers.number_sealed, numbers.sim_changed_on
FROM numbers
JOIN subjects ON subjects.id = numbers.subject
WHERE numbers.company = :company AND numbers.number_hash = :number_hash
ORDER BY subjects.id;

-- name: by_customer
-- The customer who has a customer number.
SELECT id, customer_sealed, name_sealed, relationship, line FROM subjects
WHERE company = :company AND customer_hash = :customer_hash;

-- name: subject
-- A customer.
SELECT id, company, customer_sealed, name_sealed, relationship, line FROM subjects WHERE id = :subject;

-- name: numbers
-- A customer's numbers, in the order of the company's list.
SELECT number_hash, number_sealed, sim_changed_on FROM numbers WHERE subject = :subject ORDER BY position, number_hash;

-- name: add
-- Takes a customer up, unless another process was quicker.
INSERT INTO subjects (id, company, customer_hash, customer_sealed, name_sealed, relationship, line, updated_at)
VALUES (:id, :company, :customer_hash, :customer_sealed, :name_sealed, :relationship, :line, :now)
ON CONFLICT (company, customer_hash) DO NOTHING
RETURNING id;

-- name: hold
-- Locks a customer until the transaction ends, changing nothing.
UPDATE subjects SET updated_at = updated_at WHERE company = :company AND customer_hash = :customer_hash RETURNING id;

-- name: change
-- What the company's list says of a customer now.
UPDATE subjects SET customer_sealed = :customer_sealed, name_sealed = :name_sealed, relationship = :relationship,
  line = :line, updated_at = :now
WHERE id = :id;

-- name: add_number
-- Puts a number on file for a customer.
INSERT INTO numbers (subject, company, number_hash, number_sealed, position)
VALUES (:subject, :company, :number_hash, :number_sealed, :position);

-- name: place_number
-- Moves a number to its place in the company's list.
UPDATE numbers SET position = :position
WHERE subject = :subject AND number_hash = :number_hash AND position <> :position;

-- name: drop_number
-- Takes a number off a customer's file.
DELETE FROM numbers WHERE subject = :subject AND number_hash = :number_hash;

-- name: last_sim_change
-- The last day on which a number's SIM is known to have changed, whoever of the company's customers has it (R13).
SELECT MAX(sim_changed_on) AS day FROM numbers WHERE company = :company AND number_hash = :number_hash;

-- name: note_sim_change
-- Notes the day of a SIM change with every customer who has the number; an earlier day changes nothing (R13).
UPDATE numbers SET sim_changed_on = :day
WHERE company = :company AND number_hash = :number_hash AND (sim_changed_on IS NULL OR sim_changed_on < :day);

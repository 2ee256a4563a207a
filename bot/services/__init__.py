"""What is done on an open transaction: codes, consents, objections, requests, audit; knows no channel.

On PostgreSQL transactions run beside one another, each statement sees what was committed before it, and nothing that
was read stays true by itself. So:

1. What is read in order to decide is held first, by a statement of its own that changes nothing ("… .hold", "… .lock").
   A condition in the same statement does not do: after waiting for a row, PostgreSQL asks the conditions on that row
   again, but not those that look elsewhere (``EXISTS``, ``MAX``). Where there may be no row yet: ``one_by_one``.
2. Rows are held in one order, so that transactions do not wait for one another in a ring: notice, conversation, link
   to an answer; what codes are counted on (contact, number, company), challenge; customer, their numbers; case or
   escalation, claim, receipt; job; last the counter of events. Several of one kind go by their key.
3. Where a ring is formed all the same, PostgreSQL ends one of the transactions, and the store runs it again: a work has
   no effect outside its transaction (``tests.tools.twice`` proves it).
"""

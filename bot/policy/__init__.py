"""What the policies say: clauses, answers, the grid. Pure: no files, no clock, no network."""

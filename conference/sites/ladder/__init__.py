"""How far each site has climbed before its doors open: rungs and what shows them, technical checks, tests of lines."""

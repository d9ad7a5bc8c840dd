"""The things of the JSON API: what a program may list and read, generically, from two tables (cases.py, plain.py)."""

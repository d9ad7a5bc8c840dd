"""Files in and out: tables, letters, rosters."""

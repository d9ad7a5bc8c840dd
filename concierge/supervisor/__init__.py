"""Everything on one machine: queue, web server, workers and clock, started, watched and stopped cleanly."""

"""Who is told what, in which language, over which channel; never twice, never lost, units by digest."""

"""Doors that no person opens: the clock, the relay of what leaves the house, and the jobs of the queue."""

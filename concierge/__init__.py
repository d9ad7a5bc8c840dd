"""Concierge: the working platform of a district's talent service specialists."""

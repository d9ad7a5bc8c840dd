"""Reads: frozen rows and pages for templates and the API. No writes."""

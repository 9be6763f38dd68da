"""Judges: one failure a file, each a pure rule over the evidence."""

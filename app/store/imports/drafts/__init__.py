"""Drafts of mappings: what a foreign file seems to hold, and a mapping of it that a person can finish."""

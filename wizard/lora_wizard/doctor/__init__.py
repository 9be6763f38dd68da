"""Checks of this machine: what training needs, in words and with what to do."""

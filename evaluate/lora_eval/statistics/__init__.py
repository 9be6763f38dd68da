"""Rates, differences and their uncertainty. Pure: numbers in, numbers out."""

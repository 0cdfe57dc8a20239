"""Persons, their roles, their enterprises."""

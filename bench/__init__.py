"""Measurements: never part of the tests' verdict, always of ratios or counts in one run."""

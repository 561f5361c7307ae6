"""Mutants: small faults made everywhere in the code that must not fail, each to be seen by a test."""

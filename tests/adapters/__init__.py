"""Adapters, each against its platform."""

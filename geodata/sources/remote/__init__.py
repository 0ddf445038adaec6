"""Placeholder, replaced with its module."""

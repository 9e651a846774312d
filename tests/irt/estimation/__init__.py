"""Tests of how items and their population are estimated, a file a module."""

"""Tests of irt/, one file a module."""

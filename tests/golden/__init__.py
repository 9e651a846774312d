"""Against values made by other engines, never by ourselves."""

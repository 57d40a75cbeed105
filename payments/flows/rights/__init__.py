"""Permissions: what a team member may do, where, and to which people (invariant 18)."""

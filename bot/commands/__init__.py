"""What a member or an admin can ask, once for all platforms."""

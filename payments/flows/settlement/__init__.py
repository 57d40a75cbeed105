"""The provider's word becomes state."""

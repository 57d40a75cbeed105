"""Who is who: linked accounts and merged persons."""

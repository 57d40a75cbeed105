"""Who is who: linked accounts, merged persons."""

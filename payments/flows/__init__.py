"""What happens when, a folder ("room") per subject. pyproject.toml says which room may import which."""

"""The pages that people see in a browser, with their templates and files."""

"""Pure rules of the survey. Standard library only: no web, no database, no files."""

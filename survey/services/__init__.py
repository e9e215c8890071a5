"""What the platform does: one verb a file. Each takes the session and the day, and owns one transaction."""

"""The pages. They know the user; they never write SQL, never commit and never do statistics."""

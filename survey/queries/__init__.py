"""What pages read: one question a file. Read-only; frozen rows come back."""

"""Values to text, JSON and pages. Pure: whatever is read from disk arrives as a value."""

"""The bench: what the package does against what people would type instead, side by side."""

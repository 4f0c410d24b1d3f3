"""Node projects: package.json, lock files, development servers and what they proxy."""

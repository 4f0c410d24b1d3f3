"""What each language and distribution keeps where: manifests, locks, imports, packages."""

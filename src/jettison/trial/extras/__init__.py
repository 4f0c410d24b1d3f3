"""Try what the EXTRA rules added: variants, proxy, monitoring, Makefile and size script."""

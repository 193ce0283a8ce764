"""How fast the library is: `make bench`."""

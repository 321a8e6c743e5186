"""`make bench`: every measurement in turn."""

from bench.real import main

main()

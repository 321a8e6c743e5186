"""`make bench`: every measurement in turn."""

from bench import growth, real

growth.main()
real.main()

"""`make bench`: every measurement in turn."""

from bench import growth, real, text

growth.main()
text.main()
real.main()

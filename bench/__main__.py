"""`make bench`: every measurement in turn."""

from bench import findings, growth, real, text

growth.main()
text.main()
real.main()
findings.main()

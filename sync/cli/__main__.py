"""`python -m sync.cli`: the same command, from this very installation."""

from sync.cli import main

main(prog_name="onebacklog")

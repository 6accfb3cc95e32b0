"""`python -m app.cli`: the same as `onrecord`."""

from app.cli import main

main(prog_name="onrecord")

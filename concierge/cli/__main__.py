"""`python -m concierge.cli` is `concierge`: for processes that must run with this very interpreter."""

from concierge.cli import main

if __name__ == "__main__":
    main(prog_name="concierge")

"""`python -m patrol`."""

from patrol.cli import main

if __name__ == "__main__":
    main()

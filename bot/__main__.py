"""The command ``mburoja``."""

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    from bot.cli import run  # noqa: PLC0415  so that --help and faults of the data files stay quick

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

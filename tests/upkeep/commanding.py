"""Runs a command that must do its work, or must refuse."""

from tests.tools.command import in_process


def told(*arguments: str) -> str:
    """What it says."""
    code, out, err = in_process(*arguments)
    assert code == 0, err
    return out


def refused(*arguments: str) -> str:
    """Why it does not."""
    code, _, err = in_process(*arguments)
    assert code == 2
    return err

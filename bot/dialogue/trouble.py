"""Whether codes cannot be sent just now, whoever asks for one (R11, R50); knows no gateway.

One holder for the whole process, as ``switches.py`` is: who keeps it fresh is at the edge, turns read it.
"""


class Trouble:
    """Trouble with sending codes, of the gateways or a company's directory as a whole and never of one number."""

    def __init__(self) -> None:
        """Begin without."""
        self._holds = False
        self._companies: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether there is trouble now."""
        return self._holds

    def holds_at(self, company: str) -> bool:
        """Tell whether there is trouble now for a company's customers."""
        return self._holds or company in self._companies

    def set(self, *, holds: bool, companies: frozenset[str] = frozenset()) -> None:
        """Take whether there is trouble from now on: for everybody, and for the customers of which companies."""
        self._holds, self._companies = holds, companies

"""Every error that Mburoja raises on purpose; it knows no channel and no wording for customers.

::

    MburojaError
    ├── DataError           a file of ours (text, answer, phrase, setting) is missing or malformed
    ├── UnknownCompanyError no company of that id is loaded
    ├── InputError          what the user gave cannot be read; the message says what to do
    ├── NotAllowedError     the back office asked for what a rule forbids; the message says which and what is allowed
    ├── NotedMeanwhileError (office) the same was submitted at the same moment; look what came of that
    ├── StoreUnavailableError  the database cannot be written or read now; nothing of what was asked was kept
    │   └── KeyMissingError    (crypto) this process was not given the key that something was sealed with
    │   └── OutcomeUnknownError  the connection broke at the commit, and nobody can tell whether it was kept
    ├── DeliveryError       (delivery) what a job wanted could not be done; it says whether and when to try again
    ├── DirectoryError      (delivery) a company's directory gave no answer; nothing is known of the contact
    ├── SmsError            (delivery) an SMS was not taken
    ├── UnreadableError     (telegram) an update is none as the Bot API words them
    ├── BusyError           (telegram) too many updates wait; it may come again
    └── SealBrokenError     (crypto) sealed data cannot be opened with this secret

Expected outcomes (nothing found, a near-tie) are results, never errors.
"""


class MburojaError(Exception):
    """The root of the tree; ``str()`` of it is one line that says what to do next."""


class DataError(MburojaError):
    """Files of ours are wrong; holds every fault found, one a line, each with its place and mend."""

    def __init__(self, faults: list[str]) -> None:
        """Take the faults as ready lines (``file:line: what (mend)``)."""
        super().__init__("\n".join(faults))
        self.faults = faults


class UnknownCompanyError(MburojaError):
    """A company was named that is not loaded."""


class InputError(MburojaError):
    """A batch line, an option or a file given by the user cannot be read."""


class NotAllowedError(MburojaError):
    """A rule forbids what was asked; nothing was changed.

    ``message`` is English with ``facts`` to be filled in, as ``str()`` does; who speaks another language translates the
    message and fills them in there.
    """

    def __init__(self, message: str, /, **facts: str | int) -> None:
        """Take the message, ``{named}`` facts in it."""
        super().__init__(message.format(**facts) if facts else message)
        self.message, self.facts = message, facts


class StoreUnavailableError(MburojaError):
    """The database cannot be reached or written; what was asked was not done and can be asked again."""


class OutcomeUnknownError(StoreUnavailableError):
    """The connection broke at the commit: it may have been done, so it must be asked again under the same id."""

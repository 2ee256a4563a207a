"""Whether enough happened in a run: else its tests could pass because nothing did. A slow machine needs more kills."""

from typing import TYPE_CHECKING

from tests.crash.places import opened

if TYPE_CHECKING:
    from tests.crash.driver import Run

_ACTS = (
    "consent.withdrawn", "consent.granted", "statistics.objected", "statistics.lifted", "request.filed",
    "request.taken_back",
)  # fmt: skip
_FEW = 10  # kills, with which rare things need not come about


def lacking(run: "Run") -> list[str]:
    """Return what happened too seldom, each with how often it did."""
    found = {
        "kills": (run.seen["kills"], run.planned),
        "not acknowledged at a kill": (run.seen["not acknowledged at a kill"], 5 * run.planned),
    }
    if run.planned >= _FEW:
        with opened(run.place.database) as connection:
            acts = dict(connection.execute("SELECT body ->> 'act', COUNT(*) FROM audit GROUP BY 1").fetchall())
            taken = dict(connection.execute("SELECT message_id, at FROM inbox").fetchall())
        done_but_not_told = [identity for identity, at in run.again.items() if taken.get(identity, at) < at]
        found["a kill between a commit and its acknowledgement"] = (len(done_but_not_told), 1)
        found |= {act: (acts.get(act, 0), run.planned // 2) for act in _ACTS}
    return [f"{what}: {seen} of {least}" for what, (seen, least) in found.items() if seen < least]

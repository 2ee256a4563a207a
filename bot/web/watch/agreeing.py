"""Whether this process's clock agrees with the database's, told to the operator when it begins."""

from bot.app import Office
from bot.clock import SECOND
from bot.services import clocks


async def clock_apart(office: Office) -> tuple[str, ...]:
    """Return a sentence where the clocks are apart, else nothing. Raises StoreUnavailableError."""
    return apart(await office.store.read(lambda tx: clocks.ahead(tx, office.clock.now())))


def apart(ahead: int) -> tuple[str, ...]:
    """Return the sentence for a clock that is so far (ms) ahead of the database's, nothing where they agree."""
    if abs(ahead) <= clocks.AGREE:
        return ()
    where = f"{round(abs(ahead) / SECOND)} s {'para' if ahead > 0 else 'pas'}"
    return (
        f"Kujdes: ora e këtij procesi është {where} orës së bazës së të dhënave. Rregulloni orët e makinave (NTP): "
        "me orë të ndryshme dy procese mund ta bëjnë të njëjtën punë, një SMS mund të shkojë dy herë dhe afatet "
        "numërohen gabim.",
    )

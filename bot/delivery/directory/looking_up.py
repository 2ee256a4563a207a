"""The job of looking up who asked for a code; knows no code and no directory in particular.

A directory that is left alone for a while costs no attempt: the job comes back as soon as asking may help, as long as
its code lives.
"""

from bot.delivery.directory.port import Directory, DirectoryError
from bot.delivery.pump import DeliveryError
from bot.services.identity.customers import Found
from bot.services.jobs import Job


async def found_by(directory: Directory, job: Job) -> tuple[Found, ...]:
    """Return who has the contact of a job; of one that releases an answer nothing remembered will do (R13).

    Raises DeliveryError, StoreUnavailableError.
    """
    company, kind, value = (str(job.payload[name]) for name in ("company", "kind", "value"))
    find = directory.find_anew if job.payload.get("anew") else directory.find
    try:
        return await find(company, kind, value)
    except DirectoryError as error:
        raise DeliveryError(error.kind, temporary=True, wait=error.wait) from None

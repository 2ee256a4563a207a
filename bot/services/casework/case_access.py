"""Who may see a request, and who may end it (R20, R53, R55, R58); reads proofs, writes nothing.

A proof that does not single the customer out (a number that several people share, a relationship that has ended)
opens no request but those whose reference is known, and ends none but those that its own conversation filed.
"""

from bot.dialogue.effects import Flag
from bot.services.casework.cases import Identity, Stored
from bot.services.desk import Place
from bot.services.identity import proofs
from bot.services.identity.proofs import Proof
from bot.storage.store import Tx


def may_see(tx: Tx, place: Place, stored: Stored) -> bool:
    """Tell whether whoever is in the conversation, and knows the reference, may see a request and add to it.

    It was filed here, or its customer is proven here. What was erased is nobody's.
    """
    return stored.erased_at is None and (_here(place, stored) or _proof(tx, place, stored) is not None)


def may_end(tx: Tx, place: Place, stored: Stored) -> bool:
    """Tell whether whoever is in the conversation may take a request back.

    A customer's needs a live proof that singles them out, or any live proof where it was filed; one without proof
    belongs to its conversation.
    """
    if stored.erased_at is not None:
        return False
    if stored.subject is None:
        return _here(place, stored)
    proof = _proof(tx, place, stored)
    return proof is not None and (singles_out(proof) or _here(place, stored))


def singles_out(proof: Proof) -> bool:
    """Tell whether a proof can only be the customer's own (R55); that of an ended relationship is shared too."""
    return not proof.shared


def identity_of(proof: Proof | None) -> Identity:
    """Return what a request filed on a proof says of who filed it."""
    if proof is None:
        return Identity.PENDING
    return Identity.PROVEN if singles_out(proof) else Identity.SHARED


def flags_of(proof: Proof) -> tuple[str, ...]:
    """Return what the DPO must know of a proof: the answer needs more than it (R55)."""
    if proof.ended_relationship:
        return (Flag.ENDED.value,)
    return (Flag.SHARED_NUMBER.value,) if proof.shared else ()


def _here(place: Place, stored: Stored) -> bool:
    return stored.conversation == place.conversation


def _proof(tx: Tx, place: Place, stored: Stored) -> Proof | None:
    return proofs.live(tx, place.conversation, stored.company, stored.subject) if stored.subject else None

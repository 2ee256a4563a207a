"""Copies a whole database to an empty one, of either engine, and proves that it is the same; knows no command."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import open_office
from bot.clock import Clock
from bot.errors import InputError
from bot.settings import Database, Settings, before_of, next_of
from bot.storage.tables import Print, differences, print_of, printed
from bot.upkeep.places import UpkeepError, make_empty, put, refuse_in_use, refuse_missing, tables_of, verified


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What was copied: rows by table, and how many entries of the audit verify."""

    rows: dict[str, int]
    sealed: int


async def copy(
    settings: Settings, source: Database, target: Database, clock: Clock, told: Callable[[str], None]
) -> Copied:
    """Copy ``source`` to ``target``, whole or not at all, with the signed heads of its audit chain.

    ``told`` is told what is being done. Raises InputError where the source is not there or is in use, or the target is
    not empty; UpkeepError where the source's chain does not verify or the copy is not the same; StoreUnavailableError.
    """
    if source == target:
        raise InputError("Burimi dhe vendi i kopjes janë e njëjta bazë.")
    refuse_missing(settings, source)
    keys = _keys(settings, source, target)
    known = settings.secrets_of(source)
    settings = replace(settings, secret=known.secret, secrets_before=known.others)
    from_heads, to_heads = settings.heads_of(source), settings.heads_of(target)
    if from_heads != to_heads and to_heads.exists() and to_heads.stat().st_size:
        raise InputError(f"Te {to_heads} ka tashmë koka të nënshkruara; zhvendosini, që të mos përzihen.")
    await refuse_in_use(source, clock)
    async with open_office(settings, source) as office:
        told(f"Po kontrollohet regjistri i {source}.")
        before = await verified(office, from_heads)
    await make_empty(target)
    for own, other in keys.items():  # first: a database that stands there without them would be given another
        put(own, other)
    found = await _copy(source, target, clock, told)
    if from_heads != to_heads and from_heads.exists():
        put(from_heads, to_heads)
    told(f"Po kontrollohet regjistri i {target}.")
    async with open_office(settings, target) as office:
        after = await verified(office, to_heads)
    if (after.sealed, after.unsealed) != (before.sealed, before.unsealed):
        raise UpkeepError(f"Regjistri i {target} ka {after.sealed} hyrje, ai i {source} {before.sealed}.")
    return Copied(rows={name: its.rows for name, its in found.items()}, sealed=after.sealed)


def _keys(settings: Settings, source: Database, target: Database) -> dict[Path, Path]:
    """Return the secrets that have to go along, each with its place: a file's own, the one before and the next.

    Raises InputError where another stands there already.
    """
    if settings.secret is not None or not isinstance(source, Path) or not isinstance(target, Path):
        return {}
    own, other = settings.key_of(source), settings.key_of(target)
    places = {own: other, before_of(own): before_of(other), next_of(own): next_of(other)}
    keys = {key: place for key, place in places.items() if key.exists()}
    there = {key: place for key, place in keys.items() if place.exists()}
    for key, place in there.items():
        if place.read_bytes() != key.read_bytes():
            raise InputError(f"Te {place} ka tashmë një sekret tjetër; zhvendoseni, që të mos humbasë.")
    return {key: place for key, place in keys.items() if key not in there}


async def _copy(source: Database, target: Database, clock: Clock, told: Callable[[str], None]) -> dict[str, Print]:
    """Copy every table in one transaction, which ends only when the copy was compared and nobody came meanwhile."""
    with tables_of(source) as here, tables_of(target, writes=True) as there:
        names = here.names()
        if names != there.names() or any(here.columns(name) != there.columns(name) for name in names):
            raise UpkeepError(f"Tabelat e {source} nuk janë ato të {target}; përditësoni Mburojën.")
        before: dict[str, Print] = {}
        for name in names:
            columns = here.columns(name)
            there.write(name, columns, here.rows(name, columns))
            before[name] = print_of(here.rows(name, columns), columns)
            if before[name].rows:
                told(f"  {name}: {before[name].rows}")
        if wrong := differences(before, printed(there)):
            raise UpkeepError(f"Kopja nuk është e njëjtë te {', '.join(wrong)}; nuk u ruajt asgjë.")
        await refuse_in_use(source, clock)
    return before

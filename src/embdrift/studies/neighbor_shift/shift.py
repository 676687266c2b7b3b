"""The main study: how the whole corpus's neighbours move between versions."""

from embdrift.cache import TableCache
from embdrift.errors import InputError
from embdrift.metrics import self_displacement
from embdrift.progress import Progress, Silent
from embdrift.studies.engine.findings import Findings, ShiftResult
from embdrift.studies.engine.floor import Floor, floor_of, noise_equivalent, rounding_floor
from embdrift.studies.engine.geometry import Geometry, geometry
from embdrift.studies.engine.inputs import ShiftInput, Version
from embdrift.studies.engine.judgeable import judging_notes, require_known
from embdrift.studies.engine.measure import Measured, Measurer, Pairings
from embdrift.studies.engine.pairing import ScopePairing, scopes_of
from embdrift.studies.engine.quality import Judged, judge
from embdrift.studies.engine.tables import Searched, Tables
from embdrift.types import Floats


def neighbor_shift(
    given: ShiftInput, *, cache: TableCache | None = None, progress: Progress | None = None
) -> ShiftResult:
    """Measure how the nearest neighbours of every item, and the answers to every query, differ between versions.

    No figure depends on the order of rows in any file.

    Args:
        given: versions and options
        cache: where exact neighbour tables are kept; None for the usual place
        progress: told how far the work has come
    Returns:
        summary, values per query and tables, ready to be written
    Raises:
        InputError: when versions cannot be compared
        StorageError: when tables cannot be kept
    """
    pairings = {version: scopes_of(given.reference, version) for version in given.versions[1:]}
    _require_judgeable(given)
    tables = Tables(cache or TableCache(), given.options.device, progress or Silent())
    measurer = Measurer(given, tables, pairings)
    findings = Findings(given, _floors(given, tables, measurer, pairings))
    judged = _judged(given, given.reference, measurer.reference.get("queries"), tables)
    if judged is not None and given.qrels is not None:
        findings.add_reference_quality(judged, judging_notes((given.reference, *given.candidates), given.qrels))
    for candidate in given.candidates:
        found = _geometry(given, candidate, pairings[candidate][0])
        findings.add_geometry(candidate, found)
        for pairing in pairings[candidate]:
            findings.add_alignment(candidate, pairing)
            measured = measurer.measure(candidate, pairing)
            findings.add_neighbors(measured, found)
            findings.add_noise_equivalent(measured, found.note, _noise(given, tables, measured, found))
            if len(pairing.corpus.removed) or len(pairing.corpus.added):
                findings.add_strangers(measured, measurer.with_strangers(measured))
            own = _judged(given, candidate, measured.new.searched, tables) if pairing.scope == "queries" else None
            if own is not None and judged is not None:
                findings.add_quality(candidate, judged, own)
    return findings.result()


def _require_judgeable(given: ShiftInput) -> None:
    if given.qrels is None:
        return
    if not given.has_queries:
        raise InputError("judgements need queries: give the queries' vectors of every version as well")
    for version in (given.reference, *given.candidates):
        require_known(version, given.qrels)


def _floors(given: ShiftInput, tables: Tables, measurer: Measurer, pairings: Pairings) -> dict[str, Floor]:
    """The noise floor of each scope: a second encoding of the reference, else one float32 rounding."""
    again = given.again
    if again is None:
        return {
            scope: rounding_floor(
                tables, given.reference, scope, searched, given.options,
                depth=min(given.options.search_depth, searched.table.depth),
            )
            for scope, searched in measurer.reference.items()
        }  # fmt: skip
    floors = {}
    for pairing in pairings[again]:
        means = _geometry(given, again, pairing).means() if pairing.scope == "corpus" else {}
        floors[pairing.scope] = floor_of(measurer.measure(again, pairing).both, means)
    return floors


def _geometry(given: ShiftInput, candidate: Version, pairing: ScopePairing) -> Geometry:
    return geometry(given.reference.corpus.vectors, candidate.corpus.vectors, pairing.corpus, seed=given.options.seed)


def _noise(given: ShiftInput, tables: Tables, measured: Measured, found: Geometry) -> Floats | None:
    """Overlap under isotropic noise of the candidate's self-cosines; None where dimensions differ."""
    if found.note:
        return None
    queries = None
    if measured.scope == "queries":
        old, new = given.reference.queries, measured.candidate.queries
        assert old is not None
        assert new is not None
        who = measured.pairing.searching
        queries = 1 - self_displacement(
            old.vectors.vectors, new.vectors.vectors, who.reference_rows, who.candidate_rows
        )
    cosines = (1 - found.raw, queries)
    return noise_equivalent(tables, given.reference, measured.pairing, measured.old, cosines, options=given.options)


def _judged(given: ShiftInput, version: Version, searched: Searched | None, tables: Tables) -> Judged | None:
    if given.qrels is None or searched is None:
        return None
    options = given.options
    return judge(version, searched, given.qrels, k=options.k, depth=options.search_depth, tables=tables)

"""What a drift run found, in sentences."""

from embdrift.report.conclusion import Conclusion, Finding, Movement
from embdrift.report.drift.run import has_neighbors
from embdrift.report.neighbor_shift.sentences import conclusion as neighbor_conclusion
from embdrift.report.wording import number, one_line
from embdrift.results import SavedRun


def conclusion(run: SavedRun) -> Conclusion:
    """What is said of neighbors, as of a neighbor-shift run; where none were searched, of the distribution."""
    return neighbor_conclusion(run) if has_neighbors(run) else _without_neighbors(run)


def _without_neighbors(run: SavedRun) -> Conclusion:
    """What a run that looked at vectors alone can say."""
    findings = tuple(_distribution_finding(run, name) for name in run.record.candidates)
    sentence = "Distribution and geometry only: neighbours were not measured, so nothing is said of what users see."
    return Conclusion(sentence, findings)


def _distribution_finding(run: SavedRun, candidate: str) -> Finding:
    scope = run.scopes[0]
    auc, p = (run.figures.get(name, scope, candidate) for name in ("domain_auc", "domain_auc_p"))
    if not auc.defined:
        words = f"whether its vectors can be told from the reference's is not defined ({one_line(auc.reason)})"
    else:
        words = (
            f"a classifier tells its vectors from the reference's with AUC {number(auc.value)} (p {number(p.value)})"
        )
    return Finding(candidate, f"{one_line(candidate)}: {words}.", (), Movement.unknown)

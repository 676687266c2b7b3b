"""The smallest study: the share of each item's k nearest neighbors that lie in one half of the corpus."""

from dataclasses import dataclass

from embdrift.metrics.catalog import Metric, Topic, register
from embdrift.studies import Study, register_study
from embdrift.studies.engine.findings import Findings
from embdrift.studies.engine.frames import per_query_frame
from embdrift.studies.engine.rows import SummaryRow, mean_row
from embdrift.studies.engine.study import QuerySet
from embdrift.studies.engine.tables import Tables


@dataclass
class ToyOptions:
    """How large the half is."""

    half: float = 0.5


def toy(given, options, *, cache, progress):
    """Measure every version by itself."""
    tables = Tables(cache, given.common.device, progress)
    findings = Findings(TOY.name, given.reference.name)
    for version in given.compared:
        items, k = version.corpus, given.common.k
        nearest, _ = tables.of(version, QuerySet.corpus, k).nearest(k)
        values = (nearest < options.half * len(items.ordered_rows)).mean(axis=1)
        about = SummaryRow(QuerySet.corpus, version.name, metric="toy_share", k=k)
        findings.rows.append(mean_row(about, values, len(values)))
        frame = per_query_frame(items.ordered_ids, {"toy_share": values}, {}, None, scope=QuerySet.corpus,
                                candidate=version.name)  # fmt: skip
        findings.per_query.append(frame)
    return findings.result({"depth": given.common.k})


def require_half(options):
    """Refuse what is no share."""
    assert 0 < options.half < 1


TOY = Study("toy", ToyOptions, toy, needs_candidates=False, require=require_half)
SHARE = Metric("toy_share", "Toy share", "Neighbors in the first half of the ids.", "toy", Topic.neighbors)


def register_toy():
    """Make the study and its metric known."""
    register(SHARE)
    register_study(TOY)

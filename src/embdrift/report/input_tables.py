"""What was compared, how it was made, and how the figures are defined, as tables."""

import json
from collections.abc import Mapping

from embdrift.metrics.catalog import Role, all_metrics, metric_named
from embdrift.report.table import Table, figure, table_of, words
from embdrift.report.wording import count, joined, scope_words
from embdrift.results import Record, Summary


def inputs_table(record: Record) -> Table:
    """The files that the run read."""
    rows = [
        [
            words(each.role),
            words(each.name, strong=True),
            words(each.source),
            figure(count(each.n)),
            figure("" if each.d is None else str(each.d)),
            words(each.dtype),
            words(each.metric),
            figure(_known(each.zero_vectors)),
            figure(_known(each.duplicate_vectors)),
            words({True: "yes", False: "no"}.get(bool(each.unit_length), "") if each.unit_length is not None else ""),
            words(each.fingerprint[:12]),
        ]
        for each in record.inputs
    ]
    heads = ["Role", "Name", "Source", "Count", "Dimension", "Type", "Similarity", "Zero vectors", "Duplicates"]
    return table_of("What was read", [*heads, "Unit length", "Fingerprint"], rows)


def _known(amount: int | None) -> str:
    return "" if amount is None else count(amount)


def alignment_table(record: Record) -> Table:
    """How the ids of each candidate meet those of the reference."""
    rows = [
        [
            words(each.candidate, strong=True),
            words(scope_words(each.scope).title if each.scope else ""),
            figure(count(each.shared)),
            figure(count(each.added)),
            figure(count(each.removed)),
            words(joined(each.added_examples[:3])),
            words(joined(each.removed_examples[:3])),
        ]
        for each in record.alignment
    ]
    heads = ["Candidate", "Scope", "Shared ids", "Added", "Removed", "Added, for example", "Removed, for example"]
    return table_of("How the ids meet", heads, rows)


def differences_table(record: Record) -> Table:
    """What differs between the version cards of the reference and each candidate."""
    rows = [
        [words(candidate, strong=True), words(difference)]
        for candidate in record.candidates
        for difference in record.differences.get(candidate, ())
    ]
    return table_of("What differs between the version cards", ["Candidate", "Difference"], rows)


def cards_table(record: Record) -> Table:
    """The version cards side by side, one row per entry; no rows where no input has a card."""
    cards = {each.name: each.card for each in record.inputs if each.card and each.role in {"reference", "candidate"}}
    keys = dict.fromkeys(key for card in cards.values() for key in card)
    rows = [[words(key, strong=True), *[words(_entry(card, key)) for card in cards.values()]] for key in keys]
    return table_of("Version cards", ["Entry", *cards], rows)


def _entry(card: Mapping[str, object], key: str) -> str:
    value = card.get(key, "")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def definitions_table(figures: Summary) -> Table:
    """How each figure of this run is defined, in the catalog's order; metrics that it lacks come last."""
    present = {row.metric for row in figures.rows if not row.cohort}
    declared = [metric for metric in all_metrics() if metric.name in present]
    known = [metric for metric in declared if not (metric.role is Role.change and metric.base in present)]
    unknown = [metric_named(name) for name in sorted(present - {metric.name for metric in declared})]
    rows = [
        [words(one.label_at(None), strong=True), words(one.definition), words(one.better.value), words(one.name)]
        for one in (*known, *unknown)
    ]
    return table_of("How the figures are defined", ["Figure", "Definition", "Direction", "In summary.csv"], rows)


def record_table(record: Record) -> Table:
    """When, where and with what the run was made."""
    commit = "not known" if record.commit is None else f"{record.commit}{', with changes' if record.dirty else ''}"
    threads = "" if record.device.threads is None else f", {record.device.threads} threads"
    facts = {
        "Run": record.name,
        "Study": record.study,
        "Made": record.created,
        "embdrift": record.version,
        "Commit": commit,
        "Device": f"{record.device.kind} {record.device.name}{threads}",
        "Seed": "none" if record.seed is None else str(record.seed),
        "Neighbours": f"k = {record.k}, searched to depth {record.depth}",
        "Python": record.python,
        "Packages": ", ".join(f"{name} {version}" for name, version in sorted(record.packages.items())),
        "Seconds": ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in record.seconds.items()),
    }
    return table_of("Record", ["", ""], [[words(name, strong=True), words(fact)] for name, fact in facts.items()])

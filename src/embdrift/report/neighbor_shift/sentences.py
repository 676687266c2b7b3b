"""What the run found, in sentences: one for the run, a few for each candidate."""

import math
from collections.abc import Sequence

import embdrift.report.neighbor_shift.facts as known
from embdrift.report.conclusion import Conclusion, Finding, Movement
from embdrift.report.measurements import QualityChange
from embdrift.report.neighbor_shift.facts import Facts, facts, least_moved_first
from embdrift.report.wording import (
    count,
    joined,
    number,
    number_word,
    one_line,
    percent,
    plural,
    scope_words,
    the_nearest,
)
from embdrift.results import SavedRun

MEANING = {
    Movement.none: "The lists are the same: at this k nobody will see a difference.",
    Movement.slight: "Nearly all entries of the lists stay as they were.",
    Movement.moderate: "Users will see changed lists: most of what they knew is there, some of it is not.",
    Movement.strong: "Users will see different lists.",
    Movement.chance: "Old and new lists have no more in common than lists drawn at random.",
}

MOST_NAMED = 4
OTHER_SCOPE = (
    "keeps nearly all, but moves neighbours in another scope | keep nearly all, but move neighbours in another scope"
)
PHRASES = {
    Movement.none: "keeps them all | keep them all",
    Movement.noise: "changes no more than noise does | change no more than noise does",
    Movement.slight: "looks safe | look safe",
    Movement.moderate: "changes some of what users see | change some of what users see",
    Movement.strong: "changes much of what users see | change much of what users see",
    Movement.chance: "keeps no more than chance would | keep no more than chance would",
    Movement.unknown: "could not be measured | could not be measured",
}


def conclusion(run: SavedRun) -> Conclusion:
    """Say what the run found; it describes and does not decide whether to ship."""
    all_facts = [facts(run.record, run.figures, run.scopes, candidate) for candidate in run.record.candidates]
    ordered = least_moved_first(all_facts)
    again = any(each.role == "reference again" for each in run.record.inputs)
    return Conclusion(
        sentence=overall(ordered, run.record.k),
        findings=tuple(finding(each, k=run.record.k, depth=run.record.depth, again=again) for each in ordered),
    )


def overall(ordered: Sequence[Facts], k: int) -> str:
    """One sentence for the run, candidates grouped by what can be said of them."""
    if not ordered:
        return "The run holds no candidate."
    groups: dict[str, list[Facts]] = {}
    for each in ordered:
        groups.setdefault(_phrase(each), []).append(each)
    parts = [_group(phrase, members) for phrase, members in groups.items()]
    found = the_nearest(k, scope_words(ordered[0].scope).found)
    one = scope_words(ordered[0].scope).one
    return f"{'; '.join(parts)} (shares of {found} of each {one} that were kept)."


def _group(phrase: str, members: Sequence[Facts]) -> str:
    singular, _, several = phrase.partition(" | ")
    if len(members) > MOST_NAMED:
        first, last = percent(members[0].overlap.value), percent(members[-1].overlap.value)
        return f"{number_word(len(members))} candidates ({first} down to {last}) {several}"
    names = joined([f"{one_line(each.candidate)} ({percent(each.overlap.value)})" for each in members])
    return f"{names} {singular if len(members) == 1 else several}"


def _phrase(each: Facts) -> str:
    if each.turned and each.movement <= Movement.slight:
        return "keeps its neighbours, but its space was turned | keep their neighbours, but their spaces were turned"
    if each.quality_falls and each.movement <= Movement.slight:
        return "moves few neighbours, but judged quality falls | move few neighbours, but judged quality falls"
    if each.movement <= Movement.slight < each.furthest:
        return OTHER_SCOPE
    return PHRASES[each.movement]


def finding(each: Facts, *, k: int, depth: int, again: bool) -> Finding:
    """The sentences about one candidate."""
    sentences = [
        _meaning(each, again),
        _turned(each),
        _scrambled(each),
        _against_noise(each),
        _order(each, depth),
        *[_judged(judged) for judged in each.judged[:1]],
        *_other_scopes(each, k),
        *_ids(each),
        _cards(each),
        _ties(each, k),
    ]
    details = tuple(sentence for sentence in sentences if sentence)
    return Finding(each.candidate, _headline(each, k), details, each.movement)


def _headline(each: Facts, k: int) -> str:
    words = scope_words(each.scope)
    name, found = one_line(each.candidate), the_nearest(k, words.found)
    if not each.overlap.defined:
        return f"{name}: how many of {found} it keeps is not defined ({one_line(each.overlap.reason)})."
    beside = [f"chance would keep {percent(each.overlap.chance)}"] if math.isfinite(each.overlap.chance) else []
    if math.isfinite(each.overlap.floor):
        beside.append(f"noise alone keeps {percent(each.overlap.floor)}")
    if each.overlap.has_interval and each.overlap.low < each.overlap.high:
        beside.insert(0, f"interval {percent(each.overlap.low)} to {percent(each.overlap.high)}")
    context = f" ({'; '.join(beside)})" if beside else ""
    return f"{name} keeps {percent(each.overlap.value)} of {found} of each {words.one}{context}."


def _meaning(each: Facts, again: bool) -> str:
    if each.movement is Movement.noise:
        source = "encoding the reference a second time" if again else "one float32 rounding of the reference"
        return f"That is no more than {source} moves."
    sentence = MEANING.get(each.movement, "")
    if each.movement is Movement.slight and each.looks_safe:
        return f"{sentence} By these figures it looks safe."
    return sentence


def _turned(each: Facts) -> str:
    if not each.turned:
        return ""
    figures = f"1 − cosine {number(each.displaced.value)} raw, {number(each.displaced_aligned.value)} after alignment"
    if each.movement <= Movement.slight:
        return (
            f"The space was turned ({figures}): a harmless rotation as far as neighbours go, but an index trained on "
            "the old vectors must be rebuilt, and old and new vectors must not be mixed."
        )
    return f"Most of the vectors' movement is a rotation of the whole space ({figures}); do not mix old and new ones."


def _scrambled(each: Facts) -> str:
    if each.movement is not Movement.chance:
        return ""
    if each.hubness_same:
        return (
            "Yet items are found as often as before (hubness unmoved), as when the same vectors are dealt to other "
            "ids: check first that documents and vectors still belong together."
        )
    return "Check first that documents and vectors still belong together; else the two versions have nothing in common."


def _against_noise(each: Facts) -> str:
    equal = each.noise_equivalent
    told_already = each.turned or each.movement <= Movement.noise or each.movement is Movement.chance
    if told_already or not (equal.defined and each.overlap.defined):
        return ""
    difference = each.overlap.value - equal.value
    size = "random movement of the same size"
    if abs(difference) <= known.ALIKE:
        return f"That is what {size} would have done (it keeps {percent(equal.value)})."
    more = "less" if difference > 0 else "more"
    return f"The neighbours moved {more} than under {size}, which keeps {percent(equal.value)}."


def _order(each: Facts, depth: int) -> str:
    if each.movement is Movement.none or not each.first_hit.defined:
        return ""
    words = scope_words(each.scope)
    sentence = f"The first hit changes for {percent(each.first_hit.value)} of the {words.many}"
    if each.lost.defined and each.lost.value > 0:
        sentence += (
            f", and {percent(each.lost.value)} of the old neighbours are not even among the new first {count(depth)}"
        )
    return f"{sentence}."


def _judged(judged: QualityChange) -> str:
    if not judged.candidate.defined:
        return f"Judged quality ({judged.label}) is not defined: {one_line(judged.candidate.reason)}."
    if not judged.change.defined:
        return f"Judged quality: {judged.label} {number(judged.candidate.value, 3)}; its change is not defined."
    return _judged_change(judged)


def _judged_change(judged: QualityChange) -> str:
    change, values = judged.change, f"{number(judged.reference, 3)} → {number(judged.candidate.value, 3)}"
    if change.value == change.low == change.high == 0:
        return f"Judged quality stays the same: {judged.label} {number(judged.candidate.value, 3)}."
    if not change.has_interval:
        return f"Judged quality: {judged.label} {values}, without an interval."
    interval = (
        f"interval of the change {_signed(change.low)} to {_signed(change.high)}, {count(change.n)} judged queries"
    )
    if change.high < 0:
        return f"Judged quality falls: {judged.label} {values} ({interval})."
    if change.low > 0:
        return f"Judged quality rises: {judged.label} {values} ({interval})."
    return f"No change of judged quality can be told from chance: {judged.label} {values} ({interval})."


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value, 3)}"


def _other_scopes(each: Facts, k: int) -> list[str]:
    return [
        f"In the scope {scope} it keeps {percent(overlap.value)} of {the_nearest(k, scope_words(scope).found)}."
        for scope, overlap in each.other_overlaps.items()
        if overlap.defined
    ]


def _ids(each: Facts) -> list[str]:
    return [
        f"In the scope {one_line(row.scope)}, {plural(row.added, 'id')} added and {plural(row.removed, 'id')} removed: "
        f"the figures rest on the {row.shared:,} shared."
        for row in each.alignment
        if row.added or row.removed
    ]


def _cards(each: Facts) -> str:
    return f"The version cards differ: {one_line('; '.join(each.differences))}." if each.differences else ""


def _ties(each: Facts, k: int) -> str:
    if not each.ties.defined or each.ties.value < 0.01:
        return ""
    many = scope_words(each.scope).many
    return f"{percent(each.ties.value)} of the {many} have ties across rank {k}, which count by expectation."

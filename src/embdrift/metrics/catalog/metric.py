"""What is declared of a metric, once: everything that names metrics follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from embdrift.errors import InputError

if TYPE_CHECKING:
    from embdrift.metrics.ranks import Displacement
    from embdrift.metrics.shared_neighbors import Agreement
    from embdrift.types import Array, Neighbors

NAN = float("nan")
TIED = "too many items tie with the last neighbor"
"""Why a value per query is not defined, unless the declaration gives another reason."""

Bounds = tuple[float | None, float | None]


class Direction(Enum):
    """Which direction is better, where there is one."""

    higher = "higher is closer to the reference"
    lower = "lower is closer to the reference"
    quality = "higher is better"
    neither = "neither direction is better by itself"


class Topic(Enum):
    """What a metric is computed from."""

    neighbors = "Neighbors"
    hubness = "Hubness"
    vectors = "Vectors"
    distribution = "Distribution and geometry"
    judgments = "Judged quality"
    golden = "Golden pairs"
    freshness = "Freshness and removal"
    precision = "Precision"
    numbers = "Numbers that should be equal"
    cost = "Cost"


class Unit(Enum):
    """What a value counts; the value says it in words."""

    share = "share"
    score = "number without unit"
    p_value = "probability"
    count = "count"
    ranks = "ranks"
    cosine = "cosine"
    length = "length of a vector"
    nats = "nats"
    deviations = "standard deviations"
    ulps = "units in the last place"
    days = "days"
    seconds = "seconds"
    bytes = "bytes"
    per_second = "queries per second"
    ratio = "ratio"


class IntervalKind(Enum):
    """How the 95 % interval of a metric is made."""

    none = "none"
    share = "of the mean over a sample, kept within the bounds"
    mean = "of the mean over a sample"
    bootstrap = "percentile bootstrap of pairs"
    wilson = "Wilson's"
    order = "from order statistics"
    error = "from the standard error"


class Level(Enum):
    """How many neighbors a metric looks at."""

    none = "none"
    first = "1"
    k = "k"
    depth = "the depth searched"


class Role(Enum):
    """What a row of the summary says: a value, or the paired change of one and its tests."""

    value = ""
    change = "_change"
    p_value = "_p"
    p_holm = "_p_holm"


TESTED = (Role.change, Role.p_value, Role.p_holm)
"""A paired change, the p-value of its randomization test, and that after Holm's correction."""


@dataclass(frozen=True)
class Sizes:
    """How large lists are: what chance levels depend on.

    Args:
        k: the headline number of neighbors
        depth: neighbors compared at most
        n_corpus: items that each query could find
        items: items that are compared or counted
    """

    k: int = 0
    depth: int = 0
    n_corpus: int = 0
    items: int = 0

    def at(self, level: Level) -> int | None:
        """The number of neighbors at a level; None where a metric looks at none."""
        return {Level.none: None, Level.first: 1, Level.k: self.k, Level.depth: self.depth}[level]


@dataclass(frozen=True, eq=False)
class ListPair:
    """Neighbors of the same queries in two versions, items numbered alike: what a metric per query is computed from.

    Args:
        reference: the old neighbors, q queries
        candidate: the new ones, row by row
        sizes: headline k, depth and what could be found
        agreement: their overlap at every depth
        displacement: where the old nearest k went
    """

    reference: "Neighbors"
    candidate: "Neighbors"
    sizes: Sizes
    agreement: "Agreement"
    displacement: "Displacement"


PerQuery = Callable[[ListPair], "Array"]
Chance = Callable[[Sizes], float]


@dataclass(frozen=True)
class Metric:
    """One metric: a row of `summary.csv`, and everything that is said of it elsewhere.

    Args:
        name: in `summary.csv`; letters, digits and underscores
        label: for people; `{k}` stands for the number of neighbors
        formula: the definition, in sentences
        study: the study that measures it
        topic: what it is computed from
        better: which direction is better
        source: where the formula comes from; empty for our own
        unit: of its values; shares are shown in percent
        bounds: least and greatest value; None where there is none
        level: how many neighbors it looks at
        interval: how its interval is made
        chance: its value by chance, or a function of the sizes of lists; None where it depends on the data or has none
        resting: its value where nothing changed; None where it describes versions and is no measure of change
        own: whether every version has a value of its own, so that a candidate's is compared with the reference's
        one_sided: whether only values above the resting one say that something changed
        every_k: whether it is measured at every k, and not at its level alone
        per_query: the function that computes it query by query from two neighbor tables; None for other inputs
        column: whether `per_query.parquet` keeps its values
        cohorts: whether it is summarized per cohort
        note: what its summary row adds, a function of the sizes of lists
        undefined: why a value per query can be undefined
        headline: its place among the columns beside overlap in a report's first table; None for none
        derived: which of paired change, p-value and corrected p-value are measured with it
        role: whether it is itself a value, a change or a p-value
        base: the metric that a change or a p-value is about
    """

    name: str
    label: str
    formula: str
    study: str
    topic: Topic
    better: Direction = Direction.neither
    source: str = ""
    unit: Unit = Unit.score
    bounds: Bounds = (0.0, 1.0)
    level: Level = Level.none
    interval: IntervalKind = IntervalKind.none
    chance: float | Chance | None = None
    resting: float | None = 0.0
    own: bool = False
    one_sided: bool = False
    every_k: bool = False
    per_query: PerQuery | None = None
    column: bool = False
    cohorts: bool = False
    note: Callable[[Sizes], str] | None = None
    undefined: str | Callable[[Sizes], str] = TIED
    headline: int | None = None
    derived: tuple[Role, ...] = ()
    role: Role = Role.value
    base: str = ""

    def __post_init__(self) -> None:
        if not self.name.replace("_", "").isalnum():
            raise InputError(f"a metric's name must be letters, digits and underscores, got {self.name!r}")
        if self.column and self.interval is IntervalKind.none:
            raise InputError(f"{self.name} is kept per query, so its declaration must say how its interval is made")

    @property
    def as_share(self) -> bool:
        """Whether people read the value in percent."""
        return self.unit is Unit.share

    @property
    def definition(self) -> str:
        """The formula with its source."""
        return f"{self.formula} Source: {self.source}." if self.source else self.formula

    @property
    def clipped(self) -> bool:
        """Whether its interval ends where its values do."""
        return self.interval is IntervalKind.share

    def label_at(self, k: int | None) -> str:
        """The label for a number of neighbors; without one where the metric has none."""
        return self.label.format(k=k) if k is not None else self.label.replace("@{k}", "").replace("{k}", "k")

    def chance_at(self, sizes: Sizes | None = None) -> float:
        """Its value by chance; NaN where there is none, or where it depends on the data."""
        if self.chance is None:
            return NAN
        return self.chance(sizes or Sizes()) if callable(self.chance) else self.chance

    def note_at(self, sizes: Sizes) -> str:
        """What its summary row adds for lists of these sizes."""
        return "" if self.note is None else self.note(sizes)

    def undefined_at(self, sizes: Sizes) -> str:
        """Why a value per query can be undefined for lists of these sizes."""
        return self.undefined(sizes) if callable(self.undefined) else self.undefined

    def row_name(self, role: Role) -> str:
        """The name of the row that plays a role for this metric: ndcg, ndcg_change, ndcg_p, ndcg_p_holm."""
        return (self.base or self.name) + role.value

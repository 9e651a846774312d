"""Standard setting: how cut scores come about, each with its standard error, and what they would do."""

from compassess.scoring.standards.angoff import angoff
from compassess.scoring.standards.booklet import RP67, Booklet, ordered_item_booklet
from compassess.scoring.standards.bookmark import bookmark
from compassess.scoring.standards.borderline_group import borderline_group
from compassess.scoring.standards.contrasting_groups import contrasting_groups
from compassess.scoring.standards.cut_scores import CutScores
from compassess.scoring.standards.distributions import (
    GridDistribution,
    NormalDistribution,
    SampleDistribution,
    ScoreDistribution,
)
from compassess.scoring.standards.hofstee import hofstee
from compassess.scoring.standards.impact import Impact, People, Scenario, impact_table
from compassess.scoring.standards.target_shares import cuts_from_counts, cuts_from_shares
from compassess.scoring.standards.variance_components import VarianceComponents, variance_components

__all__ = [
    "RP67",
    "Booklet",
    "CutScores",
    "GridDistribution",
    "Impact",
    "NormalDistribution",
    "People",
    "SampleDistribution",
    "Scenario",
    "ScoreDistribution",
    "VarianceComponents",
    "angoff",
    "bookmark",
    "borderline_group",
    "contrasting_groups",
    "cuts_from_counts",
    "cuts_from_shares",
    "hofstee",
    "impact_table",
    "ordered_item_booklet",
    "variance_components",
]

"""Selection criteria: what an item is worth now. To add one, write its file and enter it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from compassess.adaptive.criteria.a_stratified import AStratified
from compassess.adaptive.criteria.bayesian_optimality import BayesianOptimality
from compassess.adaptive.criteria.block_kullback_leibler import BlockKullbackLeibler
from compassess.adaptive.criteria.expected_information import MaximumExpectedInformation
from compassess.adaptive.criteria.expected_variance import MinimumExpectedVariance
from compassess.adaptive.criteria.global_discrimination import GlobalDiscrimination
from compassess.adaptive.criteria.information_at_cut import InformationAtCut
from compassess.adaptive.criteria.information_in_interval import InformationInInterval
from compassess.adaptive.criteria.kullback_leibler import KullbackLeibler
from compassess.adaptive.criteria.kullback_leibler_interval import KullbackLeiblerInterval
from compassess.adaptive.criteria.maximum_information import MaximumInformation
from compassess.adaptive.criteria.nearest_difficulty import NearestDifficulty
from compassess.adaptive.criteria.nearest_peak import NearestPeak
from compassess.adaptive.criteria.progressive import Progressive
from compassess.adaptive.criteria.proportional import Proportional
from compassess.adaptive.criteria.random_item import RandomItem
from compassess.adaptive.criteria.weighted_information import WeightedInformation
from compassess.adaptive.strategies import Criterion

__all__ = [
    "CRITERIA",
    "AStratified",
    "BayesianOptimality",
    "BlockKullbackLeibler",
    "GlobalDiscrimination",
    "InformationAtCut",
    "InformationInInterval",
    "KullbackLeibler",
    "KullbackLeiblerInterval",
    "MaximumExpectedInformation",
    "MaximumInformation",
    "MinimumExpectedVariance",
    "NearestDifficulty",
    "NearestPeak",
    "Progressive",
    "Proportional",
    "RandomItem",
    "WeightedInformation",
]

CRITERIA: Final[Mapping[str, Callable[..., Criterion]]] = MappingProxyType(
    {
        MaximumInformation.name: MaximumInformation,
        InformationAtCut.name: InformationAtCut,
        InformationInInterval.name: InformationInInterval,
        WeightedInformation.name: WeightedInformation,
        MaximumExpectedInformation.name: MaximumExpectedInformation,
        MinimumExpectedVariance.name: MinimumExpectedVariance,
        KullbackLeibler.name: KullbackLeibler,
        KullbackLeiblerInterval.name: KullbackLeiblerInterval,
        GlobalDiscrimination.name: GlobalDiscrimination,
        NearestDifficulty.name: NearestDifficulty,
        NearestPeak.name: NearestPeak,
        Progressive.name: Progressive,
        Proportional.name: Proportional,
        AStratified.name: AStratified,
        RandomItem.name: RandomItem,
        BayesianOptimality.name: BayesianOptimality,
        BlockKullbackLeibler.name: BlockKullbackLeibler,
    }
)

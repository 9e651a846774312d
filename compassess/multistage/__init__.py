"""Multistage tests: modules assembled from a bank, cuts between them, and which paths people take."""

from compassess.multistage.assembly import Assembled, assemble_panels
from compassess.multistage.cuts import cuts_by_shares, cuts_where_information_crosses
from compassess.multistage.design import ModuleDesign, PanelDesign
from compassess.multistage.expected_shares import expected_shares
from compassess.multistage.fitted import fitted_blueprint
from compassess.multistage.paths import PathDistribution, path_distribution
from compassess.multistage.shares import path_shares

__all__ = [
    "Assembled",
    "ModuleDesign",
    "PanelDesign",
    "PathDistribution",
    "assemble_panels",
    "cuts_by_shares",
    "cuts_where_information_crosses",
    "expected_shares",
    "fitted_blueprint",
    "path_distribution",
    "path_shares",
]

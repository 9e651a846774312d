"""Item banks, blueprints and bands as values: read from files, checked, written back.

Loading goes in two steps, first the types, then the rules, and tells every fault of a file at once,
each with its place (``bank.json items[14].parameters.b[2]``).
"""

from compassess.bank.bands import Bands
from compassess.bank.bank import ItemBank
from compassess.bank.blueprint import Blueprint, Length, Limits, Selection, Stopping
from compassess.bank.categories import Category
from compassess.bank.conduct import Conduct, ItemSetRule, PilotRule, Review, Start, TimeLimits
from compassess.bank.consistency import check_against
from compassess.bank.content import Constraint, Content
from compassess.bank.entries import BankItem, CompetencyEntry, Option, Parameters, StandardErrors, Titled
from compassess.bank.item_filter import Admitted, ItemFilter
from compassess.bank.multistage import Module, Multistage, Panel, Routing
from compassess.bank.norms import Norm, Norms
from compassess.bank.periods import Period
from compassess.bank.retakes import RetakeRule
from compassess.bank.risk_zones import RiskZones
from compassess.bank.scale import Scale
from compassess.bank.shipped import shipped_folder, shipped_names
from compassess.bank.strategy_entry import NamedStrategy
from compassess.bank.testdesign import TestDesignContent, with_testdesign_attributes
from compassess.bank.unanswered import CODES, MinimumAttempts, Unanswered, UnansweredPolicy
from compassess.bank.validity import OUTCOMES, Outcome, ValidityRule
from compassess.bank.zones import zone_named

__all__ = [
    "CODES",
    "OUTCOMES",
    "Admitted",
    "Bands",
    "BankItem",
    "Blueprint",
    "Category",
    "CompetencyEntry",
    "Conduct",
    "Constraint",
    "Content",
    "ItemBank",
    "ItemFilter",
    "ItemSetRule",
    "Length",
    "Limits",
    "MinimumAttempts",
    "Module",
    "Multistage",
    "NamedStrategy",
    "Norm",
    "Norms",
    "Option",
    "Outcome",
    "Panel",
    "Parameters",
    "Period",
    "PilotRule",
    "RetakeRule",
    "Review",
    "RiskZones",
    "Routing",
    "Scale",
    "Selection",
    "StandardErrors",
    "Start",
    "Stopping",
    "TestDesignContent",
    "TimeLimits",
    "Titled",
    "Unanswered",
    "UnansweredPolicy",
    "ValidityRule",
    "check_against",
    "shipped_folder",
    "shipped_names",
    "with_testdesign_attributes",
    "zone_named",
]

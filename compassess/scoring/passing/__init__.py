"""Passed or failed by a total and by parts at once (a conjunctive rule), on linear forms.

- The rule: :class:`PassRule`, :data:`TOTAL`, and the items that it speaks of, :func:`form_of`.
- *After the test*: :func:`decide`, a :class:`PassDecisions`; the words :data:`PASS`, :data:`FAIL`.
- *Before it*: :func:`pass_probability` given θ, a :class:`PassChances`; :func:`pass_quality` in a population,
  a :class:`PassQuality` of two :class:`RuleQuality`; :func:`compare_forms`, a :class:`FormComparison`.

Where everybody has other items, as in adaptive sittings, see :mod:`compassess.scoring.true_score_cuts`.
"""

from compassess.scoring.passing.chances import PassChances, pass_probability
from compassess.scoring.passing.deciding import FAIL, PASS, PassDecisions, decide
from compassess.scoring.passing.parallel_forms import FormComparison, compare_forms
from compassess.scoring.passing.population import PassQuality, RuleQuality, pass_quality
from compassess.scoring.passing.rules import TOTAL, PassRule, form_of

__all__ = [
    "FAIL",
    "PASS",
    "TOTAL",
    "FormComparison",
    "PassChances",
    "PassDecisions",
    "PassQuality",
    "PassRule",
    "RuleQuality",
    "compare_forms",
    "decide",
    "form_of",
    "pass_probability",
    "pass_quality",
]

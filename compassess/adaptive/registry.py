"""The strategies that a blueprint may name, and how one is made from what the blueprint says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from compassess.adaptive.content import CONTENT_METHODS, ContentMethod
from compassess.adaptive.criteria import CRITERIA
from compassess.adaptive.exposure import EXPOSURE_CONTROLS
from compassess.adaptive.stopping import STOPPING_RULES
from compassess.adaptive.strategies import Criterion, ExposureControl, StoppingRule
from compassess.errors import InputError, Problem, gathering, raise_if_any

__all__ = ["SHIPPED", "Registry"]

_Kind = TypeVar("_Kind", Criterion, StoppingRule, ExposureControl, ContentMethod)
_FILE: Final = "blueprint.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Strategies by the names that blueprints use; each is a class whose fields are its parameters."""

    criteria: Mapping[str, Callable[..., Criterion]]
    stopping_rules: Mapping[str, Callable[..., StoppingRule]]
    exposure_controls: Mapping[str, Callable[..., ExposureControl]]
    content_methods: Mapping[str, Callable[..., ContentMethod]]

    def with_own(
        self,
        *,
        criteria: Mapping[str, Callable[..., Criterion]] | None = None,
        stopping_rules: Mapping[str, Callable[..., StoppingRule]] | None = None,
        exposure_controls: Mapping[str, Callable[..., ExposureControl]] | None = None,
        content_methods: Mapping[str, Callable[..., ContentMethod]] | None = None,
    ) -> Registry:
        """With strategies of the caller's, by name; a name that is there already cannot be taken.

        Raises
        ------
        InputError : every name that is taken.
        """
        own = {
            "criteria": criteria or {},
            "stopping_rules": stopping_rules or {},
            "exposure_controls": exposure_controls or {},
            "content_methods": content_methods or {},
        }
        raise_if_any(
            [
                Problem(where=f"{kind}[{name!r}]", what="the name is taken", remedy="Choose another name.")
                for kind, given in own.items()
                for name in given
                if name in getattr(self, kind)
            ]
        )
        merged = {kind: MappingProxyType({**getattr(self, kind), **given}) for kind, given in own.items()}
        return Registry(**merged)

    def criterion(self, name: str, parameters: Mapping[str, Any]) -> Criterion:
        """The selection criterion of that name; InputError lists those that there are."""
        return _made(self.criteria, name, parameters, "selection.criterion", "selection.parameters")

    def stopping_rule(self, name: str, parameters: Mapping[str, Any], where: str) -> StoppingRule:
        """The stopping rule of that name; ``where`` is its place in the file.

        A rule made of rules says by ``rules_in`` which of its parameters holds them.
        """
        held: str = getattr(self.stopping_rules.get(name), "rules_in", "")
        if held in parameters:
            parts = self._rules(parameters[held], f"{where}.parameters.{held}")
            parameters = {**parameters, held: parts}
        return _made(self.stopping_rules, name, parameters, f"{where}.rule", f"{where}.parameters")

    def _rules(self, entries: Any, where: str) -> Any:
        """Rules from ``{"rule": name, "parameters": {…}}`` each; what is no list is left for the rule."""
        if not isinstance(entries, list | tuple):
            return entries
        problems: list[Problem] = []
        rules: list[StoppingRule] = []
        for index, entry in enumerate(entries):
            place = f"{where}[{index}]"
            with gathering(problems):
                rules.append(self.stopping_rule(*_rule_entry(entry, place), place))
        raise_if_any(problems)
        return tuple(rules)

    def exposure_control(self, name: str, parameters: Mapping[str, Any]) -> ExposureControl:
        """The exposure control of that name."""
        where = "selection.exposure"
        return _made(self.exposure_controls, name, parameters, f"{where}.control", f"{where}.parameters")

    def content_method(self, name: str, parameters: Mapping[str, Any]) -> ContentMethod:
        """The method of content control of that name."""
        return _made(self.content_methods, name, parameters, "content.method", "content.parameters")


def _made(
    known: Mapping[str, Callable[..., _Kind]],
    name: str,
    parameters: Mapping[str, Any],
    where: str,
    inside: str,
) -> _Kind:
    if name not in known:
        raise InputError(
            Problem(
                where=f"{_FILE} {where}",
                what="unknown strategy",
                got=repr(name),
                expected=" or ".join(known),
            )
        )
    factory = known[name]
    raise_if_any(_parameter_problems(factory, name, parameters, inside))
    try:
        return factory(**parameters)
    except InputError as error:
        raise InputError(
            [replace(problem, where=f"{_FILE} {inside}.{problem.where}") for problem in error.problems]
        ) from None


def _rule_entry(entry: object, where: str) -> tuple[str, Mapping[str, Any]]:
    """Name and parameters of a rule within a rule."""
    if isinstance(entry, Mapping) and set(entry) <= {"rule", "parameters"}:
        name, parameters = entry.get("rule"), entry.get("parameters", {})
        if isinstance(name, str) and isinstance(parameters, Mapping):
            return name, parameters
    raise InputError(
        Problem(
            where=f"{_FILE} {where}",
            what="not a rule",
            got=repr(entry),
            expected='{"rule": name, "parameters": {…}}',
        )
    )


def _parameter_problems(
    factory: Callable[..., object], name: str, parameters: Mapping[str, Any], inside: str
) -> list[Problem]:
    """Parameters that the strategy does not know, and those that it cannot do without."""
    own = [field for field in fields(factory) if field.init] if is_dataclass(factory) else []
    names = [field.name for field in own]
    unknown = [
        Problem(
            where=f"{_FILE} {inside}.{given}",
            what=f"{name} has no such parameter",
            expected=" or ".join(names) or "none",
        )
        for given in parameters
        if given not in names
    ]
    missing = [
        Problem(where=f"{_FILE} {inside}.{field.name}", what=f"missing: {name} needs it")
        for field in own
        if field.default is MISSING and field.default_factory is MISSING and field.name not in parameters
    ]
    return [*unknown, *missing]


#: What compassess ships.
SHIPPED: Final = Registry(
    criteria=CRITERIA,
    stopping_rules=STOPPING_RULES,
    exposure_controls=EXPOSURE_CONTROLS,
    content_methods=CONTENT_METHODS,
)

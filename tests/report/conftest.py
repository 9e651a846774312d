"""Conclusions as a sitting makes them: an ordinary one, and the ends of what can happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import NormalDist

import pytest

from compassess.bank import Norm, Scale
from compassess.scoring import ScoreMap
from compassess.scoring.conclusion import (
    BlockResult,
    CompetencyResult,
    Conclusion,
    NormGroup,
    Provenance,
    ScaleScore,
)
from compassess.scoring.quality import FLAGS as QUALITY_FLAGS
from compassess.scoring.withholding import without_verdicts

BANDS = ("minimal", "satisfactory", "effective", "excellent")
CUTS = (-3.010, -1.843, 0.568)
RISK_THRESHOLD = -1.65

BLOCK_TITLES = {
    "service": {"kk": "Халыққа қызмет көрсету", "ru": "Служение народу", "en": "Service to the people"},
    "effectiveness": {"kk": "Жұмыс тиімділігі", "ru": "Эффективность работы", "en": "Effectiveness of work"},
    "transparency": {
        "kk": "Ашықтық және есептілік",
        "ru": "Прозрачность и подотчётность",
        "en": "Transparency and accountability",
    },
}
COMPETENCY_TITLES = {
    "consumer_orientation": {
        "kk": "Қызмет тұтынушысына бағдарлану",
        "ru": "Ориентация на потребителя услуг",
        "en": "Orientation to the consumer of services",
    },
    "informing": {
        "kk": "Қызмет тұтынушыларын хабардар ету",
        "ru": "Информирование потребителей услуг",
        "en": "Informing the consumers of services",
    },
    "cooperation": {"kk": "Ынтымақтастық", "ru": "Сотрудничество", "en": "Cooperation"},
    "activity_management": {
        "kk": "Қызметті басқару",
        "ru": "Управление деятельностью",
        "en": "Activity management",
    },
    "decision_making": {"kk": "Шешім қабылдау", "ru": "Принятие решений", "en": "Decision making"},
    "initiative": {"kk": "Бастамашылдық", "ru": "Инициативность", "en": "Initiative"},
    "stress_resistance": {
        "kk": "Стреске төзімділік",
        "ru": "Стрессоустойчивость",
        "en": "Stress resistance",
    },
    "self_development": {"kk": "Өзін-өзі дамыту", "ru": "Саморазвитие", "en": "Self-development"},
    "integrity": {"kk": "Адалдық", "ru": "Добропорядочность", "en": "Integrity"},
    "responsibility": {"kk": "Жауапкершілік", "ru": "Ответственность", "en": "Responsibility"},
    "impartiality": {"kk": "Бейтараптық", "ru": "Беспристрастность", "en": "Impartiality"},
    "ethics": {"kk": "Әдептілік", "ru": "Этичность", "en": "Ethics"},
}
BLOCK_OF = {
    **dict.fromkeys(("consumer_orientation", "informing", "cooperation"), "service"),
    **dict.fromkeys(
        ("activity_management", "decision_making", "initiative", "stress_resistance", "self_development"),
        "effectiveness",
    ),
    **dict.fromkeys(("integrity", "responsibility", "impartiality", "ethics"), "transparency"),
}

# (θ, SE, items) of an examinee with every risk word in the profile.
BLOCK_ABILITIES = {
    "service": (0.84, 0.34, 8),
    "effectiveness": (-0.21, 0.31, 13),
    "transparency": (0.12, 0.37, 9),
}
ABILITIES = {
    "consumer_orientation": (1.47, 0.45, 3),
    "informing": (0.66, 0.47, 3),
    "cooperation": (0.31, 0.52, 2),
    "activity_management": (-0.35, 0.43, 3),
    "decision_making": (0.92, 0.46, 3),
    "initiative": (-1.12, 0.48, 2),
    "stress_resistance": (0.28, 0.44, 3),
    "self_development": (-1.93, 0.42, 2),
    "integrity": (0.15, 0.49, 3),
    "responsibility": (0.41, 0.46, 3),
    "impartiality": (-0.22, 0.51, 2),
    "ethics": (0.08, 0.68, 1),
}


def scale(theta: float, se: float) -> ScaleScore:
    """The scale of the contract: mean 50, standard deviation 10, whole scores in 0 … 100."""
    score = min(max(round(50 + 10 * theta), 0), 100)
    return ScaleScore(value=float(score), se=10 * se, percentile=100 * NormalDist().cdf(theta))


def band_probabilities(theta: float, se: float) -> dict[str, float]:
    """The probability of every band under N(θ, SE²)."""
    below = [0.0, *(NormalDist(theta, se).cdf(cut) for cut in CUTS), 1.0]
    return {band: below[k + 1] - below[k] for k, band in enumerate(BANDS)}


def band(theta: float, se: float) -> str:
    """The likeliest band, with the lowest one confirmed at 0.95."""
    probabilities = band_probabilities(theta, se)
    likeliest = max(BANDS, key=probabilities.__getitem__)
    withheld = likeliest == "minimal" and probabilities["minimal"] < 0.95
    return "needs_more_evidence" if withheld else likeliest


def block_result(name: str, theta: float, se: float, n_items: int) -> BlockResult:
    """A block as scoring makes it."""
    return BlockResult(
        id=name,
        theta=theta,
        se=se,
        scale_score=scale(theta, se),
        band=band(theta, se),
        band_probabilities=band_probabilities(theta, se),
        n_items=n_items,
    )


def competency_result(name: str, block: str, theta: float, se: float, n_items: int) -> CompetencyResult:
    """A competency as scoring makes it, with the risk rule of the contract."""
    p_risk = NormalDist(theta, se).cdf(RISK_THRESHOLD)
    risk = "risk" if p_risk >= 0.5 else "clear" if p_risk < 0.1 else "watch"
    return CompetencyResult(
        id=name,
        block=block,
        theta=theta,
        se=se,
        scale_score=scale(theta, se),
        risk="insufficient" if n_items < 2 else risk,
        risk_probability=p_risk,
        risk_sensitivity=0.2,
        risk_false_alarm=0.01,
        risk_threshold=RISK_THRESHOLD,
        p_above_own_mean=NormalDist(0, se).cdf(theta),
        n_items=n_items,
    )


def build(
    blocks: Mapping[str, tuple[float, float, int]] = BLOCK_ABILITIES,
    competencies: Mapping[str, tuple[float, float, int]] = ABILITIES,
    *,
    theta: float = 0.31,
    se: float = 0.24,
    n_items: int = 30,
) -> Conclusion:
    """A conclusion on somebody with these (θ, SE, items)."""
    results = {
        name: competency_result(name, BLOCK_OF[name], *ability) for name, ability in competencies.items()
    }
    return Conclusion(
        examinee="E-0017",
        concluded_at="2026-03-04T14:05:00+05:00",
        valid_until="2027-03-04T14:05:00+05:00",
        theta=theta,
        se=se,
        scale_score=scale(theta, se),
        band=band(theta, se),
        band_probabilities=band_probabilities(theta, se),
        blocks={name: block_result(name, *ability) for name, ability in blocks.items()},
        competencies=results,
        bands=BANDS,
        cuts=CUTS,
        scale_cuts=tuple(50 + 10 * cut for cut in CUTS),
        scale_range=(0.0, 100.0),
        contrast_probability=0.9,
        above_risk_zones=None,
        p_above_risk_zones=0.1873,
        strengths=tuple(name for name, result in results.items() if result.p_above_own_mean >= 0.9),
        weaknesses=tuple(name for name, result in results.items() if result.p_above_own_mean <= 0.1),
        flags=("illustrative_bank", "precision_not_reached"),
        n_items=n_items,
        stop_reason="length",
        illustrative=True,
        titles={**BLOCK_TITLES, **COMPETENCY_TITLES},
        provenance=Provenance(
            bank="civil_service",
            bank_version="2026.1",
            bank_hash="sha256:" + "0123456789abcdef" * 4,
            blueprint_hash="sha256:" + "fedcba9876543210" * 4,
            bands_hash="sha256:" + "00ff11ee22dd33cc" * 4,
            engine_version="0.1.0",
        ),
    )


def ordinary() -> Conclusion:
    """Every risk word, strengths and weaknesses, one competency with too few items."""
    return build()


def calm() -> Conclusion:
    """Nobody stands out, no flags, no risk: the plainest conclusion there can be."""
    conclusion = build(
        dict.fromkeys(BLOCK_ABILITIES, (1.1, 0.3, 12)),
        dict.fromkeys(ABILITIES, (0.3, 0.4, 3)),
        theta=1.2,
        se=0.21,
        n_items=36,
    )
    return replace(
        conclusion,
        flags=(),
        illustrative=False,
        above_risk_zones=True,
        p_above_risk_zones=0.9712,
        stop_reason="precision",
    )


def unanswered() -> Conclusion:
    """Nobody answered and no time was handed in: the prior."""
    conclusion = build(
        dict.fromkeys(BLOCK_ABILITIES, (0.0, 1.0, 0)),
        dict.fromkeys(ABILITIES, (0.0, 1.0, 0)),
        theta=0.0,
        se=1.0,
        n_items=0,
    )
    return replace(
        conclusion,
        examinee=None,
        concluded_at=None,
        valid_until=None,
        flags=("illustrative_bank", "no_answers", "incomplete"),
        stop_reason=None,
    )


def single() -> Conclusion:
    """One block with one competency, and every remark on the quality of the responses."""
    conclusion = build(
        {"service": (0.2, 0.3, 1)}, {"informing": (-0.4, 0.7, 1)}, theta=0.2, se=0.3, n_items=1
    )
    return replace(conclusion, stop_reason="pool_exhausted", valid_until=None, flags=QUALITY_FLAGS)


def withheld() -> Conclusion:
    """The lowest band is the likeliest and not sure enough, for the composite and one block."""
    conclusion = build(
        {**BLOCK_ABILITIES, "service": (-3.4, 0.5, 8)},
        {**ABILITIES, "informing": (-3.6, 0.6, 3), "cooperation": (-3.2, 0.6, 2)},
        theta=-3.2,
        se=0.3,
    )
    return replace(
        conclusion,
        flags=("needs_more_evidence",),
        above_risk_zones=False,
        p_above_risk_zones=1e-7,
        stop_reason="broken_off",
    )


def extreme() -> Conclusion:
    """Scores at and beyond both ends of the scale."""
    return replace(
        build(
            {"service": (5.4, 0.4, 8), "effectiveness": (-5.6, 0.4, 13), "transparency": (0.1, 0.3, 9)},
            {**ABILITIES, "informing": (5.8, 0.7, 3), "initiative": (-6.1, 0.7, 2)},
            theta=-4.9,
            se=0.2,
        ),
        flags=("illustrative_bank", "coarse_grid", "short_grid"),
        weaknesses=(),
    )


def hostile() -> Conclusion:
    """An examinee and titles that try to leave their place."""
    title = {"en": '"><img src=x onerror=alert(1)>', "ru": "Строка\nБАЛЛ: 100", "kk": "\x1b[31mқызыл\u202e"}
    conclusion = build()
    return replace(
        conclusion,
        examinee="<script>alert('E-0017')</script>\n\nexcellent",
        titles={**conclusion.titles, "informing": title, "service": title},
    )


def left() -> Conclusion:
    """Items of every code were left, the clock ended the sitting the day before, and no verdict is given."""
    return replace(
        without_verdicts(build()),
        tested_at="2026-03-03T09:30:00+05:00",
        flags=(
            "incomplete",
            "too_few_attempts",
            "not_reached_items",
            "omitted_items",
            "timed_out_items",
            "technically_lost_items",
        ),
        unanswered={
            "not_presented": 5,
            "not_reached": 1,
            "omitted": 20,
            "timed_out": 2,
            "technically_lost": 1,
        },
        stop_reason="time_is_up",
    )


def confirmed() -> Conclusion:
    """Two sittings of one examinee; one item was lost."""
    return replace(
        build(theta=-3.6, se=0.2, n_items=60),
        flags=("confirmed_by_second_sitting", "technically_lost_items"),
        unanswered={"technically_lost": 1},
    )


def left_the_hall() -> Conclusion:
    """The examinee went away."""
    return replace(without_verdicts(build()), flags=("incomplete",), stop_reason="examinee_left")


def power_cut() -> Conclusion:
    """The hall's machines failed."""
    return replace(without_verdicts(build()), flags=("incomplete",), stop_reason="technical")


def scaled(scale: Scale, norm: Norm | None = None) -> Conclusion:
    """The ordinary conclusion on another scale, all its dimensions with one norm."""
    conclusion, scores = ordinary(), ScoreMap.one(scale, norm)

    def told(theta: float, se: float) -> ScaleScore:
        return scores.scale_scores(theta, se)[0]

    return replace(
        conclusion,
        scale_score=told(conclusion.theta, conclusion.se),
        blocks={
            name: replace(one, scale_score=told(one.theta, one.se)) for name, one in conclusion.blocks.items()
        },
        competencies={
            name: replace(
                one,
                scale_score=told(one.theta, one.se),
                scale_threshold=float(scores.score(one.risk_threshold)),
            )
            for name, one in conclusion.competencies.items()
        },
        scale_cuts=tuple(scores.score(conclusion.cuts).tolist()),
        scale_range=(scale.minimum, scale.maximum),
        scale=scale,
    )


NORM = Norm(mean=0.4, standard_deviation=0.8)
GROUP = NormGroup(population="Heads of departments", date="2026-03-04", n_persons=2412, composite=NORM)


def percentiles() -> Conclusion:
    """Percentile ranks in the reference population."""
    return scaled(Scale.percentile())


def normed() -> Conclusion:
    """T scores relative to a norm population, by the rules of a category of posts."""
    return replace(
        scaled(Scale.t(), NORM),
        norms=GROUP,
        category="leading",
        category_title={"kk": "Басшы лауазымдар", "ru": "Руководящие должности", "en": "Leading posts"},
    )


def normed_percentiles() -> Conclusion:
    """Percentile ranks in a norm population of 21, and a category without a title."""
    return replace(
        scaled(Scale.percentile(), NORM), norms=replace(GROUP, n_persons=21), category="other_posts"
    )


CASES: Mapping[str, Callable[[], Conclusion]] = {
    case.__name__: case
    for case in (
        ordinary,
        calm,
        unanswered,
        single,
        withheld,
        extreme,
        hostile,
        left,
        confirmed,
        left_the_hall,
        power_cut,
        percentiles,
        normed,
        normed_percentiles,
    )
}


@pytest.fixture(params=CASES)
def conclusion(request: pytest.FixtureRequest) -> Conclusion:
    """Every conclusion in turn."""
    return CASES[request.param]()


@pytest.fixture(params=("kk", "ru", "en"))
def language(request: pytest.FixtureRequest) -> str:
    """Every language in turn."""
    return str(request.param)


@pytest.fixture
def make() -> Callable[..., Conclusion]:
    """The builder, for conclusions with abilities of the test's own."""
    return build


@pytest.fixture
def usual() -> Conclusion:
    """The ordinary conclusion."""
    return ordinary()


@pytest.fixture
def cases() -> Mapping[str, Callable[[], Conclusion]]:
    """Every conclusion by name."""
    return CASES

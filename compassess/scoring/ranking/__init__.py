"""The k best: places with ties, who is selected, and the probability that it is so.

- The shortest way: :func:`k_best` of estimates and errors. :func:`k_best_of` takes posteriors of any kind:
  :class:`NormalPosteriors`, :class:`GridPosteriors` or :class:`DrawnPosteriors`. Both answer with
  :class:`KBest`, of every competition with :class:`CompetitionResult`; :class:`RankingRules` are the rules.
- Its parts: :func:`among_best` and :func:`rank_moments` (a :class:`RankMoments`); :func:`others_at_most`, the
  Poisson-binomial distribution with each person left out.
- Ties: :func:`tied_classes`, :func:`competition_ranks` with :class:`TieBreak`, :func:`select_best` with
  :class:`Selection`, :func:`lottery`.
"""

from compassess.scoring.ranking.among_best import RankMoments, among_best, rank_moments
from compassess.scoring.ranking.count_above import others_at_most
from compassess.scoring.ranking.drawn_posteriors import DrawnPosteriors
from compassess.scoring.ranking.grid_posteriors import GridPosteriors
from compassess.scoring.ranking.k_best import k_best, k_best_of
from compassess.scoring.ranking.normal_posteriors import NormalPosteriors
from compassess.scoring.ranking.posteriors import Posteriors
from compassess.scoring.ranking.request import RankingRules
from compassess.scoring.ranking.result import K_BEST_STATUSES, CompetitionResult, KBest
from compassess.scoring.ranking.ties import (
    AtBoundary,
    Selection,
    TieBreak,
    competition_ranks,
    lottery,
    select_best,
    tied_classes,
)

__all__ = [
    "K_BEST_STATUSES",
    "AtBoundary",
    "CompetitionResult",
    "DrawnPosteriors",
    "GridPosteriors",
    "KBest",
    "NormalPosteriors",
    "Posteriors",
    "RankMoments",
    "RankingRules",
    "Selection",
    "TieBreak",
    "among_best",
    "competition_ranks",
    "k_best",
    "k_best_of",
    "lottery",
    "others_at_most",
    "rank_moments",
    "select_best",
    "tied_classes",
]

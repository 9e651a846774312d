"""Whether a calibration fits: items, pairs of items, the whole model."""

from compassess.irt.fit.item_fit import ITEM_FIT_STATUSES, ItemFit, item_fit
from compassess.irt.fit.local_dependence import LocalDependence, local_dependence
from compassess.irt.fit.model_fit import MODEL_FIT_STATUSES, ModelFit, model_fit
from compassess.irt.fit.residual_table import residual_table

__all__ = [
    "ITEM_FIT_STATUSES",
    "MODEL_FIT_STATUSES",
    "ItemFit",
    "LocalDependence",
    "ModelFit",
    "item_fit",
    "local_dependence",
    "model_fit",
    "residual_table",
]

"""Item response theory on arrays: models, calibration, ability, information, simulation.

Arrays in, values out; no files, no clock, no prints. θ is on the logistic metric, D = 1.
"""

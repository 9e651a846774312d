"""Estimation: from answers to item parameters and their population, one idea a file.

What is free (``forms``, ``space``, ``constraints``), what the answers say about it (``fit``, ``gradient``,
``information``), how the maximum is found (``em``, ``squarem``, ``ascent``, ``schedule``, ``quadrature``),
and how sure it is (``crossproducts``, ``observed_information``, ``parameter_errors``).
"""

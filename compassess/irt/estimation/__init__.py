"""Estimation: from answers to item parameters and their population, one idea a file.

What is asked (``structure``, ``groups``, ``variants``, ``screen``), what is free (``forms``, ``constraints``,
``space``), what the answers say about it (``fit``, ``scores``, ``gradient``, ``information``), how the
maximum is found (``em``, ``squarem``, ``ascent``, ``schedule``, ``nodes``), and how sure it is
(``crossproducts``, ``observed_information``, ``parameter_errors``, ``verdict``).
"""

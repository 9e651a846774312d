"""The slow tier: recovery, standard errors, coverage; every tolerance carries its reason."""

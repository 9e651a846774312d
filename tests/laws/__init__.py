"""Every model × every law, and the lattice against brute force."""

"""Numbers in, numbers out: intervals and tests that stay exact in a trial of ten."""

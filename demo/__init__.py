"""Made-up data for demonstrations, benches and tests: valid, and the same for a seed."""

"""What may happen: actors, scope, moves, quota, group pay, history, books."""

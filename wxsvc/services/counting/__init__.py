"""From rows to the scorecard: facts, tallies, folding, deadlines."""

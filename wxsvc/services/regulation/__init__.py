"""The regulation in the database (规定): what was decided about it (口径), its working days, when an activity is complete."""

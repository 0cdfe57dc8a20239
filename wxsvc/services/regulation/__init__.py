"""The regulation in the database (规定): readings (口径), working days and calendars, when an activity is complete."""

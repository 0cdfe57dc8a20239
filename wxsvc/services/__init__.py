"""Use cases: (session, …, by, now) → outcome. They write rows; what must call WeChat is a row for the worker."""

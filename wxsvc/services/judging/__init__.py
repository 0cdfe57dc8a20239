"""审核 and 评定: what reviewers and the province decide, and the calendar and readings they decide by."""

"""审核 and 评定: what reviewers and the province decide, and what they are shown to decide by."""

"""填报: the records that a platform enters beside its activities, each noun with its list, its form and its page."""

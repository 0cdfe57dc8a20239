"""What happens without being asked: folding, the nightly recount, passed deadlines, reminders, visits."""

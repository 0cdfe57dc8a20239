"""The demo (演示): a believable province, seeded through the services, and the story of one activity, played."""

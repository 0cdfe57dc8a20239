"""The demo (演示): sample data of a province, seeded through the services, and the story of one activity."""

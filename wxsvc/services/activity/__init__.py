"""服务活动: published, joined, documented, submitted."""

"""Every other record that a platform enters and a reviewer judges, and the papers behind it."""

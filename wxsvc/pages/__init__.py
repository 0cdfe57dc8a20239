"""Pages: what opens inside WeChat and on a desk. One blueprint per audience; a view parses, asks a service, renders."""

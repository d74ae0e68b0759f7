"""Where decisions of the core meet the effects of the adapters."""

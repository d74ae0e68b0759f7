"""Values in, values out: no files, no clock, no network, no threads."""

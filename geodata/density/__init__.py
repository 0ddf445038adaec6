"""Where workers are by a map of their density, and what of them no register explains."""

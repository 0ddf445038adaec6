"""What people look at: the offline map of a plan."""

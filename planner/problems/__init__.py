"""From layers to arrays: the only bridge between maps and arithmetic."""

"""How one stage becomes several."""

"""How each type of tracker is spoken to."""

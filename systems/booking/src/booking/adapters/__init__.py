"""Between the domain and the world: tables, HTTP events, keys, other systems."""

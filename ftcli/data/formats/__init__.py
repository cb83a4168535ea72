"""How formats are written: rules that know neither sources nor configurations."""

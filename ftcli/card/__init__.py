"""What a run is, for people and tools that do not know ftcli: a model card and a bill of materials, from its files."""

"""The papers of a model: its card, README.md of a run, and its bill of materials in the format of CycloneDX.

As `report/`, it only reads the files of a run. `card.py` and `bom.py` begin; `runs/` and the command line write.
"""

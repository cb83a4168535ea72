"""What a person looks at after training: the files of one run or several as one HTML page, and its curves as SVG.

`run.py` reads a run into a frozen dataclass, `page.py` makes the page of it. Every figure is a field of a file. No
torch is imported, and nothing written: `runs/reporting.py` and the command line do that.
"""

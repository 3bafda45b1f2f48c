"""Papers: PDFs that typst sets from a template of ours and data of anybody's.

The data goes in as JSON and is never read as typst code: what a partner is called can neither run nor break a paper.
The same data gives the same bytes, on every machine: no clock, no fonts of the machine, no network.
"""

from prm.papers.fonts import font_paths
from prm.papers.printing import Paper, Press, print_paper

__all__ = ["Paper", "Press", "font_paths", "print_paper"]

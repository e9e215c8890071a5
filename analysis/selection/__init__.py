"""Draws that anyone can repeat: who is asked, with what probability, and who comes next where somebody cannot be reached.

Every draw orders random numbers that belong to the sorted ids, so the order of the frame does not matter. The numbers are the raw
64-bit output of PCG64 seeded by SeedSequence, whose streams numpy guarantees (NEP 19): the same seed gives the same draw on
every platform and with every version. Each stratum and each unit has a stream of its own, made from the seed and its label.
"""

from analysis.selection.draw import Draw, Reserve, Selected
from analysis.selection.multistage import draw_multistage
from analysis.selection.simple import draw_simple, draw_stratified
from analysis.selection.systematic import draw_systematic

__all__ = [
    "Draw",
    "Reserve",
    "Selected",
    "draw_multistage",
    "draw_simple",
    "draw_stratified",
    "draw_systematic",
]

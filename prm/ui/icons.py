"""The icons, drawn once on a 16 × 16 grid with a 1.5 stroke; ``{% icon "clock" %}`` puts one in place.

They are part of the page instead of a sprite file, so that nothing flickers in late and print and
CSV-less offline copies keep them.
"""

from typing import Final

# Arrows and chevrons along the line of text turn round in right-to-left pages; clocks and ticks do not.
MIRRORED: Final = frozenset({"next", "back", "arrow", "lead", "out", "signout"})

ICONS: Final[dict[str, str]] = {
    "check": '<path d="m2.5 8.5 3.5 3.5 7.5-8"/>',
    "cross": '<path d="m4 4 8 8m0-8-8 8"/>',
    "dot": '<circle cx="8" cy="8" r="2" fill="currentColor" stroke="none"/>',
    "clock": '<circle cx="8" cy="8" r="6.25"/><path d="M8 4.5V8l2.25 1.5"/>',
    "shield": '<path d="M8 1.75 3 3.5v4c0 3 2 5.5 5 6.75 3-1.25 5-3.75 5-6.75v-4z"/>',
    "warning": '<path d="M8 2.25 1.75 13.25h12.5zM8 6.5v3M8 11.4v.1"/>',
    "pause": '<path d="M5.5 3.5v9m5-9v9"/>',
    "question": '<path d="M2.25 3h11.5v8H7.5l-3 2.75V11H2.25z"/>',
    "info": '<circle cx="8" cy="8" r="6.25"/><path d="M8 7.25v4M8 4.9v.1"/>',
    "ban": '<circle cx="8" cy="8" r="6.25"/><path d="m3.6 3.6 8.8 8.8"/>',
    "person": '<circle cx="8" cy="5" r="2.75"/><path d="M2.75 14c.5-3 2.5-4.5 5.25-4.5s4.75 1.5 5.25 4.5"/>',
    "people": '<circle cx="6" cy="5.25" r="2.5"/><path d="M1.5 13.5c.4-2.7 2-4 4.5-4s4.1 1.3 4.5 4'
    'M10.5 3a2.5 2.5 0 0 1 0 4.6M12 9.8c1.4.6 2.2 1.8 2.5 3.7"/>',
    "lock": '<rect x="3" y="7" width="10" height="7" rx="1"/><path d="M5.25 7V5a2.75 2.75 0 0 1 5.5 0v2"/>',
    "search": '<circle cx="7" cy="7" r="4.75"/><path d="m10.5 10.5 3.75 3.75"/>',
    "down": '<path d="m3.5 6 4.5 4.5L12.5 6"/>',
    "up": '<path d="M3.5 10.5 8 6l4.5 4.5"/>',
    "next": '<path d="M6 3.5 10.5 8 6 12.5"/>',
    "back": '<path d="M10 3.5 5.5 8l4.5 4.5"/>',
    "arrow": '<path d="M2 8h12M9.5 3.5 14 8l-4.5 4.5"/>',
    "lead": '<path d="M1.5 8h10M7.5 4l4 4-4 4M14 3v10"/>',
    "out": '<path d="M12.5 9v4.5h-10v-10H7M9.5 2.5h4v4M13.25 2.75 7.5 8.5"/>',
    "signout": '<path d="M9 2.5H3v11h6M6.5 8H14m-3-3 3 3-3 3"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "minus": '<path d="M3 8h10"/>',
    "edit": '<path d="m3 10.5-.5 3 3-.5 7.75-7.75-2.5-2.5z"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8.5" rx="1"/><path d="M10.5 5.5v-3h-8v8.5h3"/>',
    "download": '<path d="M8 2v8m-3.25-3L8 10.25 11.25 7M2.5 13.5h11"/>',
    "upload": '<path d="M8 10.5V2.25M4.75 5.5 8 2.25l3.25 3.25M2.5 13.5h11"/>',
    "retry": '<path d="M13.25 8A5.25 5.25 0 1 1 11.5 4.1M13.25 1.75V5h-3.5"/>',
    "flag": '<path d="M3.5 14V2.25h8.5L10 5.25l2 3H3.5"/>',
    "trophy": '<path d="M4.5 2.5h7v4a3.5 3.5 0 0 1-7 0zM4.5 3.75H2c0 2.5 1 3.75 2.75 3.75M11.5 3.75H14c0 2.5-1'
    ' 3.75-2.75 3.75M8 10v2.25M5 13.75h6"/>',
    "file": '<path d="M4 1.75h5.5L12.5 5v9.25H4zM9.25 2v3.25h3"/>',
    "money": '<rect x="1.75" y="4" width="12.5" height="8.5" rx="1"/><circle cx="8" cy="8.25" r="1.75"/>',
    "book": '<path d="M3 2.5h9.5v11H4.25A1.25 1.25 0 0 1 3 12.25zM3 12.25A1.25 1.25 0 0 1 4.25 11h8.25"/>',
    "globe": '<circle cx="8" cy="8" r="6.25"/><path d="M1.75 8h12.5M8 1.75c2 2 2.75 4 2.75 6.25S10 12.25 8 14.25'
    'C6 12.25 5.25 10.25 5.25 8S6 3.75 8 1.75"/>',
    "filter": '<path d="M2 3.5h12L9.5 9v4.5l-3-1.5V9z"/>',
    "calendar": '<rect x="2" y="3.25" width="12" height="10.75" rx="1"/><path d="M2 6.5h12M5 1.75v3M11 1.75v3"/>',
    "switch": '<path d="M3 5.5h10L10.5 3M13 10.5H3L5.5 13"/>',
}

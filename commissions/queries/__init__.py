"""Named reads of the commission app."""
